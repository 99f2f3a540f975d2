"""Starting a run on the Train page, and finding it again."""

from __future__ import annotations

import streamlit as st

from ui.common import forms, links
from ui.common.state import Slot, session
from ui.common.text import sentence
from ui.runs.client import STARTED, runner
from vae_core.jobs import RunView, TrainRequest, read_run

_RUN = Slot("run", "")
_OWN = Slot("own_run", "")


def train_button(request: TrainRequest, run: RunView | None) -> None:
    """Starts a run and puts it into the link. One at a time: off while one's own goes on."""
    own = run is not None and run.run_id == _OWN.get()
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
    try:
        run_id = runner().submit(request, session())
    except (ValueError, OSError) as error:
        st.error(sentence(error), icon=":material/error:")
        return
    _RUN.set(run_id)
    _OWN.set(run_id)
    STARTED.set((*STARTED.get(), run_id))
    st.rerun()


def current_run() -> RunView | None:
    """The run in the link, else the one this session looked at last. Says so if there is none."""
    run_id = links.value(_RUN, forms.TEXT)
    if not run_id:
        return None
    try:
        run = read_run(run_id)
        if not isinstance(run.request, TrainRequest):
            raise ValueError(f"the run {run_id} trains no model")
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    return run


def show_what_comes() -> None:
    """Before the first run: what will be here."""
    st.info(
        "Here the plane will form: each point a held-out image, coloured by class, beside the "
        "curves of the ELBO and its two terms. It takes a few seconds to a minute; the "
        "page's link finds the run again.",
        icon=":material/scatter_plot:",
    )
