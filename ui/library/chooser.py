"""The chooser of a model, and how a model is named."""

from __future__ import annotations

import streamlit as st

from ui.common import controls
from ui.common.text import sentence, stop_with
from ui.library.loaded import LoadedModel, held_out, load_model
from ui.library.warnings import warn_of_model
from vae_core.config import ModelKind
from vae_core.data import DATASETS
from vae_core.likelihoods import LIKELIHOODS
from vae_core.storage.checkpoints import CheckpointError
from vae_core.storage.library import ModelEntry, list_models

DEFAULT_MODEL = "mnist-2d-beta-1"


# kind of model -> name of its chooser in the link, and what to say where there is none.
_CHOOSERS: dict[ModelKind, tuple[str, str]] = {
    "vae": ("model", "There is no model: the folder checkpoints/ is empty and none was saved."),
    "categorical-vae": (
        "discrete_model",
        "There is no categorical VAE: train one on the Train page and save it.",
    ),
}


def choose_model(kind: ModelKind = "vae") -> LoadedModel:
    """The chooser of models of one kind in the sidebar, kept across pages and in the link.

    Ends the page with one sentence when there is none or the chosen file cannot be read.
    """
    key, nothing = _CHOOSERS[kind]
    entries = {entry.name: entry for entry in list_models(kind)}
    if not entries:
        stop_with(nothing)
    name = controls.selectbox(
        "Model",
        {name: model_title(entry) for name, entry in entries.items()},
        default=DEFAULT_MODEL if DEFAULT_MODEL in entries else None,
        key=key,
        at=st.sidebar,
    )
    try:
        loaded = load_model(entries[name])
        _check_images(loaded)
    except (CheckpointError, OSError, ValueError) as error:
        stop_with(sentence(error))
    st.sidebar.caption(
        f"{how_trained(loaded)}. "
        f"The app shows {len(held_out(loaded.dataset)):,} images it has not seen."
    )
    warn_of_model(loaded)
    return loaded


def _check_images(loaded: LoadedModel) -> None:
    """Raises OSError or ValueError where there are no images that the model can take."""
    theirs, ours = held_out(loaded.dataset).image_shape, loaded.image_shape
    if theirs != ours:
        raise ValueError(
            f"{loaded.name} takes images of {ours[0]} × {ours[1]} pixels, and those of its data "
            f"set {loaded.dataset} have {theirs[0]} × {theirs[1]}; choose another model"
        )


def how_trained(loaded: LoadedModel) -> str:
    """What was done to a model, by its file: data set, epochs, every change by hand, seed."""
    config, record = loaded.checkpoint.train_config, loaded.checkpoint.record
    told = f"Trained on {DATASETS[config.dataset].title}, {record.in_words}, seed {config.seed}"
    if record.temperature is not None:
        told += f", temperature {config.temperature:g} to {record.temperature:.3g}"
        told += ", straight-through" if config.straight_through else ""
    return told


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
    traits = ", ".join((size, f"β = {checkpoint.train_config.beta:g}", *checkpoint.record.traits))
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
