"""For all tests: one thread, as in jobs, and the same examples in every run; two processes.

Bit-exact comparisons hold for one thread, and two that collide with a busy core take many times
as long as one.
"""

from __future__ import annotations

import os

import pytest
import torch
from hypothesis import settings

torch.set_num_threads(1)

# A busy machine is no failure, so that no example has a deadline.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")

# Packages whose tests share a server or a runner, the slowest first.
TOGETHER = ("tests/pages/", "tests/e2e/", "tests/vae_core/jobs/")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two processes for the whole suite; none besides this one for files that are named."""
    whole = config.args_source == pytest.Config.ArgsSource.TESTPATHS
    return min(2, os.cpu_count() or 1) if whole else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares a fixture stays in one process, and what takes long begins first."""

    def group(item: pytest.Item) -> str:
        file = item.nodeid.partition("::")[0]
        return next((package for package in TOGETHER if file.startswith(package)), file)

    order = {package: place for place, package in enumerate(TOGETHER)}
    items.sort(key=lambda item: order.get(group(item), len(order)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
