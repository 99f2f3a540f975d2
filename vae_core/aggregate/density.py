"""The aggregate posterior q(z) = mean_n q(z|x_n) and the prior on a grid over a latent plane.

Shape suffixes: N images, Z latent dimensions (2 here), H and W rows and columns of the grid.
Row 0 is the bottom of the plane, column 0 its left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp, ndtr

Array = NDArray[np.float64]
Bounds = tuple[float, float, float, float]
"""left, right, bottom, top of a plane."""

LOWEST = -300.0
"""Nats. The smallest log q(z) that is told apart from none."""

# Standard deviations. What lies farther out, 1e-150 of a posterior's mass, counts as nothing:
# products then never become denormal, which would slow the GEMM a hundredfold, and what is lost
# stays under a rounding error of exp(LOWEST).
_FARTHEST = 26.0
_CHUNK = 4096  # images at a time: bounds the memory, not the result


def log_density_grid(
    mu_NZ: NDArray[np.floating],
    logvar_NZ: NDArray[np.floating],
    bounds: Bounds,
    width: int,
    height: int,
) -> Array:
    r"""log q(z), averaged over each cell of a grid.

    .. math:: \log \frac1{N |C|} \sum_n \int_C N(z; \mu_n, \mathrm{diag}\,e^{logvar_n})\,dz

    The average over a cell, not the value at its centre: a posterior much narrower than a cell
    keeps its whole mass wherever in the cell it lies. For diagonal Gaussians it is a product of
    two differences of normal distribution functions, so the sum over images is one product of
    matrices.

    Args:
        mu_NZ, logvar_NZ: means and log-variances of q(z|x), shape (N, 2), N >= 1.
        bounds: left, right, bottom, top of the grid.
        width, height: number of cells.

    Returns:
        log_density_HW: nats, shape (H, W), at least ``LOWEST``, which also stands for less.

    Raises:
        ValueError: the shapes are others, a value is not finite, or the grid is empty.
    """
    mu, logvar = np.asarray(mu_NZ, np.float64), np.asarray(logvar_NZ, np.float64)
    if mu.ndim != 2 or mu.shape[1] != 2 or mu.shape != logvar.shape or not len(mu):
        raise ValueError(
            f"the density of a plane needs means and log-variances of one shape (N, 2) with "
            f"N >= 1, got {mu.shape} and {logvar.shape}"
        )
    if not (np.isfinite(mu).all() and np.isfinite(logvar).all()):
        raise ValueError("means and log-variances must be finite")
    x_edges, y_edges = grid_edges(bounds, width, height)
    sigma = np.exp(0.5 * logvar)
    density_HW = np.zeros((height, width))
    for first in range(0, len(mu), _CHUNK):
        part = slice(first, first + _CHUNK)
        column_NW = _cell_averages(x_edges, mu[part, 0], sigma[part, 0])
        row_NH = _cell_averages(y_edges, mu[part, 1], sigma[part, 1])
        density_HW += row_NH.T @ column_NW
    return np.asarray(np.log(np.maximum(density_HW / len(mu), np.exp(LOWEST))))


def log_prior_grid(bounds: Bounds, width: int, height: int) -> Array:
    """log N(z; 0, I), averaged over each cell as in ``log_density_grid``; no lower limit.

    Raises:
        ValueError: the grid is empty.
    """
    x_edges, y_edges = grid_edges(bounds, width, height)
    return _log_normal_averages(y_edges)[:, None] + _log_normal_averages(x_edges)


def density_levels(log_density_HW: Array, shares: Sequence[float] = (0.5, 0.9)) -> list[float]:
    """Contour levels around given shares of the mass on a grid of equal cells.

    The cells at or above a level hold at least the share of the mass that lies on the grid, and
    are the fewest cells that do.

    Args:
        log_density_HW: log density of each cell, nats.
        shares: each within (0, 1).

    Returns:
        A level for each share, nats, in the order of ``shares``.

    Raises:
        ValueError: a share lies outside (0, 1).
    """
    if not all(0 < share < 1 for share in shares):
        raise ValueError(f"a share of the mass lies between 0 and 1, got {tuple(shares)}")
    falling = np.sort(log_density_HW, axis=None)[::-1]
    held = np.cumsum(np.exp(falling - logsumexp(falling)))
    last = np.minimum(np.searchsorted(held, shares), len(held) - 1)
    return [float(level) for level in falling[last]]


def grid_edges(bounds: Bounds, width: int, height: int) -> tuple[Array, Array]:
    """Where the cells begin and end: x, shape (W + 1,), and y, shape (H + 1,).

    Raises:
        ValueError: the bounds are not finite or out of order, or there is no cell.
    """
    left, right, bottom, top = bounds
    if not (np.isfinite(bounds).all() and left < right and bottom < top):
        raise ValueError(
            f"the bounds of a grid are finite numbers left < right, bottom < top; got {bounds}"
        )
    if width < 1 or height < 1:
        raise ValueError(f"a grid has at least one cell, got {width} x {height}")
    return np.linspace(left, right, width + 1), np.linspace(bottom, top, height + 1)


def _cell_averages(edges: Array, mu_N: Array, sigma_N: Array) -> Array:
    """The mean of N(mu, sigma^2) over each cell of a line, shape (N, cells)."""
    t_NE = (edges - mu_N[:, None]) / sigma_N[:, None]
    # A difference of tails keeps its digits far from the mean, where one of ndtr(t) loses them.
    away_NE = np.abs(t_NE)
    tail_NE = np.zeros_like(t_NE)
    near_NE = away_NE < _FARTHEST
    tail_NE[near_NE] = ndtr(-away_NE[near_NE])
    mass_NC = np.abs(np.diff(tail_NE, axis=1))
    holds_mean_NC = np.diff(t_NE > 0, axis=1)
    mass_NC[holds_mean_NC] = 1 - (tail_NE[:, :-1] + tail_NE[:, 1:])[holds_mean_NC]
    return np.asarray(mass_NC / np.diff(edges))


def _log_normal_averages(edges: Array) -> Array:
    """The log of the mean of N(0, 1) over each cell of a line, accurate far out, shape (cells,)."""
    width = np.diff(edges)
    lower = -np.abs(edges[:-1] + width / 2) - width / 2  # mirrored to the left of 0
    inner = log_ndtr(lower + width)
    return np.asarray(inner + np.log(-np.expm1(log_ndtr(lower) - inner)) - np.log(width))
