"""Monte Carlo estimates with their errors.

Shape suffixes: S draws, N images.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]


def image_seed(seed: int, image: int) -> int:
    """The seed of one image's draws: with one for all, the errors of all would be the same.

    Args:
        seed: tells apart what is drawn for one image, >= 0.
        image: its number, >= 0.
    """
    [state] = np.random.SeedSequence((seed, image)).generate_state(1, np.uint64)
    return int(state >> np.uint64(1))  # generators of torch take 63 bits


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo mean and its standard error, in the same unit."""

    value: float
    error: float

    @classmethod
    def of(cls, values_S: Tensor | Array) -> Estimate:
        """From independent draws, shape (S,), S >= 2."""
        values = np.asarray(values_S, np.float64)
        return cls(float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values))))

    @classmethod
    def of_strata(cls, values_SN: Array) -> Estimate:
        """From S >= 2 draws for each of N images: only the spread within an image is chance."""
        draws, images = values_SN.shape
        variance = values_SN.var(axis=0, ddof=1).sum() / draws / images**2
        return cls(float(values_SN.mean()), math.sqrt(variance))
