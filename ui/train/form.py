"""What is chosen before a run on the Train page."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ui.common import controls
from ui.common.charts import show_chart
from ui.common.state import Slot
from ui.runs.recipes import SIZES
from ui.train.figures import schedule_figure
from vae_core.config import (
    MAX_CATEGORIES,
    Binarisation,
    LikelihoodKind,
    ModelConfig,
    ModelKind,
    ScheduleKind,
    TrainConfig,
)
from vae_core.data import DATASETS
from vae_core.jobs import MAX_EPOCHS, TrainRequest
from vae_core.likelihoods import LIKELIHOODS, usual_binarisation
from vae_core.training.schedules import BETA_SCHEDULES

_PIXELS: dict[Binarisation, str] = {
    "none": "none: grey pixels",
    "dynamic": "dynamic: drawn anew each time",
    "fixed": "fixed: drawn once",
}
_SIZE_NAMES = {"linear": "none (linear)", "shallow": "1 of 256, decoder 2"}
DEFAULT_EPOCHS = 26

# What a preset sets; measured on mnist-5k with the other settings as they are at first: of eight
# dimensions two live, then all eight, then five.
PRESETS = {
    "usual": {"latent_dim": 2, "beta": 1.0, "schedule": "constant", "free_bits": 0.0},
    "mean": {
        "latent_dim": 2,
        "beta": 784.0,  # of 28 x 28; see _take_dataset
        "schedule": "constant",
        "free_bits": 0.0,
    },
    "collapse": {
        "latent_dim": 8,
        "beta": 8.0,
        "schedule": "constant",
        "free_bits": 0.0,
    },
    "free-bits": {
        "latent_dim": 8,
        "beta": 8.0,
        "schedule": "constant",
        "free_bits": 0.5,
    },
    "warm-up": {
        "latent_dim": 8,
        "beta": 8.0,
        "schedule": "warm-up",
        "warm_up": 15,
        "free_bits": 0.0,
    },
}

PRESET_NAMES = {
    "usual": "Usual",
    "mean": "Mean over pixels by mistake",
    "collapse": "Provoke posterior collapse",
    "free-bits": "Cure it with free bits",
    "warm-up": "Cure it with a warm-up",
}

MODELS: dict[ModelKind, str] = {"vae": "VAE, Gaussian z", "categorical-vae": "Categorical VAE"}

# What suits each model, taken when it is chosen; measured on mnist-5k.
_USUAL = {
    "vae": {
        "latent_dim": 2,
        "schedule": "constant",
        "epochs": DEFAULT_EPOCHS,
        "size": "128",
        "batch": 128,
    },
    "categorical-vae": {
        "latent_dim": 20,
        "schedule": "warm-up",
        "warm_up": 10,
        "epochs": 40,
        "size": "shallow",
        "batch": 64,
    },
}

_MODEL: Slot[ModelKind] = Slot("train_model", "vae")
_PRESET = Slot("train_preset", "usual")
_DATASET = Slot("train_dataset", next(iter(DATASETS)))


def choose_request() -> TrainRequest:
    """The settings, kept across pages."""
    model = controls.selectbox(
        "Model",
        MODELS,
        key=_MODEL.name,
        on_change=_take_model,
        help="A categorical VAE has variables that choose among categories instead of numbers; "
        "see the page Discrete latents. Choosing a model sets what suits it below.",
    )
    controls.selectbox(
        "Preset",
        PRESET_NAMES,
        key=_PRESET.name,
        on_change=_take_preset,
        help="Sets latent dimensions, β, its schedule and free bits; all can be changed below. "
        "Train the collapse first, then a cure, and compare the runs.",
    )
    dataset = controls.selectbox(
        "Data set",
        {name: spec.title for name, spec in DATASETS.items()},
        key=_DATASET.name,
        on_change=_take_dataset,
        help="\n\n".join(f"**{spec.title}**: {spec.about}" for spec in DATASETS.values()),
    )
    spec = DATASETS[dataset]
    if missing := spec.missing():
        st.caption(f"It is {missing}.")
    size = controls.selectbox(
        "Hidden layers",
        {name: _SIZE_NAMES.get(name, f"3 of {name} units") for name in SIZES},
        default=list(SIZES)[1],
        key="train_size",
        help="Layers of the encoder, and as many of the decoder. Without any, and with a Gaussian "
        "likelihood, the model is probabilistic PCA, whose optimum is known exactly.",
    )
    hidden, decoder_hidden, usual_rate = SIZES[size]
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
    categorical = _choose_discrete() if model == "categorical-vae" else _Discrete()
    likelihood, noise_sd = _choose_likelihood()
    with st.expander("More"):
        learning_rate = controls.number_input(
            "Learning rate",
            1e-5,
            1.0,
            usual_rate,
            1e-3,
            format="%g",
            key=f"train_rate_{size}",  # each size has its own that works well
            help="The peak: it rises to it over the first tenth of the steps, and falls to 0.",
        )
        batch_size = controls.select_slider(
            "Batch size", [32, 64, 128, 256, 512], default=128, key="train_batch"
        )
        binarisation = controls.selectbox(
            "Binarisation",
            _PIXELS,
            default=usual_binarisation(likelihood),
            key=f"train_binarisation_{usual_binarisation(likelihood)}",
            help="A Bernoulli likelihood is one of black and white pixels. Drawing them anew each "
            "time an image is seen also keeps a model from learning the images by heart. The other "
            "likelihoods are densities over grey values.",
        )
        free_bits = controls.number_input(
            "Free bits, nats per dimension",
            0.0,
            20.0,
            0.0,
            0.1,
            format="%g",
            key="train_free_bits",
            help="The KL term leaves a dimension alone until it has so many nats. It keeps "
            "dimensions alive; the objective is then no bound on log p(x), and the curves show the "
            "true ELBO (β = 1) all the same.",
        )
    schedule, cycles, warm_up_epochs = _choose_schedule(beta, epochs)
    return TrainRequest(
        ModelConfig(
            model=model,
            image_shape=spec.image_shape,
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
            free_bits=free_bits,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seed=seed,
            binarisation=binarisation,
            temperature=categorical.temperature,
            temperature_end=categorical.temperature_end,
            straight_through=categorical.straight_through,
        ),
    )


@dataclass(frozen=True)
class _Discrete:
    """What only a categorical VAE has; see ModelConfig and TrainConfig."""

    categories: int = ModelConfig.categories
    temperature: float = TrainConfig.temperature
    temperature_end: float = TrainConfig.temperature_end
    straight_through: bool = TrainConfig.straight_through


def _choose_discrete() -> _Discrete:
    categories = controls.number_input(
        "Categories of a variable",
        3,
        MAX_CATEGORIES,
        ModelConfig.categories,
        key="train_categories",
    )
    left, right = st.columns(2)
    straight = controls.toggle(
        "One-hot in training",
        key="train_straight",
        help="Straight-through: the decoder reads the one-hot z, while the gradient is that of the "
        "relaxed one.",
    )
    start, end = (
        controls.number_input(
            label,
            0.05,
            10.0,
            value,
            0.1,
            format="%g",
            key=key,
            at=column,
            help="Temperature of the Gumbel-Softmax at the start and at the end of the run. It "
            "falls by the same factor in every step.",
        )
        for column, label, value, key in (
            (left, "τ, first", TrainConfig.temperature, "train_tau"),
            (right, "τ, last", 0.3, "train_tau_end"),
        )
    )
    return _Discrete(int(categories), start, end, straight)


def _take_model() -> None:
    for name, value in _USUAL[_MODEL.get()].items():
        Slot(f"train_{name}", value).set(value)


def _choose_likelihood() -> tuple[LikelihoodKind, float]:
    """A key of LIKELIHOODS, and sigma where it is Gaussian."""
    name = controls.selectbox(
        "Likelihood",
        {name: row.title for name, row in LIKELIHOODS.items()},
        key="train_likelihood",
        help="What p(x|z) is. Numbers of different likelihoods are not comparable; see the page "
        "Likelihood.",
    )
    sigma = ModelConfig.noise_sd
    if noise := LIKELIHOODS[name].noise:
        sigma = controls.number_input(
            "σ" if noise == "fixed" else "σ at the start",
            0.01,
            2.0,
            sigma,
            0.05,
            format="%g",
            key="train_sigma",
            help="Standard deviation of every pixel around the decoder's mean, in grey values from "
            "0 to 1.",
        )
    return name, sigma


def _take_preset() -> None:
    for name, value in PRESETS[_PRESET.get()].items():
        Slot(f"train_{name}", value).set(value)
    _take_dataset()


def _take_dataset() -> None:
    """The mistake of a mean over pixels is as large as the images of the data set are."""
    if _PRESET.get() == "mean":
        height, width = DATASETS[_DATASET.get()].image_shape
        Slot("train_beta", 1.0).set(float(height * width))


def _choose_schedule(beta: float, epochs: int) -> tuple[ScheduleKind, int, int]:
    """How beta is reached, drawn: its name, the cycles of one, the epochs of the other."""
    usual = TrainConfig()
    name = controls.selectbox(
        "β over the run",
        {name: row.title for name, row in BETA_SCHEDULES.items()},
        key="train_schedule",
        help="\n\n".join(f"**{row.title}**: {row.about}" for row in BETA_SCHEDULES.values()),
    )
    cycles, warm_up_epochs = usual.cycles, usual.warm_up_epochs
    if name == "constant":
        return name, cycles, warm_up_epochs
    if name in ("warm-up", "cool-down"):
        warm_up_epochs = controls.number_input(
            "Warm-up epochs" if name == "warm-up" else "Cool-down epochs",
            1,
            MAX_EPOCHS,
            warm_up_epochs,
            key="train_warm_up",
        )
    else:
        cycles = controls.number_input("Cycles", 1, 100, cycles, key="train_cycles")
    shown = TrainConfig(
        beta=beta,
        epochs=epochs,
        beta_schedule=name,
        cycles=cycles,
        warm_up_epochs=warm_up_epochs,
    )
    show_chart(schedule_figure(shown), "train_drawn")
    return name, cycles, warm_up_epochs
