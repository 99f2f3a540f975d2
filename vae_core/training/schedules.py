"""What changes by itself over a run: the weight of the KL term, and the temperature."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from vae_core.config import ScheduleKind, TrainConfig

COOL_DOWN_FROM = 10.0


@dataclass(frozen=True)
class BetaSchedule:
    """One row of ``BETA_SCHEDULES``.

    Attributes:
        title: how the app names it.
        about: one sentence for a person who chooses.
        share: (epochs done, config) -> what the config's beta is multiplied with.
    """

    title: str
    about: str
    share: Callable[[float, TrainConfig], float]


def _warm_up(epoch: float, config: TrainConfig) -> float:
    return min(1.0, epoch / config.warm_up_epochs)


def _cyclical(epoch: float, config: TrainConfig) -> float:
    length = config.epochs / config.cycles
    return min(1.0, 2 * (epoch % length) / length)


def _cool_down(epoch: float, config: TrainConfig) -> float:
    return 1 + (COOL_DOWN_FROM - 1) * max(0.0, 1 - epoch / config.warm_up_epochs)


BETA_SCHEDULES: dict[ScheduleKind, BetaSchedule] = {
    "constant": BetaSchedule("constant", "β from the first step to the last.", lambda _e, _c: 1.0),
    # Bowman et al. 2016, arXiv:1511.06349; Sønderby et al. 2016, arXiv:1602.02282.
    "warm-up": BetaSchedule(
        "warm-up", "β rises from 0 in a straight line over the first epochs, then stays.", _warm_up
    ),
    # Fu et al. 2019, arXiv:1903.10145, with their share of a half for the rise.
    "cyclical": BetaSchedule(
        "cyclical",
        "β starts anew from 0 in every cycle: it rises over the first half, and stays for the "
        "second.",
        _cyclical,
    ),
    # A style that costs much leaves the class to say what it can, before the style learns to say
    # it all: in a semi-supervised VAE that halves the errors.
    "cool-down": BetaSchedule(
        "cool-down",
        "β starts ten times as high, falls in a straight line over the first epochs, then stays.",
        _cool_down,
    ),
}


def beta_at(epoch: float, config: TrainConfig) -> float:
    """The weight of the KL term after so many epochs (a fraction within one counts)."""
    return config.beta * BETA_SCHEDULES[config.beta_schedule].share(epoch, config)


def temperature_at(epoch: float, config: TrainConfig) -> float:
    """Temperature of a categorical VAE's Gumbel-Softmax after so many epochs.

    Exponential, as in Jang et al. 2017, arXiv:1611.01144, section 4.2.
    """
    share = min(1.0, epoch / config.epochs)
    start, end = math.log(config.temperature), math.log(config.temperature_end)
    return math.exp(start + share * (end - start))
