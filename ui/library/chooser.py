"""The chooser of a model, and how a model is named."""

from __future__ import annotations

import streamlit as st

from ui.common import controls
from ui.common.text import sentence, stop_with
from ui.library.loaded import LoadedModel, held_out, load_model
from vae_core.data import DATASETS
from vae_core.likelihoods import LIKELIHOODS
from vae_core.storage.checkpoints import CheckpointError
from vae_core.storage.library import ModelEntry, list_models

DEFAULT_MODEL = "mnist-2d-beta-1"


def choose_model() -> LoadedModel:
    """The model chooser of the sidebar, kept across pages and in the link.

    Ends the page with one sentence when the chosen file cannot be read.
    """
    entries = {entry.name: entry for entry in list_models("vae")}
    if not entries:
        stop_with("There is no model: the folder checkpoints/ is empty and none was saved.")
    name = controls.selectbox(
        "Model",
        {name: model_title(entry) for name, entry in entries.items()},
        default=DEFAULT_MODEL if DEFAULT_MODEL in entries else None,
        key="model",
        at=st.sidebar,
    )
    try:
        loaded = load_model(entries[name])
        held_out(loaded.dataset)
    except (CheckpointError, OSError, ValueError) as error:
        stop_with(sentence(error))
    config = loaded.checkpoint.train_config
    st.sidebar.caption(
        f"Trained on {DATASETS[config.dataset].title}, {config.epochs} epochs, seed {config.seed}. "
        f"The app shows {len(held_out(config.dataset)):,} images it has not seen."
    )
    return loaded


def model_title(entry: ModelEntry) -> str:
    """How a chooser names a model: what it is for the bundled ones, its own name for saved ones."""
    try:
        checkpoint = load_model(entry).checkpoint
    except CheckpointError:
        return f"{entry.name} (cannot be read)"
    config = checkpoint.model_config
    size = f"{config.latent_dim}-D"
    if config.model == "categorical-vae":
        size = f"{config.latent_dim} × {config.categories}"
    traits = f"{size}, β = {checkpoint.train_config.beta:g}"
    if config.likelihood != "bernoulli":
        traits += f", {LIKELIHOODS[config.likelihood].title}"
    if LIKELIHOODS[config.likelihood].noise == "fixed":
        traits += f" at {config.noise_sd:g}"
    dataset = checkpoint.dataset.split("-")[0]
    return f"{dataset.upper()} {traits}" if entry.bundled else f"{entry.name} ({traits})"


def what_nats_mean(loaded: LoadedModel) -> str:
    """One sentence: what the numbers of this model on grey pixels may be compared with."""
    family = loaded.vae.family
    if family.of_grey:
        return (
            f"The {family.title} likelihood is a density over grey values: its nats may be "
            "positive, and are not comparable with probabilities of binary images."
        )
    return (
        "Grey pixels stand in a Bernoulli likelihood: such numbers are comparable with one "
        "another, not with log-likelihoods of binary images, as the ELBO page has them."
    )
