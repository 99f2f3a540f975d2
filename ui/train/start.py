"""Starting a run on the Train page, and finding it again."""

from __future__ import annotations

import streamlit as st

from ui.common.text import sentence
from ui.runs.client import STARTED
from ui.runs.run_group import RunGroup
from vae_core.jobs import RunView, TrainRequest

_RUN = RunGroup("run", most=1)


def train_button(request: TrainRequest, run: RunView | None) -> None:
    """Starts a run and puts it into the link. One at a time: off while one's own goes on."""
    own = run is not None and run.run_id in STARTED.get()
    pressed = st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=own and run is not None and run.unfinished,
    )
    if pressed:
        start(request)


def start(request: TrainRequest) -> None:
    """Queue a run, put it into the link, and show it; says so if it cannot be had."""
    if _RUN.start([request]):
        st.rerun()


def current_run() -> RunView | None:
    """The run in the link, else the one this session looked at last. Says so if there is none."""
    try:
        views = _RUN.views()
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    return views[0] if views else None


def show_what_comes() -> None:
    """Before the first run: what will be here."""
    st.info(
        "Here the plane will form: each point a held-out image, coloured by class, beside the "
        "curves of the ELBO and its two terms. It takes a few seconds to a minute; the "
        "page's link finds the run again.",
        icon=":material/scatter_plot:",
    )
