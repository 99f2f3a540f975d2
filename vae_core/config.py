"""What a model is and how it was trained, as frozen records that travel inside checkpoints."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeVar, get_args

# Each kind is a row of a table elsewhere, which is typed by it: MODELS, LIKELIHOODS, ...
ModelKind = Literal[
    "vae",
    "categorical-vae",
    "logistic",
    "mlp",
    "pseudo-labels",
    "m1+classifier",
    "semi-supervised",
    "m1+m2",
    "classification-rbm",
]
LikelihoodKind = Literal["bernoulli", "continuous-bernoulli", "gaussian", "gaussian-learned"]
ScheduleKind = Literal["constant", "warm-up", "cyclical", "cool-down"]
Activation = Literal["silu", "gelu", "relu", "tanh"]
Binarisation = Literal["none", "dynamic", "fixed"]
Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16"]
Estimator = Literal["pathwise", "score-function", "score-function-per-image"]

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
BINARISATIONS: tuple[Binarisation, ...] = get_args(Binarisation)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)

MAX_LATENT_DIM = 64
MAX_CATEGORIES = 100
MAX_LAYERS = 12
MAX_CLASSES = 100
MAX_CLUSTERS = 1000
MIN_NOISE_SD = 1e-3
MAX_LAYER_WIDTH = 8192
MAX_PIXELS = 128 * 128

Config = TypeVar("Config", "ModelConfig", "TrainConfig", "Change")


def _require_integer(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, got {value!r:.80}")


def _require_number(name: str, value: object, low: float, *, above: bool = False) -> None:
    bound = f"> {low:g}" if above else f">= {low:g}"
    ok = (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and (value > low if above else value >= low)
        # keeps out infinity, and whole numbers from JSON that no float can hold
        and value <= sys.float_info.max
    )
    if not ok:
        raise ValueError(f"{name} must be a finite number {bound}, got {value!r:.80}")


def _require_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, got {value!r:.80}")


def _require_choice(name: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r:.80}")


@dataclass(frozen=True)
class ModelConfig:
    """The shape of a model; with it and the weights a model can be rebuilt.

    Attributes:
        model: a key of ``vae_core.models.MODELS``.
        image_shape: (height, width) in pixels; D = height * width.
        latent_dim: Z, the number of latent dimensions, 1 to 64; in a categorical VAE the number
            of its variables.
        hidden: widths of the encoder's hidden layers, from the image inwards; none: linear.
        decoder_hidden: widths of the decoder's hidden layers, from z outwards.
        activation: one of ``ACTIVATIONS``.
        likelihood: a key of ``vae_core.likelihoods.LIKELIHOODS``.
        noise_sd: sigma of Gaussian pixels, in grey values from 0 to 1; where it is learned,
            what it starts from.
        classes: K, the number of classes that a classifier tells apart.
        clusters: of k-means, in models with pseudo-labels.
        categories: that each latent variable of a categorical VAE chooses from.

    Raises:
        ValueError: a field is out of range; the sentence says which and what is expected.
    """

    model: ModelKind = "vae"
    image_shape: tuple[int, int] = (28, 28)
    latent_dim: int = 2
    hidden: tuple[int, ...] = (256, 256, 256)
    decoder_hidden: tuple[int, ...] = (256, 256, 256)
    activation: Activation = "silu"
    likelihood: LikelihoodKind = "bernoulli"
    noise_sd: float = 0.2
    classes: int = 10
    clusters: int = 20
    categories: int = 10

    def __post_init__(self) -> None:
        for name in ("image_shape", "hidden", "decoder_hidden"):
            value = getattr(self, name)
            if not isinstance(value, list | tuple):
                raise ValueError(f"{name} must be a list of whole numbers, got {value!r:.80}")
            object.__setattr__(self, name, tuple(value))  # JSON brings lists
        if len(self.image_shape) != 2:
            raise ValueError(f"image_shape must be (height, width), got {self.image_shape!r:.80}")
        for side in self.image_shape:
            _require_integer("image_shape", side, 1, MAX_PIXELS)
        if self.pixels > MAX_PIXELS:
            raise ValueError(f"an image may have at most {MAX_PIXELS} pixels, got {self.pixels}")
        _require_integer("latent_dim", self.latent_dim, 1, MAX_LATENT_DIM)
        for name in ("hidden", "decoder_hidden"):
            widths = getattr(self, name)
            if len(widths) > MAX_LAYERS:
                raise ValueError(f"{name} must have at most {MAX_LAYERS} layers, got {len(widths)}")
            for width in widths:
                _require_integer(f"a width in {name}", width, 1, MAX_LAYER_WIDTH)
        _require_choice("activation", self.activation, ACTIVATIONS)
        _require_number("noise_sd", self.noise_sd, MIN_NOISE_SD)
        _require_integer("classes", self.classes, 2, MAX_CLASSES)
        _require_integer("clusters", self.clusters, 1, MAX_CLUSTERS)
        _require_choice("likelihood", self.likelihood, get_args(LikelihoodKind))
        _require_choice("model", self.model, get_args(ModelKind))
        _require_integer("categories", self.categories, 2, MAX_CATEGORIES)
        # Two numbers would be drawn as a plane, and two that add up to 1 are none.
        if self.latent_size == 2 and self.model == "categorical-vae":
            raise ValueError("a single latent variable needs at least 3 categories, got 2")

    @property
    def pixels(self) -> int:
        """D, the number of pixels of one image."""
        return self.image_shape[0] * self.image_shape[1]

    @property
    def latent_size(self) -> int:
        """How many numbers the decoder reads; a categorical variable is one-hot, K numbers."""
        return self.latent_dim * (self.categories if self.model == "categorical-vae" else 1)


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained. The defaults are the measured recipe for a short budget.

    Attributes:
        dataset: a key of ``vae_core.data.DATASETS``.
        beta: weight of the KL term in the objective; 1 is the ELBO, 0 switches it off.
        beta_schedule: a key of ``vae_core.training.schedules.BETA_SCHEDULES``; how beta is reached.
        warm_up_epochs: how long "warm-up" rises and "cool-down" falls, in epochs.
        cycles: of "cyclical", in the whole run.
        free_bits: nats of KL that each latent dimension may have, on average over a batch,
            before the KL term acts on it; 0 is none. With free bits the objective is no bound.
        epochs: passes over the training images.
        batch_size: how many images one step sees.
        learning_rate: peak of the one-cycle schedule.
        weight_decay: share of every weight taken off per step, times the learning rate; 0 is none.
        seed: of the weights, the order of the images and every random draw.
        binarisation: "none" (grey pixels as they are), "dynamic" (each pixel drawn anew
            as Bernoulli(grey) every time an image is seen) or "fixed" (drawn once).
        device: "auto", "cpu" or "cuda".
        precision: "auto" (bfloat16 where the hardware multiplies it natively), or forced.
        estimator: how a gradient gets from the reconstruction to the encoder: "pathwise" (the
            reparameterisation), "score-function" with the batch's mean as baseline, or the same
            with a baseline of each image's own; see ``vae_core.gradients``.
        temperature: of the Gumbel-Softmax with which a categorical VAE trains, at the start.
        temperature_end: at the end; between them it falls by the same factor in every step.
        straight_through: whether the decoder reads the one-hot z in training too, while the
            gradient is that of the relaxed one.
        labels_per_class: how many training images of each class keep their label, for
            classifiers; 0: all do.
        alpha: in a semi-supervised VAE, weight of the labelled images' mean classification loss
            beside the mean bound of all images. Kingma et al. 2014 have 0.1.
        generative_weight: of a classification RBM's objective, how much is -log p(x, y); the
            rest is -log p(y|x). 0 is discriminative, 1 generative, between them hybrid.

    Raises:
        ValueError: a field is out of range; the sentence says which and what is expected.
    """

    dataset: str = "mnist-5k"
    beta: float = 1.0
    beta_schedule: ScheduleKind = "constant"
    warm_up_epochs: int = 10
    cycles: int = 4
    free_bits: float = 0.0
    epochs: int = 20
    batch_size: int = 256
    learning_rate: float = 4e-3
    weight_decay: float = 0.0
    seed: int = 0
    binarisation: Binarisation = "dynamic"
    device: Device = "auto"
    precision: Precision = "auto"
    estimator: Estimator = "pathwise"
    temperature: float = 1.0
    temperature_end: float = 0.5
    straight_through: bool = False
    labels_per_class: int = 0
    alpha: float = 100.0
    generative_weight: float = 0.01

    def __post_init__(self) -> None:
        if not isinstance(self.dataset, str) or not self.dataset:
            raise ValueError(f"dataset must be the name of a data set, got {self.dataset!r:.80}")
        _require_number("beta", self.beta, 0.0)
        _require_choice("beta_schedule", self.beta_schedule, get_args(ScheduleKind))
        _require_integer("warm_up_epochs", self.warm_up_epochs, 1, 100_000)
        _require_integer("cycles", self.cycles, 1, 1000)
        _require_number("free_bits", self.free_bits, 0.0)
        _require_integer("epochs", self.epochs, 1, 100_000)
        _require_integer("batch_size", self.batch_size, 1, 1_000_000)
        _require_number("learning_rate", self.learning_rate, 0.0, above=True)
        _require_number("weight_decay", self.weight_decay, 0.0)
        _require_integer("seed", self.seed, 0, 2**63 - 1)
        _require_choice("binarisation", self.binarisation, BINARISATIONS)
        _require_choice("device", self.device, get_args(Device))
        _require_choice("precision", self.precision, PRECISIONS)
        _require_choice("estimator", self.estimator, ESTIMATORS)
        _require_number("temperature", self.temperature, 0.0, above=True)
        _require_number("temperature_end", self.temperature_end, 0.0, above=True)
        _require_flag("straight_through", self.straight_through)
        _require_integer("labels_per_class", self.labels_per_class, 0, 1_000_000)
        _require_number("alpha", self.alpha, 0.0)
        _require_number("generative_weight", self.generative_weight, 0.0)
        if self.generative_weight > 1:
            raise ValueError(f"generative_weight must be at most 1, got {self.generative_weight}")


