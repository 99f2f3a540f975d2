"""For all page tests together: folders, a runner and caches, which end with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st

from tests.helpers import begin_alone
from ui.runs.client import runner


@pytest.fixture(scope="package", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs of the tests' own, and no data but what is bundled."""
    begin_alone("pages", tmp_path_factory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_RUNS_DIR", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("VAE_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield
        runner().close()
        st.cache_resource.clear()
