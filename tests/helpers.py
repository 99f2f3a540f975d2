"""What tests of several rooms share: JSON, the address of a page, what begins only once."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

# Numbers that JSON takes from Python and JavaScript, NaN, infinities and endless integers too.
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**400) | st.text()

json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def records(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have these fields, right or wrong: each may be missing, or hold anything."""
    return st.fixed_dictionaries(
        {}, optional={name: field | json_values for name, field in fields.items()}
    )


def address(app: AppTest) -> dict[str, str]:
    """What stands in the address of a page's browser, which ``query_params`` has when it is sent.

    The words of a page that was opened are put there without a message of Streamlit's.
    """
    said: dict[str, str] = app.session_state["address"].said
    return said


def begin_alone(what: str, folders: pytest.TempPathFactory) -> None:
    """Fails in a second process of one run of pytest: tests that share this belong together."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        (folders.getbasetemp().parent / f"{what} began").mkdir()
