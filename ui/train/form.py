"""What is chosen before a run on the Train page."""

from __future__ import annotations

import streamlit as st

from ui.common import controls
from ui.runs.recipes import SIZES
from ui.train.presets import (
    DATASET,
    DEFAULT_EPOCHS,
    MODEL,
    MODELS,
    PRESET,
    PRESET_NAMES,
    take_dataset,
    take_model,
    take_preset,
)
from ui.train.settings import (
    Discrete,
    choose_discrete,
    choose_likelihood,
    choose_optimisation,
    choose_schedule,
)
from vae_core.config import ModelConfig, ModelKind, TrainConfig
from vae_core.data import DATASETS
from vae_core.jobs import MAX_EPOCHS, TrainRequest

_SIZE_NAMES = {"linear": "none (linear)", "shallow": "1 of 256, decoder 2"}


def choose_request() -> TrainRequest:
    """The settings, kept across pages."""
    model, dataset = _choose_what()
    size = _choose_size()
    hidden, decoder_hidden, _ = SIZES[size]
    left, right = st.columns(2)
    latent_dim = controls.number_input(
        "Latent dim." if model == "vae" else "Variables",
        1,
        64,
        2,
        key="train_latent_dim",
        at=left,
        help="Two can be seen as they are; more are shown as a projection."
        if model == "vae"
        else "The plane shows their probabilities along the two directions that vary most.",
    )
    beta = controls.number_input(
        "β",
        0.0,
        1000.0,
        1.0,
        0.5,
        format="%g",
        key="train_beta",
        at=right,
        help="Weight of the KL term: 1 is the ELBO, 0 switches the term off.",
    )
    epochs = controls.number_input(
        "Epochs",
        1,
        MAX_EPOCHS,
        DEFAULT_EPOCHS,
        key="train_epochs",
        at=left,
        help="Passes over the training images.",
    )
    seed = controls.number_input(
        "Seed",
        0,
        2**31,
        0,
        key="train_seed",
        at=right,
        help="The same seed gives the same model.",
    )
    categorical = choose_discrete() if model == "categorical-vae" else Discrete()
    likelihood, noise_sd = choose_likelihood()
    with st.expander("More"):
        more = choose_optimisation(size, likelihood)
    schedule, cycles, warm_up_epochs = choose_schedule(beta, epochs)
    return TrainRequest(
        ModelConfig(
            model=model,
            image_shape=DATASETS[dataset].image_shape,
            latent_dim=latent_dim,
            hidden=hidden,
            decoder_hidden=decoder_hidden,
            likelihood=likelihood,
            noise_sd=noise_sd,
            categories=categorical.categories,
        ),
        TrainConfig(
            dataset=dataset,
            beta=beta,
            beta_schedule=schedule,
            cycles=cycles,
            warm_up_epochs=warm_up_epochs,
            free_bits=more.free_bits,
            epochs=epochs,
            batch_size=more.batch_size,
            learning_rate=more.learning_rate,
            seed=seed,
            binarisation=more.binarisation,
            temperature=categorical.temperature,
            temperature_end=categorical.temperature_end,
            straight_through=categorical.straight_through,
        ),
    )


def _choose_what() -> tuple[ModelKind, str]:
    """The kind of model and the data set; a preset may set much of what follows."""
    model = controls.selectbox(
        "Model",
        MODELS,
        key=MODEL.name,
        on_change=take_model,
        help="A categorical VAE has variables that choose among categories instead of numbers; "
        "see the page Discrete latents. Choosing a model sets what suits it below.",
    )
    controls.selectbox(
        "Preset",
        PRESET_NAMES,
        key=PRESET.name,
        on_change=take_preset,
        help="Sets latent dimensions, β, its schedule and free bits; all can be changed below. "
        "Train the collapse first, then a cure, and compare the runs.",
    )
    dataset = controls.selectbox(
        "Data set",
        {name: spec.title for name, spec in DATASETS.items()},
        key=DATASET.name,
        on_change=take_dataset,
        help="\n\n".join(f"**{spec.title}**: {spec.about}" for spec in DATASETS.values()),
    )
    if missing := DATASETS[dataset].missing():
        st.caption(f"It is {missing}.")
    return model, dataset


def _choose_size() -> str:
    """A key of SIZES."""
    return controls.selectbox(
        "Hidden layers",
        {name: _SIZE_NAMES.get(name, f"3 of {name} units") for name in SIZES},
        default=list(SIZES)[1],
        key="train_size",
        help="Layers of the encoder, and as many of the decoder. Without any, and with a Gaussian "
        "likelihood, the model is probabilistic PCA, whose optimum is known exactly.",
    )
