"""Square cells of a plane, each with the nodes of a quadrature rule, split where it matters.

Shape suffixes: C cells, Q nodes of a cell, P places in a cell.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

Array = NDArray[np.float64]

# (half side, size of a cell): squares around the origin, the inner ones finer. What lies beyond
# the last weighs at most exp(-128) under the prior.
COARSE = ((4.0, 0.25), (8.0, 0.5), (16.0, 1.0))

# Three Gauss-Legendre nodes an axis: the error of a cell falls with the sixth power of its size.
_NODE, _WEIGHT = np.polynomial.legendre.leggauss(3)
OFFSET_Q2 = np.stack(np.meshgrid(_NODE / 2, _NODE / 2), axis=-1).reshape(-1, 2)
_LOG_WEIGHT_Q = np.log(np.outer(_WEIGHT / 2, _WEIGHT / 2)).ravel()
_CHILDREN_42 = 0.25 * np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]])

_ENOUGH = 0.3  # of the tolerance: where the splitting ends
_AT_ONCE = 0.01  # cells with this share of the largest error are split in the same round


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
    return np.asarray(np.einsum("aj,bi->abji", axis, axis).reshape(steps**2, 9))


_INTERPOLATE_PQ = _interpolation(7)


class Leaves:
    """The cells that the plane is cut into at present."""

    def __init__(self, centre_C2: Array, size_C: Array, log_joint_CQ: Array) -> None:
        self.centre_C2, self.size_C, self.log_joint_CQ = centre_C2, size_C, log_joint_CQ
        self.log_integral_C = self._log_integral(size_C, log_joint_CQ)
        self.log_error_C = np.empty(0)

    @classmethod
    def coarse(cls, centre_C2: Array, size_C: Array, log_joint_CQ: Array) -> Leaves:
        """Nothing is known of a coarse cell's error: it is all that the cell may carry."""
        leaves = cls(centre_C2, size_C, log_joint_CQ)
        leaves.log_error_C = _log_most(size_C, log_joint_CQ)
        return leaves

    def quarters(self, which: NDArray[np.int64]) -> tuple[Array, Array]:
        """Centres and sizes of the four quarters of each of the given cells, in their order."""
        centre_C42 = self.centre_C2[which, None] + self.size_C[which, None, None] * _CHILDREN_42
        return centre_C42.reshape(-1, 2), np.repeat(self.size_C[which] / 2, 4)

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
        # Beyond exp(100) nobody asks by how much.
        return float(np.exp(min(logsumexp(self.log_error_C) - self.log_total(), 100.0)))

    def worth_splitting(self, tolerance: float) -> NDArray[np.int64]:
        """The cells to split next; none once the rest is within the tolerance."""
        error_C = np.exp(self.log_error_C - self.log_error_C.max())
        order = np.argsort(-error_C, kind="stable")
        rest = np.cumsum(error_C[order][::-1])[::-1]  # from each place on
        log_allowed = math.log(_ENOUGH * tolerance) + self.log_total() - self.log_error_C.max()
        too_much = rest > math.exp(min(log_allowed, 700))
        return np.asarray(order[too_much & (error_C[order] >= _AT_ONCE)])

    def mean(self) -> Array:
        """The mean of the normalised integrand, shape (2,)."""
        log_share_CQ = self.log_joint_CQ + _LOG_WEIGHT_Q + 2 * np.log(self.size_C)[:, None]
        share_G = np.exp(log_share_CQ - logsumexp(log_share_CQ)).ravel()
        return np.asarray(share_G @ nodes_of(self.centre_C2, self.size_C))

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


def coarse_cells() -> tuple[Array, Array]:
    centres, sizes, inner = [], [], 0.0
    for half, size in COARSE:
        axis = np.arange(-half + size / 2, half, size)
        centre_C2 = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        centre_C2 = centre_C2[np.abs(centre_C2).max(axis=1) > inner]
        centres.append(centre_C2)
        sizes.append(np.full(len(centre_C2), size))
        inner = half
    return np.concatenate(centres), np.concatenate(sizes)


def nodes_of(centre_C2: Array, size_C: Array) -> Array:
    """The Gauss-Legendre nodes of cells, cell by cell, shape (C * 9, 2)."""
    return np.asarray((centre_C2[:, None] + size_C[:, None, None] * OFFSET_Q2).reshape(-1, 2))
