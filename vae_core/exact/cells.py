"""Square cells of a plane, and the integral over each from the logarithm of the integrand.

The whole plane is cut coarsely; a coarse cell only says how much it may carry. A finer cell is
integrated: the logarithm is interpolated by a polynomial, which needs far fewer nodes than the
integrand itself, since a posterior is narrow where its logarithm is still smooth.

Shape suffixes: C cells, G places of the coarse grid, Q nodes of a cell, P places in a cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

Array = NDArray[np.float64]

# (half side, size of a cell): squares around the origin, the inner ones finer. What lies beyond
# the last weighs at most exp(-128) under the prior.
COARSE = ((4.0, 0.25), (8.0, 0.5), (16.0, 1.0))

_CHILDREN_42 = 0.25 * np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]])
_CLIFF = 100.0  # nats
_BLOCK = 2048  # cells integrated at once: what they need stays in the caches


def _square(axis: Array) -> Array:
    """All pairs of the places of an axis, shape (n * n, 2)."""
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def _interpolation(nodes: Array, places: Array, degree: int) -> Array:
    """Values at nodes^2 -> values at places^2 of the polynomial through them, shape (P, Q).

    Args:
        nodes, places: in [-1/2, 1/2].
        degree: terms of a higher degree along either axis, in Legendre polynomials, are left out.
    """

    def terms(at: Array) -> Array:
        return np.asarray(np.polynomial.legendre.legvander(2 * at, len(nodes) - 1))

    kept = np.arange(len(nodes)) <= degree
    axis_PQ = (terms(places) * kept) @ np.linalg.inv(terms(nodes))
    return np.asarray(
        np.einsum("aj,bi->abji", axis_PQ, axis_PQ).reshape(len(places) ** 2, len(nodes) ** 2)
    )


def _gauss(nodes: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes in [-1/2, 1/2] and weights of sum 1."""
    node, weight = np.polynomial.legendre.leggauss(nodes)
    return node / 2, weight / 2


# A coarse cell: four nodes an axis, the edges among them. A mode at an edge shows in both cells.
_COARSE_NODE = np.linspace(-0.5, 0.5, 4)
_COARSE_WEIGHT = np.array([1, 3, 3, 1]) / 8
_COARSE_LOG_WEIGHT_Q = np.log(np.outer(_COARSE_WEIGHT, _COARSE_WEIGHT)).ravel()
_COARSE_BETWEEN_PQ = _interpolation(_COARSE_NODE, np.linspace(-0.5, 0.5, 7), 3)

# A finer cell: five nodes an axis, and places where the exponential of the polynomial is summed.
_NODE = _gauss(5)[0]
OFFSET_Q2 = _square(_NODE)
_PLACE, _WEIGHT = _gauss(10)
_FEWER_PLACE, _FEWER_WEIGHT = _gauss(8)
_PLACE_P2, _WEIGHT_P = _square(_PLACE), np.outer(_WEIGHT, _WEIGHT).ravel()
_FEWER_WEIGHT_P = np.outer(_FEWER_WEIGHT, _FEWER_WEIGHT).ravel()
_FULL_PQ = _interpolation(_NODE, _PLACE, 4)
_LOWER_PQ = _interpolation(_NODE, _PLACE, 3)
_FEWER_PQ = _interpolation(_NODE, _FEWER_PLACE, 4)


@dataclass(frozen=True)
class CoarseGrid:
    """The whole plane, cut coarsely.

    Attributes:
        centre_C2, size_C: of the cells.
        place_G2: all nodes; cells that touch share some. First come those of the inner, finest
            square, in the order of z1, then of z2.
        node_CQ: indices into ``place_G2``.
        inner: how many belong to the inner square.
    """

    centre_C2: Array
    size_C: Array
    place_G2: Array
    node_CQ: NDArray[np.int64]
    inner: int

    @classmethod
    def of_plane(cls) -> CoarseGrid:
        centres, sizes, inner = [], [], 0.0
        for half, size in COARSE:
            centre_C2 = _square(np.arange(-half + size / 2, half, size))
            centre_C2 = centre_C2[np.abs(centre_C2).max(axis=1) > inner]
            centres.append(centre_C2)
            sizes.append(np.full(len(centre_C2), size))
            inner = half
        centre_C2, size_C = np.concatenate(centres), np.concatenate(sizes)
        # In whole steps: shared nodes then agree to the last bit.
        step = size_C.min() / 3
        steps_G2 = np.rint(nodes_of(centre_C2, size_C, _square(_COARSE_NODE)) / step)
        key_G, index_G = np.unique(steps_G2[:, 0] + 1j * steps_G2[:, 1], return_inverse=True)
        place_G2 = step * np.stack([key_G.real, key_G.imag], axis=1)
        outside_G = np.abs(place_G2).max(axis=1) > COARSE[0][0]
        order_G = np.argsort(outside_G, kind="stable")
        node_CQ = np.argsort(order_G)[index_G.reshape(len(size_C), -1)]
        return cls(centre_C2, size_C, place_G2[order_G], node_CQ, int((~outside_G).sum()))


