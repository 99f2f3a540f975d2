"""The options of the command line: their types, and a sentence of help for each setting."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import click

from vae_core.config import (
    MAX_CATEGORIES,
    MAX_CLUSTERS,
    MAX_LATENT_DIM,
    MAX_LAYER_WIDTH,
    MAX_LAYERS,
    MIN_NOISE_SD,
    ModelConfig,
    TrainConfig,
)

Callback = TypeVar("Callback", bound=Callable[..., Any])


class Kind(click.Choice[str]):
    """Choices for the help and for completion; the configs refuse a value, here as anywhere."""

    def convert(self, value: Any, *_: object) -> str:
        """The text as it came."""
        return str(value)


class NumberList(click.ParamType[tuple[Any, ...]]):
    """Numbers with commas between them, as a tuple; one sentence for anything else."""

    name = "numbers"

    def __init__(self, kind: type[int] | type[float]) -> None:
        self.kind = kind

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        """``"0,0.5"`` -> ``(0.0, 0.5)``."""
        if isinstance(value, tuple):
            return value  # click may convert twice
        try:
            return tuple(self.kind(part) for part in value.split(","))
        except ValueError:
            such = "whole numbers such as 256,256" if self.kind is int else "numbers such as 0.5,-1"
            self.fail(f"expected {such}, got {value!r:.80}", param, ctx)


WHOLE_NUMBERS, NUMBERS = NumberList(int), NumberList(float)

# The commands check a file themselves, and say more about it.
FILE = click.Path(path_type=Path, readable=False)


class Setting(NamedTuple):
    """Help for a field of ModelConfig or TrainConfig; its type and default are the field's.

    Attributes:
        about: a sentence with the unit, without its full stop.
        low: the least value that the config takes; with ``above`` the value must exceed it.
        high: the greatest; infinite where only the floating-point numbers end.
        above: whether ``low`` itself is refused.
        default: in words, where the default follows another option.
    """

    about: str
    low: float | None = None
    high: float = inf
    above: bool = False
    default: str = ""

    @property
    def range(self) -> str:
        """In words; empty where there is none."""
        if self.low is None:
            return ""
        if self.high < inf:
            return f"; from {self.low:,} to {self.high:,}"
        return f"; {'above' if self.above else 'at least'} {self.low:g}"


_WIDTHS = f"at most {MAX_LAYERS} numbers from 1 to {MAX_LAYER_WIDTH}"

SETTINGS: dict[str, Setting] = {
    "model": Setting("Kind of model"),
    "latent_dim": Setting(
        "Number of latent dimensions; in a categorical VAE of latent variables", 1, MAX_LATENT_DIM
    ),
    "categories": Setting("Categories of each variable of a categorical VAE", 2, MAX_CATEGORIES),
    "clusters": Setting("Clusters of k-means, in models with pseudo-labels", 1, MAX_CLUSTERS),
    "likelihood": Setting("Distribution of the pixels given z"),
    "noise_sd": Setting(
        "Standard deviation of Gaussian pixels in grey values, which go from 0 to 1; "
        "where it is learned, its start",
        MIN_NOISE_SD,
    ),
    "hidden": Setting(f"Units in each hidden layer of the encoder, {_WIDTHS}"),
    "decoder_hidden": Setting(
        f"Units in each hidden layer of the decoder, from z outwards, {_WIDTHS}",
        default="as --hidden",
    ),
    "beta": Setting("Weight of the KL term; 1 is the ELBO, 0 switches the term off", 0),
    "beta_schedule": Setting("How beta is reached over the run"),
    "warm_up_epochs": Setting("Epochs over which warm-up rises and cool-down falls", 1, 100_000),
    "cycles": Setting("Cycles of the cyclical schedule in the whole run", 1, 1_000),
    "free_bits": Setting(
        "Nats of KL that each latent dimension may have before the KL term acts on it", 0
    ),
    "epochs": Setting("Passes over the training images", 1, 100_000),
    "batch_size": Setting("Batch size, the images that one step sees", 1, 1_000_000),
    "learning_rate": Setting("Peak of the one-cycle learning rate, per step", 0, above=True),
    "weight_decay": Setting(
        "Share taken off every weight per step, times the learning rate; 0 is none", 0
    ),
    "seed": Setting(
        "Seed of the weights, of the order of the images and of every draw", 0, 2**63 - 1
    ),
    "binarisation": Setting(
        "How grey pixels become black or white: not at all, drawn anew whenever an image is seen, "
        "or drawn once",
        default="dynamic under a Bernoulli likelihood, else none",
    ),
    "device": Setting("Processor that trains; auto is a GPU where there is one"),
    "estimator": Setting(
        "Gradient of the expectation over q(z|x): pathwise is the reparameterisation, the others "
        "have the batch's mean or one of each image as their baseline"
    ),
    "temperature": Setting(
        "Temperature of a categorical VAE's Gumbel-Softmax, without a unit, at the start",
        0,
        above=True,
    ),
    "temperature_end": Setting("The same temperature at the end", 0, above=True),
    "straight_through": Setting(
        "Let a categorical VAE's decoder read the one-hot z in training", default="the relaxed z"
    ),
    "labels_per_class": Setting(
        "Training images of each class that keep their label, for classifiers; 0 is all",
        0,
        1_000_000,
    ),
    "alpha": Setting(
        "Weight of the mean classification loss, in nats per image, in a semi-supervised VAE", 0
    ),
    "generative_weight": Setting(
        "Share of -log p(x, y) in the objective of a classification RBM; the rest is -log p(y|x)",
        0,
        1,
    ),
}
"""Fields of ModelConfig and TrainConfig that are options; the order is that of the help."""

_TYPES = get_type_hints(ModelConfig) | get_type_hints(TrainConfig)


def settings(*left_out: str) -> Callable[[Callback], Callback]:
    """Options for all ``SETTINGS`` but those; one that is not given is None."""

    def add(callback: Callback) -> Callback:
        for name in reversed(SETTINGS):
            if name not in left_out:
                callback = _option(name)(callback)
        return callback

    return add


def _option(name: str) -> Callable[[Callback], Callback]:
    kind, setting, flag = _TYPES[name], SETTINGS[name], f"--{name.replace('_', '-')}"
    default = setting.default or _in_words(
        getattr(ModelConfig, name, getattr(TrainConfig, name, None))
    )
    about = f"{setting.about}{setting.range}.  [default: {default}]"
    if kind is bool:
        return click.option(flag, is_flag=True, default=None, help=about)
    return click.option(flag, type=_parameter_type(kind), help=about)


def _in_words(default: object) -> str:
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def _parameter_type(kind: Any) -> Any:
    # Ranges and choices are checked by the configs, which hold for every way in.
    if get_origin(kind) is Literal:
        return Kind(get_args(kind))
    return WHOLE_NUMBERS if get_origin(kind) is tuple else kind


def dataset_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """What a shell offers after ``--dataset``."""
    from vae_core.data import DATASETS  # imports torch, which only this completion waits for

    return [name for name in DATASETS if name.startswith(incomplete)]


dataset = click.option(
    "--dataset",
    required=True,
    metavar="NAME",
    shell_complete=dataset_names,
    help="Data set; the command datasets lists them.",
)
dataset_or_that_of_resume = click.option(
    "--dataset",
    metavar="NAME",
    shell_complete=dataset_names,
    help="Data set; the command datasets lists them.  [default: that of --resume]",
)
checkpoint = click.argument("checkpoint", type=FILE)
force = click.option(
    "--force", is_flag=True, help="Replace an output that exists.  [default: that is an error]"
)


def output(metavar: str, about: str, *, required: bool = True) -> Callable[[Callback], Callback]:
    """The option ``--output``."""
    return click.option("--output", type=FILE, required=required, metavar=metavar, help=about)
