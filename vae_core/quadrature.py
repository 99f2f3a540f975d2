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
from scipy.special import logsumexp
from torch import Tensor

from vae_core.aggregate import Bounds
from vae_core.models.vae import VAE

Array = NDArray[np.float64]

TOLERANCE = 0.01
"""Nats. A log p(x) with a larger estimated error is called approximate."""

# (half side, size of a cell): squares around the origin, the inner ones finer. What lies beyond
# the last weighs at most exp(-128) under the prior.
_COARSE = ((4.0, 0.25), (8.0, 0.5), (16.0, 1.0))

# Three Gauss-Legendre nodes an axis: the error of a cell falls with the sixth power of its size.
_NODE, _WEIGHT = np.polynomial.legendre.leggauss(3)
_OFFSET_Q2 = np.stack(np.meshgrid(_NODE / 2, _NODE / 2), axis=-1).reshape(-1, 2)
_LOG_WEIGHT_Q = np.log(np.outer(_WEIGHT / 2, _WEIGHT / 2)).ravel()
_CHILDREN_42 = 0.25 * np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]])

_ENOUGH = 0.3  # of the tolerance: where the splitting ends
_AT_ONCE = 0.01  # cells with this share of the largest error are split in the same round
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
        return self.error < TOLERANCE


def _lagrange(places: Array) -> Array:
    """The three polynomials through the nodes of an axis, at places in [-1/2, 1/2], (P, 3)."""
    node = _NODE / 2
    columns = []
    for j in range(3):
        others = np.delete(node, j)
        columns.append(np.prod((places[:, None] - others) / (node[j] - others), axis=1))
    return np.stack(columns, axis=1)


def _interpolation(steps: int) -> Array:
    axis = _lagrange(np.linspace(-0.5, 0.5, steps))
    return np.einsum("aj,bi->abji", axis, axis).reshape(steps**2, 9)


_INTERPOLATE_PQ = _interpolation(7)


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
        self._centre_C2, self._size_C = _coarse_cells()
        nodes_G2 = _nodes(self._centre_C2, self._size_C)
        self._log_prior_G = log_prior(nodes_G2)
        self._offset_G, self._slope_GD = self._table(nodes_G2)

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

    def evidence(self, x_D: Array, hint_Z: Array | None = None) -> Evidence:
        """log p(x) and the cells that carry the true posterior.

        Args:
            x_D: an image in [0, 1], shape (D,).
            hint_Z: a latent near which the posterior may have a mode, such as the encoder's mean:
                a mode much narrower than a coarse cell could hide between its nodes.

        Raises:
            ValueError: the image has another number of pixels or is not within [0, 1].
        """
        x = self.checked(x_D)
        leaves = _Leaves.coarse(self._centre_C2, self._size_C, self._coarse_log_joint(x))
        points = 0
        if hint_Z is not None:
            points += self._zoom(leaves, np.asarray(hint_Z, np.float64), x)
        while points < _MOST_POINTS and len(split := leaves.worth_splitting()):
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
            mode_Z=leaves.centre_C2[best[0]] + leaves.size_C[best[0]] * _OFFSET_Q2[best[1]],
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

    def _table(self, nodes_G2: Array) -> tuple[Array, Tensor]:
        """-log p(x|z) = offset(z) - x . slope(z) + what depends on x alone.

        So it is for every likelihood of an exponential family with a fixed dispersion, and an
        image costs one product with a matrix instead of a pass over all outputs. The slope is
        float32: these values only tell which cells to split.
        """
        offsets, slopes = [], []
        for z_BZ in torch.from_numpy(nodes_G2).split(_CHUNK):
            with torch.no_grad():
                output_BD = self.decoder(z_BZ)
            x_BD = torch.zeros_like(output_BD, requires_grad=True)
            with torch.enable_grad():
                offset_B = self.likelihood.nll(output_BD, x_BD)
                (gradient_BD,) = torch.autograd.grad(offset_B.sum(), x_BD)
            offsets.append(offset_B.detach())
            slopes.append(-gradient_BD.float())
        return torch.cat(offsets).numpy(), torch.cat(slopes)

    def _coarse_log_joint(self, x_D: Array) -> Array:
        """log p(x, z) at the nodes of the coarse cells, shape (C, Q)."""
        product_G = (self._slope_GD @ torch.from_numpy(x_D).float()).numpy()
        relative_G = product_G - self._offset_G
        # What depends on x alone, from a few nodes calculated in full.
        few = np.linspace(0, len(relative_G) - 1, 5).astype(int)
        nodes_F2 = _nodes(self._centre_C2, self._size_C)[few]
        shift = np.median(self.log_likelihood(nodes_F2, x_D) - relative_G[few])
        return np.asarray((relative_G + shift + self._log_prior_G).reshape(-1, 9))

    def _split(self, leaves: _Leaves, which: NDArray[np.int64], x_D: Array) -> int:
        """Replace the given leaves by their four quarters; how many points that took."""
        centre_C2 = (
            leaves.centre_C2[which, None] + leaves.size_C[which, None, None] * _CHILDREN_42
        ).reshape(-1, 2)
        size_C = np.repeat(leaves.size_C[which] / 2, 4)
        nodes_G2 = _nodes(centre_C2, size_C)
        leaves.replace(which, centre_C2, size_C, self.log_joint(nodes_G2, x_D).reshape(-1, 9))
        return len(nodes_G2)

    def _zoom(self, leaves: _Leaves, hint_Z: Array, x_D: Array, depth: int = 5) -> int:
        points = 0
        for _ in range(depth):
            distance_C = np.abs(leaves.centre_C2 - hint_Z).max(axis=1)
            holding = np.flatnonzero(distance_C <= leaves.size_C / 2)[:1]
            if not len(holding):
                break
            points += self._split(leaves, holding, x_D)
        return points


