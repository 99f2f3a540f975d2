"""For all tests: one thread, as in jobs, and the same examples in every run; two processes.

Bit-exact comparisons hold for one thread, and two that collide with a busy core take many times
as long as one.
"""

from __future__ import annotations

import os

import pytest
import torch
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

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


def _group(nodeid: str) -> str:
    """What is handed to one process: a package of ``TOGETHER``, else the tests of a file."""
    file = nodeid.partition("::")[0]
    return next((package for package in TOGETHER if file.startswith(package)), file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first."""
    order = {package: place for place, package in enumerate(TOGETHER)}
    items.sort(key=lambda item: order.get(_group(item.nodeid), len(order)))


class _Groups(LoadScopeScheduling):  # type: ignore[misc]
    """Marks would do, but of xdist 3.8's own groups pytest 9.2 takes no notice."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Groups:
    """What shares a fixture stays in one process."""
    return _Groups(config, log)
