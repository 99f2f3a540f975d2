"""What can be done with a run that is over: keep its model, go on with it, run it again."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.common.pages import PAGES_FOLDER
from ui.common.state import Slot, owner
from ui.common.text import sentence
from ui.runs.client import mine
from ui.train import start
from vae_core.jobs import MAX_EPOCHS, RunView, TrainRequest
from vae_core.jobs.own_runs import save_run
from vae_core.storage.library import ModelEntry

# Kind of model -> the page that shows it: what its button says, the file, its chooser in the link.
_SHOWN_ON = {
    "vae": ("Open in Latent space", "latent_space.py", "model"),
    "categorical-vae": ("Open in Discrete latents", "discrete.py", "discrete_model"),
}

_SAVED: Slot[dict[str, ModelEntry]] = Slot("saved_runs", {})


def train_request(run: RunView) -> TrainRequest:
    assert isinstance(run.request, TrainRequest)  # current_run lets no other pass
    return run.request


def offer_to_go_on(run: RunView) -> None:
    """Another run that differs in one thing, and the rest of one that was cut off."""
    request = train_request(run)
    row = st.container(horizontal=True)
    if run.model_path is not None and mine(run.run_id):
        _offer_more_epochs(run, row)
    if run.shared and row.button("Train it anew", icon=":material/replay:", key="train_anew"):
        start.start(request, anew=True)
    off = request.train.beta == 0
    label = "Run again with KL on (β = 1)" if off else "Run again with KL off"
    if row.button(label, icon=":material/replay:", key="train_again"):
        other = TrainRequest(request.model, replace(request.train, beta=1.0 if off else 0.0))
        start.start(other, beside=run.run_id)
    row.caption("Same seed, same settings: only β differs.", width="content")


def _offer_more_epochs(run: RunView, row: DeltaGenerator) -> None:
    """The rest of a run that was stopped or cut off, and more than it was asked for."""
    request = train_request(run)
    asked, done = request.train.epochs, int(run.epoch)
    if run.epoch < asked and row.button(
        "Resume", icon=":material/resume:", type="primary", key="train_resume"
    ):
        start.start(replace(request, resume=run.run_id))
    if done >= MAX_EPOCHS:
        return
    with row.popover("Train longer", icon=":material/more_time:"):
        epochs = st.number_input(
            "Epochs in all",
            done + 1,
            MAX_EPOCHS,
            min(max(asked, done) + max(asked // 2, 1), MAX_EPOCHS),
            key=f"longer_{run.run_id}",
        )
        st.caption("The schedule of the learning rate is that of a run of so many epochs.")
        if st.button("Go on", type="primary", key="train_longer"):
            longer = replace(request.train, epochs=int(epochs))
            start.start(replace(request, train=longer, resume=run.run_id))


def offer_to_keep(run: RunView) -> None:
    saved = _SAVED.get()
    if run.run_id in saved:
        entry = saved[run.run_id]
        label, page, chooser = _SHOWN_ON.get(entry.kind, _SHOWN_ON["vae"])
        if st.button(
            label,
            icon=":material/scatter_plot:",
            type="primary",
            width="stretch",
            key="train_open",
        ):
            st.switch_page(PAGES_FOLDER / page, query_params={chooser: entry.name})
        return
    field, button = st.columns([1.6, 1], vertical_alignment="center")
    name = field.text_input(
        "Name",
        key=f"train_name_{run.run_id}",
        max_chars=60,
        persist_state="session",
        placeholder="Name of the model",
        label_visibility="collapsed",
    )
    if button.button("Save model", icon=":material/save:", width="stretch", key="train_save"):
        try:
            _SAVED.set({**saved, run.run_id: save_run(run.run_id, owner(), name)})
        except (ValueError, OSError) as error:
            st.error(sentence(error), icon=":material/error:")
        else:
            st.rerun()