class _Leaves:
    """The cells that the plane is cut into at present."""

    def __init__(self, centre_C2: Array, size_C: Array, log_joint_CQ: Array) -> None:
        self.centre_C2, self.size_C, self.log_joint_CQ = centre_C2, size_C, log_joint_CQ
        self.log_integral_C = self._log_integral(size_C, log_joint_CQ)
        self.log_error_C = np.empty(0)

    @classmethod
    def coarse(cls, centre_C2: Array, size_C: Array, log_joint_CQ: Array) -> _Leaves:
        """Nothing is known of a coarse cell's error: it is all that the cell may carry."""
        leaves = cls(centre_C2, size_C, log_joint_CQ)
        leaves.log_error_C = _log_most(size_C, log_joint_CQ)
        return leaves

    def replace(
        self, which: NDArray[np.int64], centre_C2: Array, size_C: Array, log_joint_CQ: Array
    ) -> None:
        """Put four quarters in the place of each cell of ``which``, in its order."""
        log_integral_C = self._log_integral(size_C, log_joint_CQ)
        together = logsumexp(log_integral_C.reshape(-1, 4), axis=1)
        parent = self.log_integral_C[which]
        # log |parent - sum of the quarters|, shared among them
        larger, smaller = np.maximum(parent, together), np.minimum(parent, together)
        with np.errstate(divide="ignore"):
            log_change = larger + np.log(-np.expm1(smaller - larger)) - math.log(4)
        log_error_C = np.repeat(log_change, 4)
        # Where the polynomial through the nodes rises far above them, a mode may lie between.
        log_most_C = _log_most(size_C, log_joint_CQ)
        hidden_C = log_most_C - 2 * np.log(size_C) - log_joint_CQ.max(axis=1) > _HIDDEN
        log_error_C[hidden_C] = np.maximum(log_error_C, log_most_C)[hidden_C]
        kept = np.ones(len(self.size_C), dtype=bool)
        kept[which] = False
        self.centre_C2 = np.concatenate([self.centre_C2[kept], centre_C2])
        self.size_C = np.concatenate([self.size_C[kept], size_C])
        self.log_joint_CQ = np.concatenate([self.log_joint_CQ[kept], log_joint_CQ])
        self.log_integral_C = np.concatenate([self.log_integral_C[kept], log_integral_C])
        self.log_error_C = np.concatenate([self.log_error_C[kept], log_error_C])

    def log_total(self) -> float:
        return float(logsumexp(self.log_integral_C))

    def relative_error(self) -> float:
        """Sum of the errors over the total: nats."""
        return float(np.exp(logsumexp(self.log_error_C) - self.log_total()))

    def worth_splitting(self) -> NDArray[np.int64]:
        """The cells to split next; none once the rest is within the tolerance."""
        error_C = np.exp(self.log_error_C - self.log_error_C.max())
        order = np.argsort(-error_C, kind="stable")
        rest = np.cumsum(error_C[order][::-1])[::-1]  # from each place on
        log_allowed = math.log(_ENOUGH * TOLERANCE) + self.log_total() - self.log_error_C.max()
        too_much = rest > math.exp(min(log_allowed, 700))
        return order[too_much & (error_C[order] >= _AT_ONCE)]

    def mean(self) -> Array:
        """The mean of the normalised integrand, shape (2,)."""
        log_share_CQ = self.log_joint_CQ + _LOG_WEIGHT_Q + 2 * np.log(self.size_C)[:, None]
        share_G = np.exp(log_share_CQ - logsumexp(log_share_CQ)).ravel()
        return np.asarray(share_G @ _nodes(self.centre_C2, self.size_C))

    @staticmethod
    def _log_integral(size_C: Array, log_joint_CQ: Array) -> Array:
        return np.asarray(logsumexp(log_joint_CQ + _LOG_WEIGHT_Q, axis=1) + 2 * np.log(size_C))


