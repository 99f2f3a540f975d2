"""The continuous Bernoulli: density exp(x l) / const over grey values x in [0, 1].

Shape suffixes: B batch, D pixels.
Source: Loaiza-Ganem & Cunningham 2019, arXiv:1907.06845.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Below it the closed forms lose digits, and a series is as good.
_NEAR_ZERO = 0.1
_FLAT_NODES, _FLAT_DEGREE = 32, 22

MOST_LOGIT = 16.6
"""Beyond it a logit counts as this: p = 1 / (1 + e^-l) has then reached 1 - 2^-24, its last step
below 1 in float32. Without an end the density of an exactly black pixel grows for ever, and
training chases little else (on MNIST the held-out ELBO fell after 20 epochs)."""

_FURTHEST = math.asinh(MOST_LOGIT)


def continuous_bernoulli_nll(
    logits_BD: Tensor, x_BD: Tensor, _variance: Tensor | float = 1.0
) -> Tensor:
    r"""-log p(x|z) for independent pixels in [0, 1] with density proportional to exp(x l).

    .. math:: \sum_D \log\frac{e^l - 1}{l} - x\,l

    The Bernoulli formula with the constant that makes it a density over grey values; it can be
    negative, as densities exceed 1.

    Args, returns, errors: as ``likelihoods.bernoulli_nll``.
    """
    require_one_shape(logits_BD, x_BD)
    logits_BD = _limited(logits_BD)
    size_BD = logits_BD.abs().clamp_min(_NEAR_ZERO)
    far_BD = logits_BD.clamp_min(0) + torch.log(-torch.expm1(-size_BD)) - torch.log(size_BD)
    square_BD = logits_BD**2
    # In the branch that is not taken the series must not overflow: its gradient would be NaN.
    series = square_BD.clamp_max(_NEAR_ZERO**2)
    near_BD = logits_BD / 2 + series / 24 - series**2 / 2880 + series**3 / 181440
    log_partition_BD = torch.where(logits_BD.abs() < _NEAR_ZERO, near_BD, far_BD)
    nll_B: Tensor = log_partition_BD.sum(-1) - torch.linalg.vecdot(logits_BD, x_BD)
    return nll_B


def continuous_bernoulli_mean(logits: Tensor) -> Tensor:
    """E[x] = 1 / (1 - exp(-l)) - 1 / l of a continuous Bernoulli pixel, any shape."""
    logits = _limited(logits)
    near = logits.abs() < _NEAR_ZERO
    safe = torch.where(near, torch.ones_like(logits), logits)
    far = -1 / torch.expm1(-safe) - 1 / safe
    series = logits.clamp(-_NEAR_ZERO, _NEAR_ZERO)
    return torch.where(near, 0.5 + series / 12 - series**3 / 720 + series**5 / 30240, far)


def continuous_bernoulli_information(logits: Tensor) -> Tensor:
    """Fisher information 1 / l^2 - 1 / (4 sinh^2(l / 2)) of a pixel, the slope of its mean."""
    near = logits.abs() < _NEAR_ZERO
    safe = torch.where(near, torch.ones_like(logits), logits)
    # sinh would overflow: e^-l / (1 - e^-l)^2 is the same.
    decay = torch.exp(-safe.abs())
    far = 1 / safe**2 - decay / (1 - decay) ** 2
    series = logits.clamp(-_NEAR_ZERO, _NEAR_ZERO) ** 2
    inside = torch.where(near, 1 / 12 - series / 240 + series**2 / 6048, far)
    return inside.masked_fill(logits.abs() > MOST_LOGIT, 0)


def continuous_bernoulli_flat(logits: Tensor) -> Tensor:
    """The integral of the root of the information from 0 to l, within 1e-10 in float64.

    It is odd and smooth in u = asinh(l): u times a short Chebyshev series in u^2.
    """
    end = torch.asinh(_limited(logits))
    place = 2 * (end / _FURTHEST) ** 2 - 1
    first, *others = _flat_series()
    before, last = torch.zeros_like(place), torch.zeros_like(place)
    for coefficient in reversed(others):  # Clenshaw's recurrence
        before, last = last, 2 * place * last - before + coefficient
    return end * (place * last - before + first)


@cache
def _flat_series() -> tuple[float, ...]:
    """Interpolates the integral over u, by Gauss-Legendre quadrature, divided by u.

    Over u with l = sinh(u): the root falls off as 1 / l, and the integrand stays level.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_FLAT_NODES)
    share = torch.from_numpy((nodes + 1) / 2)

    def mean(place: NDArray[np.float64]) -> NDArray[np.float64]:
        end = _FURTHEST * torch.from_numpy(np.sqrt((place + 1) / 2))[:, None]
        root = continuous_bernoulli_information(torch.sinh(end * share)).sqrt()
        return (root * torch.cosh(end * share)).numpy() @ (weights / 2)

    places = np.polynomial.chebyshev.chebpts1(_FLAT_DEGREE + 1)
    series = np.polynomial.chebyshev.chebfit(places, mean(places), _FLAT_DEGREE)
    return tuple(series.tolist())


def continuous_bernoulli_draw(
    logits: Tensor, _variance: Tensor | float, generator: torch.Generator
) -> Tensor:
    """Grey values, by the inverse of the distribution function: log(1 + u (e^l - 1)) / l."""
    logits = _limited(logits)
    u = torch.rand(logits.shape, generator=generator, dtype=logits.dtype)
    near = logits.abs() < _NEAR_ZERO
    size = torch.where(near, torch.ones_like(logits), logits.abs())
    # For l > 0, from the top: 1 - x of a draw with -l is a draw with l, and nothing overflows.
    below = -torch.log1p(u * torch.expm1(-size)) / size
    far = torch.where(logits > 0, 1 - below, below)
    # To first order in l; the next term is below 1e-3 of a grey value.
    return torch.where(near, u + logits * u * (1 - u) / 2, far)


def _limited(logits: Tensor) -> Tensor:
    return logits.clamp(-MOST_LOGIT, MOST_LOGIT)


def require_one_shape(output_BD: Tensor, x_BD: Tensor) -> None:
    if output_BD.shape != x_BD.shape:
        raise ValueError(
            f"logits and images must have one shape (B, D), "
            f"got {tuple(output_BD.shape)} and {tuple(x_BD.shape)}"
        )
