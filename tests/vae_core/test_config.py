"""Configs: valid or refused in one sentence, and unchanged by a trip through JSON."""

from __future__ import annotations

import json
import math
from typing import get_args

import pytest

from vae_core.config import (
    LikelihoodKind,
    ModelConfig,
    ModelKind,
    ScheduleKind,
    TrainConfig,
    from_dict,
    to_dict,
)
from vae_core.likelihoods import LIKELIHOODS
from vae_core.models import MODELS
from vae_core.training.schedules import BETA_SCHEDULES


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(),
        ModelConfig(image_shape=(8, 9), latent_dim=64, hidden=(3,), decoder_hidden=(4, 5)),
        TrainConfig(),
        TrainConfig(beta=0, epochs=1, seed=2**63 - 1, binarisation="fixed", learning_rate=1),
    ],
)
def test_a_config_survives_json(config):
    assert from_dict(type(config), json.loads(json.dumps(to_dict(config)))) == config


def test_pixels():
    assert ModelConfig(image_shape=(8, 9)).pixels == 72


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latent_dim", 0),
        ("latent_dim", 65),
        ("latent_dim", 2.0),
        ("latent_dim", True),
        ("latent_dim", "2"),
        ("noise_sd", 0.0),
        ("noise_sd", float("nan")),
        ("hidden", (0,)),
        ("hidden", (256, 8193)),
        ("hidden", 256),
        ("hidden", "256"),
        ("hidden", (1,) * 13),
        ("decoder_hidden", (2.5,)),
        ("decoder_hidden", None),
        ("image_shape", (28,)),
        ("image_shape", (28, 28, 1)),
        ("image_shape", (0, 28)),
        ("image_shape", (28, -1)),
        ("image_shape", (128, 129)),
        ("image_shape", (10**30, 1)),
        ("activation", "sine"),
        ("activation", []),
        ("likelihood", "poisson"),
        ("model", "gan"),
        ("model", {}),
    ],
)
def test_a_bad_model_config_is_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field.split("_")[0]) as caught:
        ModelConfig(**{field: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dataset", ""),
        ("dataset", None),
        ("beta", -1),
        ("beta", math.nan),
        ("beta", math.inf),
        ("beta", "1"),
        ("beta", False),
        ("beta", 10**400),
        ("epochs", 0),
        ("epochs", 1.5),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("weight_decay", -0.1),
        ("learning_rate", -math.inf),
        ("seed", -1),
        ("seed", 2**63),
        ("binarisation", "sometimes"),
        ("device", "tpu"),
        ("precision", "float64"),
    ],
)
def test_a_bad_train_config_is_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field) as caught:
        TrainConfig(**{field: value})
    assert "\n" not in str(caught.value)


def test_a_field_from_a_newer_version_is_named():
    with pytest.raises(ValueError, match="no field 'momentum'"):
        from_dict(TrainConfig, {"beta": 1.0, "momentum": 0.5})


@pytest.mark.parametrize("values", [None, [], "beta", 3])
def test_what_is_no_table_is_refused(values):
    with pytest.raises(ValueError, match="must be a JSON object"):
        from_dict(ModelConfig, values)


def test_the_kinds_are_those_of_the_tables():
    assert get_args(ModelKind) == tuple(MODELS)
    assert get_args(LikelihoodKind) == tuple(LIKELIHOODS)
    assert get_args(ScheduleKind) == tuple(BETA_SCHEDULES)
