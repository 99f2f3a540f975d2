"""Groups of settings on the Train page: discrete latents, likelihood, schedule, optimisation."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ui.common import controls
from ui.common.charts import show_chart
from ui.runs.recipes import SIZES
from ui.train.figures import schedule_figure
from vae_core.config import (
    MAX_CATEGORIES,
    Binarisation,
    LikelihoodKind,
    ModelConfig,
    ScheduleKind,
    TrainConfig,
)
from vae_core.jobs import MAX_EPOCHS
from vae_core.likelihoods import LIKELIHOODS, usual_binarisation
from vae_core.provenance import Unmeasured
from vae_core.training.schedules import BETA_SCHEDULES

_PIXELS: dict[Binarisation, str] = {
    "none": "none: grey pixels",
    "dynamic": "dynamic: drawn anew each time",
    "fixed": "fixed: drawn once",
}


@dataclass(frozen=True)
class Discrete:
    """What only a categorical VAE has; see ModelConfig and TrainConfig."""

    categories: int = ModelConfig.categories
    temperature: float = TrainConfig.temperature
    temperature_end: float = TrainConfig.temperature_end
    straight_through: bool = TrainConfig.straight_through


def choose_discrete() -> Discrete:
    """Categories, temperatures and the estimator of a categorical VAE."""
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
    return Discrete(int(categories), start, end, straight)


def choose_likelihood() -> tuple[LikelihoodKind, float]:
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


def choose_schedule(beta: float, epochs: int) -> tuple[ScheduleKind, int, int]:
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
    about = Unmeasured("The schedule of β", "What the settings of the form ask for.")
    show_chart(schedule_figure(shown), "train_drawn", about=about)
    return name, cycles, warm_up_epochs


@dataclass(frozen=True)
class Optimisation:
    """What stands under "More"; see TrainConfig."""

    learning_rate: float
    batch_size: int
    binarisation: Binarisation
    free_bits: float


def choose_optimisation(size: str, likelihood: LikelihoodKind) -> Optimisation:
    """Settings that few change, each with a default that suits size and likelihood."""
    learning_rate = controls.number_input(
        "Learning rate",
        1e-5,
        1.0,
        SIZES[size][2],
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
    return Optimisation(learning_rate, batch_size, binarisation, free_bits)
