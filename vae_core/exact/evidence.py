"""What quadrature finds of one image: log p(x), its error, and where the true posterior lies.

Shape suffixes: C cells, L leaves (the same cells while they are being split), Z latent dimensions
(2 here).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

Array = NDArray[np.float64]

TOLERANCE = 0.01
"""Nats. A log p(x) with a larger estimated error is called approximate."""


@dataclass(frozen=True)
class Evidence:
    """log p(x) of one image and where its true posterior lies; nats.

    Attributes:
        log_p: log p(x).
        error: its estimated absolute error.
        points: how many latents besides the coarse grid it took.
        centre_C2, size_C: the cells that the plane was cut into, and their sides, without those
            that carry next to nothing.
        log_mass_C: log of the share of p(z|x) in each cell.
        mode_Z: the likeliest latent found, shape (2,).
        mean_Z: the mean of p(z|x), shape (2,).
    """

    log_p: float
    error: float
    points: int
    centre_C2: Array
    size_C: Array
    log_mass_C: Array
    mode_Z: Array
    mean_Z: Array

    @property
    def exact(self) -> bool:
        """Whether the estimated error is within ``TOLERANCE``."""
        return bool(self.error < TOLERANCE)

    @classmethod
    def of_leaves(
        cls, leaf_L: NDArray[np.void], constant: float, error: float, points: int
    ) -> Evidence:
        """From one image's leaves, whose integrals are relative to ``constant``."""
        log_total = float(logsumexp(leaf_L["log_integral"]))
        log_mass_L = leaf_L["log_integral"] - log_total
        return cls(
            log_p=log_total + float(constant),
            error=float(error),
            points=points,
            centre_C2=leaf_L["centre"].copy(),
            size_C=leaf_L["size"].copy(),
            log_mass_C=log_mass_L,
            mode_Z=leaf_L["mode"][leaf_L["top"].argmax()].copy(),
            mean_Z=np.exp(log_mass_L) @ leaf_L["mean"],
        )
