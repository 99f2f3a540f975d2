r"""Draws from categorical variables, exact and relaxed: the Gumbel-Softmax.

With Gumbel noise g, argmax(log p + g) is a draw from the probabilities p: one-hot, and a step
function of them, whose slope is zero wherever there is one. softmax((log p + g) / temperature) is
the same draw with its corners rounded off, and has a slope. The lower the temperature, the sharper
the corners; the argmax is the same at every one.

Shape suffixes: S draws, B batch, N variables, K categories.
Sources: Jang et al. 2017, arXiv:1611.01144; Maddison et al. 2017, arXiv:1611.00712.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def gumbel_noise(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Draws of the standard Gumbel distribution, -log(-log u) for u uniform in (0, 1)."""
    draws = torch.empty(tuple(shape), device=generator.device).exponential_(generator=generator)
    return -draws.clamp(min=torch.finfo(draws.dtype).tiny).log()


def require_temperature(temperature: float) -> None:
    """Raise ValueError for a temperature at which there is no softmax."""
    if not 0 < temperature < math.inf:
        raise ValueError(
            f"a temperature must be a finite number > 0, got {temperature!r}; at 0 the relaxed "
            "draw would be the one-hot one, which has no gradient"
        )


def relaxed(logits_BNK: Tensor, gumbel_BNK: Tensor, temperature: float) -> Tensor:
    r"""A Gumbel-Softmax draw: a point inside the simplex, differentiable in the logits.

    .. math:: y = \mathrm{softmax}\left(\frac{\log p + g}{\tau}\right)

    Args:
        logits_BNK: log p up to a constant, shape (..., K).
        gumbel_BNK: from ``gumbel_noise``, the same shape.
        temperature: tau > 0.

    Returns:
        y_BNK: shape (..., K), >= 0, summing to 1.

    Raises:
        ValueError: the temperature is not a finite number > 0.
    """
    require_temperature(temperature)
    score_BNK = logits_BNK + gumbel_BNK
    # The largest becomes 0 before the division, which may then overflow to -inf and no further.
    score_BNK = score_BNK - score_BNK.detach().amax(dim=-1, keepdim=True)
    return torch.softmax(score_BNK / max(temperature, torch.finfo(score_BNK.dtype).tiny), dim=-1)


def one_hot(logits_BNK: Tensor, gumbel_BNK: Tensor) -> Tensor:
    """An exact draw, shape (..., K): 1 at argmax(log p + g), else 0. No gradient passes it.

    Source: Gumbel 1954; Maddison et al. 2014, arXiv:1411.0030.
    """
    score_BNK = (logits_BNK + gumbel_BNK).detach()
    index_BN1 = score_BNK.argmax(dim=-1, keepdim=True)
    return torch.zeros_like(score_BNK).scatter_(-1, index_BN1, 1.0)


def straight_through(logits_BNK: Tensor, gumbel_BNK: Tensor, temperature: float) -> Tensor:
    """The exact draw going forward, with the gradient of the relaxed one of the same noise.

    Source: Jang et al. 2017, arXiv:1611.01144, section 2.2, after Bengio et al. 2013,
    arXiv:1308.3432.
    """
    y_BNK = relaxed(logits_BNK, gumbel_BNK, temperature)
    return one_hot(logits_BNK, gumbel_BNK) + (y_BNK - y_BNK.detach())


def kl_to_uniform(logits_BNK: Tensor) -> Tensor:
    r"""KL[q(z_n|x) || uniform] of every categorical variable: exact, and free of any draw.

    .. math:: \log K + \sum_K p \log p

    It is the KL of the discrete variables. That of their relaxed densities is another number, and
    with it the objective is no bound on log p(x) of the discrete model.

    Args:
        logits_BNK: log p up to a constant, shape (..., K).

    Returns:
        kl_BN: nats, shape (...), between 0 and log K.
    """
    log_p_BNK = torch.log_softmax(logits_BNK, dim=-1)
    return math.log(logits_BNK.shape[-1]) + (log_p_BNK.exp() * log_p_BNK).sum(dim=-1)


def log_density(y_SK: Tensor, logits_K: Tensor, temperature: float) -> Tensor:
    r"""Log density of relaxed draws on the simplex, in K - 1 of its coordinates.

    .. math:: p(y) = (K-1)!\ \tau^{K-1} \left(\sum_k \frac{p_k}{y_k^\tau}\right)^{-K}
              \prod_k \frac{p_k}{y_k^{\tau+1}}

    Args:
        y_SK: points inside the simplex, all coordinates > 0, shape (..., K).
        logits_K: log p up to a constant, shape (K,).
        temperature: tau > 0.

    Returns:
        Shape (...); as with every density it may be above 0.

    Raises:
        ValueError: the temperature is not a finite number > 0.

    Source: Jang et al. 2017, appendix B, equation 22; Maddison et al. 2017, definition 1.
    """
    require_temperature(temperature)
    categories = y_SK.shape[-1]
    log_p_K, log_y_SK = torch.log_softmax(logits_K, dim=-1), y_SK.log()
    return (
        math.lgamma(categories)
        + (categories - 1) * math.log(temperature)
        - categories * torch.logsumexp(log_p_K - temperature * log_y_SK, dim=-1)
        + (log_p_K - (temperature + 1) * log_y_SK).sum(dim=-1)
    )