def coarse_integral(log_value_CQ: Array, size_C: Array) -> Array:
    """Log of the integral over coarse cells, (C,): rough where the integrand varies much."""
    return np.asarray(logsumexp(log_value_CQ + _COARSE_LOG_WEIGHT_Q, axis=1) + 2 * np.log(size_C))


def coarse_most(log_value_CQ: Array, size_C: Array) -> Array:
    """Log of the most that a coarse cell may carry, (C,): its area times the highest value.

    A quadratic logarithm rises between the nodes of a cell by less than a quarter of what it
    varies over them. The polynomial through the nodes says more precisely by how much, but of
    anything wilder it says nothing, hence also a tenth of that in any case. Cliffs of thousands
    of nats, as a decoder has far from its training images, are cut first: they hide no mode.
    """
    top_C, range_C, relative_CQ = _relative(log_value_CQ)
    rise_C = (relative_CQ @ _COARSE_BETWEEN_PQ.T).max(axis=1)
    rise_C = np.clip(rise_C + 0.1 * range_C, 0, 0.25 * range_C)
    return np.asarray(top_C + rise_C + 2 * np.log(size_C))


def coarse_limit(log_value_CQ: Array, size_C: Array) -> Array:
    """A quick upper limit of ``coarse_most``; any leading axes."""
    top_C = log_value_CQ.max(axis=-1)
    range_C = np.minimum(top_C - log_value_CQ.min(axis=-1), _CLIFF)
    return np.asarray(top_C + 0.25 * range_C + 2 * np.log(size_C))


@dataclass(frozen=True)
class Integrals:
    """The integrals over some cells.

    Attributes:
        log_integral_C: log of the integral.
        log_error_C: log of its estimated absolute error.
        mean_C2: the mean place of the normalised integrand, as a share of the cell's side from
            its centre.
    """

    log_integral_C: Array
    log_error_C: Array
    mean_C2: Array


def integrate(log_value_CQ: Array, size_C: Array) -> Integrals:
    """Integrals of exp(polynomial through the values at the nodes ``OFFSET_Q2`` of each cell).

    The error is how far the integrand lies, in absolute value and on average, from that of the
    polynomial without its highest terms, and how much the integral changes with fewer places.
    """
    parts = [
        _integrate(log_value_CQ[at : at + _BLOCK], size_C[at : at + _BLOCK])
        for at in range(0, len(size_C), _BLOCK)
    ]
    log_integral, log_error, mean = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Integrals(log_integral, log_error, mean)


def _integrate(log_value_CQ: Array, size_C: Array) -> tuple[Array, Array, Array]:
    top_C, range_C, relative_CQ = _relative(log_value_CQ)
    most_C1 = 0.25 * range_C[:, None]  # a polynomial may leap where the nodes stand on a cliff

    def exponential(interpolate_PQ: Array) -> Array:
        return np.asarray(np.exp(np.minimum(relative_CQ @ interpolate_PQ.T, most_C1)))

    value_CP = exponential(_FULL_PQ)
    integral_C = value_CP @ _WEIGHT_P
    error_C = np.abs(value_CP - exponential(_LOWER_PQ)) @ _WEIGHT_P
    error_C += np.abs(integral_C - exponential(_FEWER_PQ) @ _FEWER_WEIGHT_P)
    mean_C2 = (value_CP * _WEIGHT_P) @ _PLACE_P2 / integral_C[:, None]
    log_scale_C = top_C + 2 * np.log(size_C)
    with np.errstate(divide="ignore"):
        return np.log(integral_C) + log_scale_C, np.log(error_C) + log_scale_C, mean_C2


def _relative(log_value_CQ: Array) -> tuple[Array, Array, Array]:
    """The highest value, by how much the others vary, and all relative to it, cut at a cliff."""
    top_C = log_value_CQ.max(axis=1)
    relative_CQ = np.maximum(log_value_CQ - top_C[:, None], -_CLIFF)
    return top_C, -relative_CQ.min(axis=1), relative_CQ


def quarters(centre_C2: Array, size_C: Array) -> tuple[Array, Array]:
    """Centres and sizes of the four quarters of each cell, cell by cell."""
    centre_C42 = centre_C2[:, None] + size_C[:, None, None] * _CHILDREN_42
    return centre_C42.reshape(-1, 2), np.repeat(size_C / 2, 4)


def nodes_of(centre_C2: Array, size_C: Array, offset_Q2: Array = OFFSET_Q2) -> Array:
    """The nodes of cells, cell by cell, shape (C * Q, 2)."""
    return np.asarray((centre_C2[:, None] + size_C[:, None, None] * offset_Q2).reshape(-1, 2))
