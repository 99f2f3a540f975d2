"""advice(): after a divergence, the setting that is out of the ordinary."""

from __future__ import annotations

import pytest

from vae_core.config import Change, ModelConfig, TrainConfig
from vae_core.training.usual import advice


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"learning_rate": 1000.0}, "learning rate of 1000"),
        ({"beta": 1e30}, "β of 1e+30"),
        ({"beta": 1e30, "learning_rate": 0.1}, "β of 1e+30"),  # the furthest off
        ({"batch_size": 1}, "batch size of 1"),
        ({"weight_decay": 1e3}, "weight decay of 1000"),
    ],
)
def test_it_names_the_setting_that_is_out_of_the_ordinary(settings, said):
    text = advice(ModelConfig(), TrainConfig(**settings))
    assert said in text
    assert "smaller learning rate" not in text


def test_settings_of_the_model_count_where_they_are_read():
    assert "σ of a pixel of 0.01" in advice(
        ModelConfig(likelihood="gaussian", noise_sd=0.01), TrainConfig()
    )
    assert "temperature of 0.001" in advice(
        ModelConfig(model="categorical-vae"), TrainConfig(temperature=0.001)
    )
    unread = advice(ModelConfig(), TrainConfig(temperature=0.001))
    assert unread.startswith("Try a smaller learning rate")


def test_what_was_changed_by_hand_counts():
    changes = [Change(2.0, "learning_rate", 900.0), Change(3.0, "learning_rate", None)]
    assert "learning rate of 900" in advice(ModelConfig(), TrainConfig(), changes)


@pytest.mark.parametrize("beta", [0.0, 1.0, 20.0])
def test_ordinary_settings_are_not_blamed(beta):
    assert advice(ModelConfig(), TrainConfig(beta=beta)) == (
        "Try a smaller learning rate or a larger batch"
    )