_HIDDEN = 3.0  # nats above the highest node
_CLIFF = 100.0  # nats


def _log_most(size_C: Array, log_joint_CQ: Array) -> Array:
    """The most that a cell may carry: its area times the highest value, between nodes too.

    A quadratic log density rises between the nodes of a cell by at most a quarter of what it
    varies over them. The polynomial through the nodes says more precisely by how much, but of
    anything wilder it says nothing, hence also a tenth of that in any case. Cliffs of thousands
    of nats, as a decoder has far from its training images, are cut first: they hide no mode.
    """
    top_C = log_joint_CQ.max(axis=1)
    relative_CQ = np.maximum(log_joint_CQ - top_C[:, None], -_CLIFF)
    range_C = -relative_CQ.min(axis=1)
    rise_C = (relative_CQ @ _INTERPOLATE_PQ.T).max(axis=1)
    rise_C = np.clip(rise_C + 0.1 * range_C, 0, 0.25 * range_C)
    return np.asarray(top_C + rise_C + 2 * np.log(size_C))


def log_prior(z_GZ: Array) -> Array:
    """log N(z; 0, I), nats, shape (G,)."""
    z = np.asarray(z_GZ, np.float64)
    return np.asarray(-0.5 * (z**2).sum(axis=1) - 0.5 * z.shape[1] * math.log(2 * math.pi))


def _coarse_cells() -> tuple[Array, Array]:
    centres, sizes, inner = [], [], 0.0
    for half, size in _COARSE:
        axis = np.arange(-half + size / 2, half, size)
        centre_C2 = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        centre_C2 = centre_C2[np.abs(centre_C2).max(axis=1) > inner]
        centres.append(centre_C2)
        sizes.append(np.full(len(centre_C2), size))
        inner = half
    return np.concatenate(centres), np.concatenate(sizes)


def _nodes(centre_C2: Array, size_C: Array) -> Array:
    """The Gauss-Legendre nodes of cells, cell by cell, shape (C * 9, 2)."""
    return np.asarray((centre_C2[:, None] + size_C[:, None, None] * _OFFSET_Q2).reshape(-1, 2))
