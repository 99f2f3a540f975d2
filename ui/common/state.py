"""Values that outlive a page: a widget's own value vanishes when its page is left."""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st


def keep(name: str, default: Any) -> Any:
    """The kept value of this session, or the default the first time."""
    return st.session_state.setdefault(f"kept_{name}", default)


def put(name: str, value: Any) -> None:
    """Keep a value for this session, across pages."""
    st.session_state[f"kept_{name}"] = value


def session() -> str:
    """A name for this session, by which the job queue knows it."""
    name: str = keep("session", secrets.token_hex(8))
    return name
