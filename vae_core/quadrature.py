"""log p(x) of a model with two latent dimensions, by adaptive quadrature in float64.

The plane is cut into square cells, coarse ones first. A trained decoder is sharp: a posterior can
be a hundred times narrower than the prior and have several modes, so cells that carry mass, or
that may hide some between their nodes, are split into four until the estimated error is small.

Shape suffixes: C cells, G grid points, Q nodes of a cell, P places in a cell, D pixels,
Z latent dimensions (2 here).
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vae_core.aggregate import Bounds
from vae_core.cells import OFFSET_Q2, Leaves, coarse_cells, nodes_of
from vae_core.models.vae import VAE

Array = NDArray[np.float64]

TOLERANCE = 0.01
"""Nats. A log p(x) with a larger estimated error is called approximate."""

_MOST_POINTS = 60_000  # decoded for one image
_CHUNK = 1024  # points at a time: bounds the memory, and stays near the caches


@dataclass(frozen=True)
class Evidence:
    """log p(x) of one image and where its true posterior lies; nats.

    Attributes:
        log_p: log p(x).
        error: its estimated absolute error.
        points: how many latents were decoded for this image alone.
        centre_C2, size_C: the cells that the plane was cut into, and their sides.
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


class Quadrature:
    """A model's plane, cut coarsely once; then log p(x) of one image after another.

    Holds about 70 MB for 784 pixels.

    Raises:
        ValueError: the model has other than two latent dimensions.
    """

    def __init__(self, model: VAE) -> None:
        if model.config.latent_dim != 2:
            raise ValueError(
                "log p(x) by quadrature needs a model with 2 latent dimensions, "
                f"this one has {model.config.latent_dim}"
            )
        self.likelihood, self.pixels = model.likelihood, model.config.pixels
        self.decoder = copy.deepcopy(model.decoder).double().requires_grad_(False)
        self._centre_C2, self._size_C = coarse_cells()
        nodes_G2 = nodes_of(self._centre_C2, self._size_C)
        self._log_prior_G = log_prior(nodes_G2)
        # Coarse values only tell which cells to split: float32 will do.
        self._offset_G, self._slope_GD = self._table(copy.deepcopy(model.decoder).float(), nodes_G2)

    def log_likelihood(self, z_GZ: Array, x_D: Array) -> Array:
        """log p(x|z) of one image at many latents, nats, shape (G,)."""
        x_1D = torch.from_numpy(np.asarray(x_D, np.float64))[None]
        parts = []
        with torch.no_grad():
            for z_BZ in torch.from_numpy(np.ascontiguousarray(z_GZ)).split(_CHUNK):
                output_BD = self.decoder(z_BZ)
                parts.append(-self.likelihood.nll(output_BD, x_1D.expand_as(output_BD)))
        return torch.cat(parts).numpy() if parts else np.empty(0)

    def log_joint(self, z_GZ: Array, x_D: Array) -> Array:
        """log p(x, z) of one image at many latents, nats, shape (G,)."""
        return self.log_likelihood(z_GZ, x_D) + log_prior(z_GZ)

    def log_joint_grid(self, x_D: Array, bounds: Bounds, steps: int) -> Array:
        """log p(x, z) at the centres of a grid's cells, shape (steps, steps), row 0 the bottom."""
        left, right, bottom, top = bounds
        share = (np.arange(steps) + 0.5) / steps
        x, y = left + (right - left) * share, bottom + (top - bottom) * share
        z_G2 = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        return self.log_joint(z_G2, x_D).reshape(steps, steps)

    def evidence(
        self, x_D: Array, hint_Z: Array | None = None, tolerance: float = TOLERANCE
    ) -> Evidence:
        """log p(x) and the cells that carry the true posterior.

        Args:
            x_D: an image in [0, 1], shape (D,).
            hint_Z: a latent near which the posterior may have a mode, such as the encoder's mean:
                a mode much narrower than a coarse cell could hide between its nodes.
            tolerance: nats; splitting goes on until the estimated error is well below.

        Raises:
            ValueError: the image has another number of pixels or is not within [0, 1].
        """
        x = self.checked(x_D)
        leaves = Leaves.coarse(self._centre_C2, self._size_C, self._coarse_log_joint(x))
        points = 0
        if hint_Z is not None:
            points += self._zoom(leaves, np.asarray(hint_Z, np.float64), x)
        while points < _MOST_POINTS and len(split := leaves.worth_splitting(tolerance)):
            points += self._split(leaves, split, x)
        log_p = leaves.log_total()
        log_mass_C = leaves.log_integral_C - log_p
        best = np.unravel_index(leaves.log_joint_CQ.argmax(), leaves.log_joint_CQ.shape)
        return Evidence(
            log_p=log_p,
            error=leaves.relative_error(),
            points=points,
            centre_C2=leaves.centre_C2,
            size_C=leaves.size_C,
            log_mass_C=log_mass_C,
            mode_Z=leaves.centre_C2[best[0]] + leaves.size_C[best[0]] * OFFSET_Q2[best[1]],
            mean_Z=leaves.mean(),
        )

    def checked(self, x_D: Array) -> Array:
        """The image as float64.

        Raises:
            ValueError: it has another number of pixels or is not within [0, 1].
        """
        x = np.asarray(x_D, np.float64)
        if x.shape != (self.pixels,) or not ((x >= 0) & (x <= 1)).all():
            raise ValueError(f"an image must be {self.pixels} numbers from 0 to 1, got {x.shape}")
        return x

    def _table(self, decoder: nn.Module, nodes_G2: Array) -> tuple[Array, Tensor]:
        """-log p(x|z) = offset(z) - x . slope(z) + what depends on x alone.

        So it is for every likelihood of an exponential family with a fixed dispersion, and an
        image costs one product with a matrix instead of a pass over all outputs.
        """
        offsets, slopes = [], []
        for z_BZ in torch.from_numpy(nodes_G2).float().split(_CHUNK):
            with torch.no_grad():
                output_BD = decoder(z_BZ)
            x_BD = torch.zeros_like(output_BD, requires_grad=True)
            with torch.enable_grad():
                offset_B = self.likelihood.nll(output_BD, x_BD)
                (gradient_BD,) = torch.autograd.grad(offset_B.sum(), x_BD)
            offsets.append(offset_B.detach())
            slopes.append(-gradient_BD)
        return torch.cat(offsets).double().numpy(), torch.cat(slopes)

    def _coarse_log_joint(self, x_D: Array) -> Array:
        """log p(x, z) at the nodes of the coarse cells, shape (C, Q)."""
        product_G = (self._slope_GD @ torch.from_numpy(x_D).float()).numpy()
        relative_G = product_G - self._offset_G
        # What depends on x alone, from the likeliest nodes calculated in full.
        few = np.argpartition(relative_G, -5)[-5:]
        nodes_F2 = nodes_of(self._centre_C2, self._size_C)[few]
        shift = np.median(self.log_likelihood(nodes_F2, x_D) - relative_G[few])
        return np.asarray((relative_G + shift + self._log_prior_G).reshape(-1, 9))

    def _split(self, leaves: Leaves, which: NDArray[np.int64], x_D: Array) -> int:
        """Replace the given leaves by their four quarters; how many points that took."""
        centre_C2, size_C = leaves.quarters(which)
        nodes_G2 = nodes_of(centre_C2, size_C)
        leaves.replace(which, centre_C2, size_C, self.log_joint(nodes_G2, x_D).reshape(-1, 9))
        return len(nodes_G2)

    def _zoom(self, leaves: Leaves, hint_Z: Array, x_D: Array, depth: int = 5) -> int:
        points = 0
        for _ in range(depth):
            distance_C = np.abs(leaves.centre_C2 - hint_Z).max(axis=1)
            holding = np.flatnonzero(distance_C <= leaves.size_C / 2)[:1]
            if not len(holding):
                break
            points += self._split(leaves, holding, x_D)
        return points


def log_prior(z_GZ: Array) -> Array:
    """log N(z; 0, I), nats, shape (G,)."""
    z = np.asarray(z_GZ, np.float64)
    return np.asarray(-0.5 * (z**2).sum(axis=1) - 0.5 * z.shape[1] * math.log(2 * math.pi))
