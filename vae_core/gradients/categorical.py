r"""Estimates of the gradient of E_q[f(z)] for the logits of categorical q, against enumeration.

The KL of a categorical VAE is a closed form of the logits and needs none of this. The
reconstruction E_q[-log p(x|z)] is a sum over all K^N codes, too many to enumerate in training, and
a one-hot draw has no slope; so its gradient has to be estimated. With few variables the sum can
be taken, and every estimator has a bias and a variance that can be measured.

Shape suffixes: S draws, C codes, N variables, K categories.
Sources: Jang et al. 2017, arXiv:1611.01144; Mohamed et al. 2020, arXiv:1906.10652.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from vae_core.gradients.estimators import leave_one_out_mean
from vae_core.models.gumbel import one_hot, relaxed, straight_through

MAX_CODES = 10_000

Function = Callable[[Tensor], Tensor]
"""z_SNK, one-hot or relaxed -> f(z), shape (S,), in torch operations."""


def all_codes(variables: int, categories: int) -> Tensor:
    """Every one-hot z, in the order of counting, float64, shape (K^N, N, K).

    Raises:
        ValueError: there are more than ``MAX_CODES``.
    """
    count = categories**variables
    if count > MAX_CODES:
        raise ValueError(f"{categories}^{variables} codes are too many to enumerate")
    index_CN = torch.cartesian_prod(*[torch.arange(categories)] * variables).view(count, variables)
    return F.one_hot(index_CN, categories).double()


def tabulated(function: Function, logits_NK: Tensor) -> Function:
    """The same function of one-hot z alone, its value and slope at every code taken once.

    A thousand draws of a few variables are mostly the same few codes, at every temperature.

    Args:
        logits_NK: of the variables; only shape and type count.

    Raises:
        ValueError: there are more than ``MAX_CODES``.
    """
    variables, categories = logits_NK.shape
    with torch.enable_grad():
        z_CNK = all_codes(variables, categories).to(logits_NK.dtype).requires_grad_()
        value_C = function(z_CNK)
        (slope_CNK,) = torch.autograd.grad(value_C.sum(), z_CNK)
    value_C = value_C.detach()
    place_N = categories ** torch.arange(variables - 1, -1, -1)

    def look_up(z_SNK: Tensor) -> Tensor:
        code_S = (z_SNK.detach().argmax(dim=-1) * place_N).sum(dim=-1)
        along_S = (slope_CNK[code_S] * (z_SNK - z_SNK.detach())).sum(dim=(1, 2))
        return value_C[code_S] + along_S

    return look_up


def exact_gradient(function: Function, logits_NK: Tensor) -> Tensor:
    r"""d/dlogits of E_q[f(z)], the sum over all codes, in units of f per unit, (N, K).

    .. math:: \frac{\partial}{\partial l} \sum_z f(z) \prod_n p_n(z_n)
    """
    z_CNK = all_codes(*logits_NK.shape).to(logits_NK.dtype)
    with torch.no_grad():
        value_C = function(z_CNK)
    with torch.enable_grad():
        leaf_NK = logits_NK.detach().requires_grad_()
        log_q_C = (torch.log_softmax(leaf_NK, dim=-1) * z_CNK).sum(dim=(1, 2))
        (gradient_NK,) = torch.autograd.grad((log_q_C.exp() * value_C).sum(), leaf_NK)
    return gradient_NK


def gumbel_softmax_gradients(
    function: Function,
    logits_NK: Tensor,
    gumbel_SNK: Tensor,
    temperature: float,
    *,
    straight: bool = False,
) -> Tensor:
    """One estimate from each draw, along the path logits -> relaxed z -> f, (S, N, K).

    It is the gradient of E[f(relaxed z)]: right for that, biased for E_q[f(z)].

    Args:
        gumbel_SNK: from ``gumbel.gumbel_noise``.
        straight: f is evaluated at the one-hot z of the same noise (straight-through).

    Raises:
        ValueError: the temperature is not a finite number > 0.
    """
    draw = straight_through if straight else relaxed
    with torch.enable_grad():
        logits_SNK = logits_NK.detach().expand_as(gumbel_SNK).clone().requires_grad_()
        value_S = function(draw(logits_SNK, gumbel_SNK, temperature))
        (gradient_SNK,) = torch.autograd.grad(value_S.sum(), logits_SNK)
    return gradient_SNK


def score_function_gradients(
    function: Function, logits_NK: Tensor, gumbel_SNK: Tensor, *, baseline: bool = True
) -> Tensor:
    r"""REINFORCE, one unbiased estimate from each draw, shape (S, N, K).

    .. math:: (f(z) - b)\,\frac{\partial \log q(z)}{\partial l} = (f(z) - b)\,(z - p)

    Args:
        baseline: b is the mean of f over all the other draws; else 0.

    Source: Williams 1992; Kool et al. 2019, "Buy 4 REINFORCE samples, get a baseline for free!".
    """
    z_SNK = one_hot(logits_NK.expand_as(gumbel_SNK), gumbel_SNK)
    with torch.no_grad():
        value_S = function(z_SNK)
    if baseline:
        value_S = value_S - leave_one_out_mean(value_S)
    return value_S[:, None, None] * (z_SNK - torch.softmax(logits_NK, dim=-1))


@dataclass(frozen=True)
class GradientError:
    """How far single-draw estimates of a gradient are off, as lengths of vectors.

    Attributes:
        bias: length of (their mean - the exact gradient), with what chance adds to it taken off.
        bias_error: its standard error, that of the mean.
        deviation: root of the summed variances of the components of one estimate.
    """

    bias: float
    bias_error: float
    deviation: float

    @classmethod
    def of(cls, gradient_SNK: Tensor, exact_NK: Tensor) -> GradientError:
        """From independent draws, S >= 2."""
        gradient_SG = gradient_SNK.double().flatten(1)
        variance = float(gradient_SG.var(dim=0, correction=1).sum())
        chance = variance / len(gradient_SG)
        gap = gradient_SG.mean(dim=0) - exact_NK.double().flatten()
        return cls(
            math.sqrt(max(float(gap @ gap) - chance, 0.0)), math.sqrt(chance), math.sqrt(variance)
        )

    def of_mean(self, draws: int) -> float:
        """Root mean squared error of the mean of so many draws: the bias stays, chance shrinks."""
        return math.sqrt(self.bias**2 + self.deviation**2 / draws)

    def surely_exceeds(self, other: GradientError, draws: int) -> bool:
        """Whether its mean of so many draws is off by more, beyond two errors of both biases."""
        own = [
            error.bias * error.bias_error / error.of_mean(draws) if error.bias else 0.0
            for error in (self, other)
        ]
        return self.of_mean(draws) - other.of_mean(draws) > 2 * math.hypot(*own)
