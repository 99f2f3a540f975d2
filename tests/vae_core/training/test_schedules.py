"""Beta schedules at the places where their value is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vae_core.config import TrainConfig
from vae_core.training.schedules import BETA_SCHEDULES, beta_at


def values(at: list[float], **settings: Any) -> list[float]:
    config = TrainConfig(**settings)
    return [beta_at(epoch, config) for epoch in at]


def test_constant():
    assert values([0, 3.5, 20], beta=2.0) == [2.0, 2.0, 2.0]


def test_warm_up_is_a_straight_line_and_then_stays():
    ours = values([0, 2.5, 5, 10, 15], beta=4.0, beta_schedule="warm-up", warm_up_epochs=10)
    assert ours == [0.0, 1.0, 2.0, 4.0, 4.0]


def test_cycles_rise_over_their_first_half():
    settings = {"beta": 2.0, "beta_schedule": "cyclical", "epochs": 20, "cycles": 2}
    ours = values([0, 2.5, 5, 9.9, 10, 12.5, 15, 19.9], **settings)
    assert ours == [0.0, 1.0, 2.0, 2.0, 0.0, 1.0, 2.0, 2.0]


def test_cool_down_falls_from_ten_times_beta_in_a_straight_line():
    ours = values([0, 2, 5, 10, 15], beta=2.0, beta_schedule="cool-down", warm_up_epochs=10)
    assert ours == pytest.approx([20.0, 16.4, 11.0, 2.0, 2.0])


@pytest.mark.parametrize("name", sorted(set(BETA_SCHEDULES) - {"cool-down"}))
def test_no_other_schedule_leaves_the_range_up_to_beta(name):
    epochs = list(np.linspace(0, 20, 333))
    ours = values(epochs, beta=3.0, beta_schedule=name, epochs=20, warm_up_epochs=7, cycles=3)
    assert min(ours) >= 0
    assert max(ours) == pytest.approx(3.0)
