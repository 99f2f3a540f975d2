"""USUAL: the range of each setting within which training goes well, for advice where it did not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vae_core.config import Change, ModelConfig, TrainConfig
from vae_core.settings import ONLY_WITH, reads

USUAL: dict[str, tuple[str, float, float]] = {
    "learning_rate": ("learning rate", 1e-4, 0.03),
    "beta": ("β", 0.01, 100.0),
    "free_bits": ("number of free bits", 0.01, 10.0),
    "batch_size": ("batch size", 8, 2048),
    "noise_sd": ("σ of a pixel", 0.03, 2.0),
    "temperature": ("temperature", 0.1, 5.0),
    "temperature_end": ("temperature at the end", 0.1, 5.0),
    "weight_decay": ("weight decay", 1e-6, 0.3),
    "alpha": ("α", 0.01, 1000.0),
}
"""Setting: its name, the least and the greatest usual value. 0 is usual: it switches one off."""


def advice(model: ModelConfig, train: TrainConfig, changes: Sequence[Change] = ()) -> str:
    """What to change after a training that diverged: the setting furthest from the ordinary.

    Args:
        changes: made by hand meanwhile; each value counts that a setting had.
    """
    given = vars(model) | vars(train)
    values = [(name, given[name]) for name in USUAL if _read(name, model, given)]
    values += [(change.name, change.value) for change in changes if change.value is not None]
    name, value = max(values, key=lambda entry: _distance(*entry))
    if _distance(name, value) == 0:
        return "Try a smaller learning rate or a larger batch"
    title, low, high = USUAL[name]
    return f"Its {title} of {value:g} is out of the ordinary: {low:g} to {high:g} is usual"


def _read(name: str, model: ModelConfig, given: dict[str, object]) -> bool:
    other, values = ONLY_WITH.get(name, (name, (given[name],)))
    return reads(model.model, name) and given[other] in values


def _distance(name: str, value: float) -> float:
    """From the usual range, as a logarithm of how many times; 0 within."""
    _, low, high = USUAL[name]
    if value == 0:
        return 0.0
    return max(math.log(low / value), math.log(value / high), 0.0)
