"""One folder of runs and one runner for all job tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import begin_alone
from tests.vae_core.jobs.fakes import talking
from vae_core.jobs import Runner

__all__ = ["talking"]


@pytest.fixture(scope="package", autouse=True)
def runs_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    begin_alone("jobs", tmp_path_factory)
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_RUNS_DIR", str(folder))
        yield folder


@pytest.fixture(scope="package")
def jobs() -> Iterator[Runner]:
    held = Runner()
    yield held
    held.close()
