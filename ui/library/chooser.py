"""The chooser of a model, and how a model is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from ui.common import controls, links
from ui.common.state import Slot, owner
from ui.common.text import plain, sentence, stop_with
from ui.library.loaded import LoadedModel, held_out, load_usable
from ui.library.warnings import warn_of_model
from vae_core.config import ModelKind
from vae_core.data import DATASETS
from vae_core.likelihoods import LIKELIHOODS
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
    entries = {entry.name: entry for entry in visible_models(kind, key)}
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
        loaded = load_usable(entries[name])
    except (OSError, ValueError) as error:
        stop_with(sentence(error))
    st.sidebar.caption(
        f"{how_trained(loaded)}. "
        f"The app shows {len(held_out(loaded.dataset)):,} images it has not seen."
    )
    warn_of_model(loaded)
    return loaded


def visible_models(kind: ModelKind, chooser: str = "") -> list[ModelEntry]:
    """The models that are listed to this browser: bundled, its own, those for all.

    Args:
        chooser: name of one in the link; the model that it asks for is listed as well.
    """
    linked = {links.opened_with(chooser), Slot(chooser, "").get()} if chooser else ()
    return list_models(kind, owner(), linked)


def how_trained(loaded: LoadedModel) -> str:
    """What was done to a model, by its file: data set, epochs, every change by hand, seed."""
    config, record = loaded.checkpoint.train_config, loaded.checkpoint.record
    told = f"Trained on {DATASETS[config.dataset].title}, {record.in_words}, seed {config.seed}"
    if record.temperature is not None:
        told += f", temperature {config.temperature:g} to {record.temperature:.3g}"
        told += ", straight-through" if config.straight_through else ""
    return told


def load_each(entries: Iterable[ModelEntry]) -> list[LoadedModel]:
    """Those that can be read; the others are left out and named, each with its reason."""
    models, left_out = [], {}
    for entry in entries:
        try:
            models.append(load_usable(entry))
        except (OSError, ValueError) as error:
            left_out[entry.name] = sentence(error)
    tell_left_out(left_out)
    return models


def tell_left_out(left_out: Mapping[str, str]) -> None:
    """Name what is not shown.

    Args:
        left_out: name of a model or run -> a sentence on why.
    """
    if left_out:
        lines = [f"**{plain(name)}**: {why}" for name, why in left_out.items()]
        st.warning("Left out:  \n" + "  \n".join(lines), icon=":material/link_off:")


def model_title(entry: ModelEntry) -> str:
    """How a chooser names a model: what it is for the bundled ones, its own name for saved ones."""
    about = entry.description
    if about is None:
        return f"{entry.name} (cannot be read)"
    config, train = about.model, about.train
    size = f"{config.latent_dim}-D"
    if config.model == "categorical-vae":
        size = f"{config.latent_dim} × {config.categories}"
    traits = ", ".join((size, f"β = {train.beta:g}", *about.record.traits))
    if config.likelihood != "bernoulli":
        traits += f", {LIKELIHOODS[config.likelihood].title}"
    if LIKELIHOODS[config.likelihood].noise == "fixed":
        traits += f" at {config.noise_sd:g}"
    dataset = train.dataset.split("-")[0]
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
