"""The runs of this browser that lie on the disk: found again, renamed, deleted."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.common.state import Slot, owner
from ui.common.text import sentence
from vae_core.jobs.cleaning import EACH, IN_ALL, MAX_DAYS
from vae_core.jobs.listing import ListedRun, list_runs
from vae_core.jobs.own_runs import delete_run, rename_run
from vae_core.jobs.run_folder import MAX_NAME
from vae_core.storage.record import epoch_in_words

_MOST = 50


def own_runs() -> list[ListedRun]:
    """Newest first."""
    return list_runs(owner())[:_MOST]


def label_of(run: ListedRun) -> str:
    """Its name, what it was asked for, how far it came, and its state."""
    train, model = run.request.train, run.request.model
    done = epoch_in_words(run.epochs)
    told = (
        f"{train.dataset}, {model.model}, {model.latent_dim}-D, β = {train.beta:g}, "
        f"seed {train.seed}: {done} of {train.epochs} epochs, {run.state}"
    )
    return f"{run.name} ({told})" if run.name else f"{told} ({run.run_id[:4]})"


def show_own_runs(show: Callable[[str], None], shown: str) -> None:
    """A chooser of one's own runs, and what can be done with the chosen one.

    Args:
        show: is given the run to show, before the page is drawn again.
        shown: the run that is on the page now.
    """
    runs = {run.run_id: run for run in own_runs()}
    if not runs:
        return
    active = sum(run.state in ("running", "queued") for run in runs.values())
    waiting = sum(run.state == "paused" for run in runs.values())
    counts = [f"{active} going on"] * bool(active) + [f"{waiting} paused"] * bool(waiting)
    with st.expander(f"Your runs: {', '.join([str(len(runs)), *counts])}", expanded=not shown):
        chosen = st.selectbox(
            "Run",
            list(runs),
            format_func=lambda run_id: label_of(runs[run_id]),
            key="own_run",
            help="Those that this browser started, newest first.",
        )
        row = st.container(horizontal=True)
        row.button(
            "Show",
            icon=":material/visibility:",
            key="own_run_show",
            on_click=show,
            args=(chosen,),
            disabled=chosen == shown,
        )
        with row.popover("Rename", icon=":material/edit:"):
            st.text_input(
                "Name of the run",
                value=runs[chosen].name,
                max_chars=MAX_NAME,
                key=f"own_run_name_{chosen}",
                on_change=_rename,
                args=(chosen,),
            )
        with row.popover("Delete", icon=":material/delete:"):
            st.caption("Its curves, planes and model go for good; a model saved from it stays.")
            st.button("Delete this run", key="own_run_delete", on_click=_delete, args=(chosen,))
        st.caption(
            f"Runs stay for {MAX_DAYS:.0f} days after they were last looked at, the newest "
            f"{IN_ALL.runs} of this server and {EACH.runs} of one browser; those with a saved "
            "model longer."
        )


def _rename(run_id: str) -> None:
    _tell_errors(lambda: rename_run(run_id, owner(), Slot(f"own_run_name_{run_id}", "").get()))


def _delete(run_id: str) -> None:
    _tell_errors(lambda: delete_run(run_id, owner()))


def _tell_errors(do: Callable[[], None]) -> None:
    try:
        do()
    except (ValueError, OSError) as error:
        st.toast(sentence(error), icon=":material/error:")
