"""The server's connection to the process that runs jobs."""

from __future__ import annotations

import streamlit as st

from vae_core.jobs import Runner


@st.cache_resource(show_spinner=False)
def runner() -> Runner:
    """The process that trains, one per server."""
    return Runner()
