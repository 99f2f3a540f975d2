"""Starting a run on the Train page, and finding it again."""

from __future__ import annotations

import streamlit as st

from ui.runs import run_list
from ui.runs.client import mine
from ui.runs.run_group import RunGroup
from vae_core.jobs import MAX_EPOCHS, RunView, TrainRequest
from vae_core.jobs.requests import ABANDONED_SECONDS, MAX_SECONDS

_RUN = RunGroup("run", most=1)


def train_button(request: TrainRequest, run: RunView | None) -> None:
    """Starts a run and puts it into the link. One at a time: off while one's own goes on."""
    busy = run is not None and run.state in ("queued", "running") and mine(run.run_id)
    pressed = st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=busy,
    )
    st.caption(
        f"At most {MAX_EPOCHS} epochs and {MAX_SECONDS // 60} minutes. After "
        f"{ABANDONED_SECONDS // 60} minutes in which nobody looks, a run pauses and waits."
    )
    if pressed:
        start(request)


def start(request: TrainRequest, *, anew: bool = False, beside: str = "") -> None:
    """Queue a run, put it into the link, and show it; says so if it cannot be had.

    Args:
        anew, beside: see ``RunGroup.start``.
    """
    if _RUN.start([request], anew=anew, beside=beside):
        st.rerun()


def current_run() -> RunView | None:
    """The run in the link, else the one this session looked at last. Says so if there is none."""
    views = _RUN.views()
    return views[0] if views else None


def show_list(run: RunView | None) -> None:
    """The way back to every run of this browser."""
    run_list.show_own_runs(_RUN.show, "" if run is None else run.run_id)


def show_what_comes() -> None:
    """Before the first run: what will be here."""
    st.info(
        "Here the plane will form: each point a held-out image, coloured by class, beside the "
        "curves of the ELBO and its two terms. It takes a few seconds to a minute; the "
        "page's link finds the run again.",
        icon=":material/scatter_plot:",
    )
