"""READ_BY: which kind of model reads which setting of its configs. What is not read is refused.

``ModelConfig`` and ``TrainConfig`` have the settings of every kind. A person who asks for a
training is told of a setting that would do nothing: ``check_settings``. What was stored before
there was this check is read without those: ``only_read``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from typing import Any, get_args

from vae_core.config import ModelConfig, ModelKind, TrainConfig

_EVERY: tuple[ModelKind, ...] = get_args(ModelKind)
_WITH_VAE: tuple[ModelKind, ...] = ("vae", "pseudo-labels", "m1+classifier", "m1+m2")
_WITH_ELBO: tuple[ModelKind, ...] = (*_WITH_VAE, "categorical-vae")
_WITH_KL: tuple[ModelKind, ...] = (*_WITH_ELBO, "semi-supervised")
_CLASSIFIERS: tuple[ModelKind, ...] = (
    "logistic", "mlp", "pseudo-labels", "m1+classifier", "semi-supervised", "m1+m2",
    "classification-rbm",
)  # fmt: skip

READ_BY: dict[str, tuple[ModelKind, ...]] = {
    # --- ModelConfig
    "latent_dim": _WITH_KL,
    "hidden": (*_WITH_KL, "mlp", "classification-rbm"),
    "decoder_hidden": _WITH_KL,
    "activation": (*_WITH_KL, "mlp"),
    "likelihood": _WITH_KL,
    "noise_sd": _WITH_KL,
    "clusters": ("pseudo-labels",),
    "categories": ("categorical-vae",),
    # --- TrainConfig
    "beta": _WITH_KL,
    "beta_schedule": _WITH_KL,
    "warm_up_epochs": _WITH_KL,
    "cycles": _WITH_KL,
    "free_bits": _WITH_ELBO,
    "epochs": _EVERY,
    "batch_size": _EVERY,
    "learning_rate": _EVERY,
    "weight_decay": _EVERY,
    "seed": _EVERY,
    "binarisation": _EVERY,
    "device": _EVERY,
    "precision": _WITH_ELBO,
    "estimator": _WITH_VAE,
    "temperature": ("categorical-vae",),
    "temperature_end": ("categorical-vae",),
    "straight_through": ("categorical-vae",),
    "labels_per_class": _CLASSIFIERS,
    "alpha": ("semi-supervised", "m1+m2"),
    "generative_weight": ("classification-rbm",),
}

ONLY_WITH: dict[str, tuple[str, tuple[str, ...]]] = {
    "warm_up_epochs": ("beta_schedule", ("warm-up", "cool-down")),
    "cycles": ("beta_schedule", ("cyclical",)),
    "noise_sd": ("likelihood", ("gaussian", "gaussian-learned")),
}
"""Settings that are read only while another one has one of these values."""

OF_DATA = ("dataset", "image_shape", "classes")
"""Fields that say what the images are. No kind is refused them, read or not."""

_DEFAULTS = vars(ModelConfig()) | vars(TrainConfig())


def reads(kind: ModelKind, setting: str) -> bool:
    """Whether a setting of ``READ_BY`` does anything in the training of this kind of model."""
    return kind in READ_BY[setting]


def check_settings(model: ModelConfig, train: TrainConfig, asked: Collection[str] = ()) -> None:
    """For every way in which a training is asked for.

    Args:
        asked: settings that a person named; all others count as asked for where they differ from
            their default.

    Raises:
        ValueError: this kind of model does not read a setting that was asked for; the sentence
            says which, and which kinds do.
    """
    for name, why in _unread(model, train, asked):
        value = (vars(model) | vars(train))[name]
        raise ValueError(f"{name} {why}; leave it out, got {value!r:.80}")


def only_read(model: ModelConfig, train: TrainConfig) -> tuple[ModelConfig, TrainConfig]:
    """The same with every setting that is not read at its default: the same training.

    For what was stored when such settings were still let pass.
    """
    defaults = {name: _DEFAULTS[name] for name, _ in _unread(model, train)}
    return replace(model, **_own(ModelConfig, defaults)), replace(
        train, **_own(TrainConfig, defaults)
    )


def _own(kind: type[ModelConfig] | type[TrainConfig], values: dict[str, Any]) -> dict[str, Any]:
    return {field.name: values[field.name] for field in fields(kind) if field.name in values}


def _unread(
    model: ModelConfig, train: TrainConfig, asked: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    """Names of the settings that were asked for and are not read, with the reason."""
    given = vars(model) | vars(train)
    for name, kinds in READ_BY.items():
        if given[name] == _DEFAULTS[name] and name not in asked:
            continue
        if model.model not in kinds:
            readers = ", ".join(map(repr, kinds))
            yield name, f"is not read by a model of the kind {model.model!r}, only by {readers}"
        elif name in ONLY_WITH:
            other, values = ONLY_WITH[name]
            if given[other] not in values:
                choices = " or ".join(map(repr, values))
                yield name, f"is read only where {other} is {choices}, not {given[other]!r}"