@dataclass(frozen=True)
class Change:
    """A setting of ``TrainConfig`` that was changed by hand while the run went on.

    Attributes:
        epoch: when, in epochs done; with a fraction within an epoch.
        name: "beta" or "learning_rate".
        value: the new one; None: back to what was configured.

    Raises:
        ValueError: a field is out of range.
    """

    epoch: float
    name: str
    value: float | None

    def __post_init__(self) -> None:
        _require_number("the epoch of a change", self.epoch, 0.0)
        _require_choice("the name of a change", self.name, ("beta", "learning_rate"))
        if self.value is not None:
            _require_number("the value of a change", self.value, 0.0)


def to_dict(config: ModelConfig | TrainConfig | Change) -> dict[str, Any]:
    """A plain dictionary that JSON can hold."""
    return asdict(config)


def from_dict(kind: type[Config], values: Mapping[str, Any]) -> Config:
    """Rebuild a config from ``to_dict``'s output.

    Raises:
        ValueError: a key that this version does not know, or a value out of range.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"{kind.__name__} must be a JSON object, got {type(values).__name__}")
    unknown = sorted(set(values) - {field.name for field in fields(kind)})
    if unknown:
        raise ValueError(
            f"{kind.__name__} has no field {unknown[0]!r:.80}; "
            "the file may come from a newer version"
        )
    return kind(**values)
