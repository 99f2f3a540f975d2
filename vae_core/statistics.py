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
