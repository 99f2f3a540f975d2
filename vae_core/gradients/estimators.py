r"""How a gradient gets past a random draw: estimates of d/dmu and d/dlog sigma of E_q[f(z)].

q is N(mu, diag(sigma^2)) and z = mu + sigma * noise. Each draw gives one estimate, and the mean
of the estimates is the gradient; the estimators differ in how widely theirs scatter.

Shape suffixes: S samples, K bins, B batch, D pixels, Z latent dimensions.
Source: Mohamed et al. 2020, arXiv:1906.10652, sections 4 and 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.models.base import LatentModel
from vae_core.models.elbo import Objective, kl_per_dimension, kl_weights, reparameterise
from vae_core.models.vae import VAE
from vae_core.statistics import Estimate

_BINS = 61

Function = Callable[[Tensor], Tensor]
"""z_SZ -> f(z), shape (S,), in torch operations."""

COMPARED = ("pathwise", "score function", "score function with baseline")
"""Keys of what ``compare`` returns."""


@dataclass(frozen=True)
class SampleGradients:
    """One estimate of the gradient of E_q[f(z)] from each draw, in units of f per unit.

    Attributes:
        mu_SZ: for mu, shape (S, Z).
        log_sigma_SZ: for log sigma, shape (S, Z).
    """

    mu_SZ: Tensor
    log_sigma_SZ: Tensor


def pathwise(
    function: Function, mu_Z: Tensor, sigma_Z: Tensor, noise_SZ: Tensor
) -> SampleGradients:
    r"""The gradient along the path mu, sigma -> z -> f, with the noise held fixed.

    .. math:: \frac{\partial f}{\partial\mu} = f'(z), \qquad
              \frac{\partial f}{\partial\log\sigma} = f'(z)\,\sigma\,\epsilon

    Args:
        mu_Z, sigma_Z: of q, shape (Z,).
        noise_SZ: standard normal draws, shape (S, Z).

    Source: Kingma & Welling 2014, arXiv:1312.6114, section 2.4.
    """
    return _with_values(function, mu_Z, sigma_Z, noise_SZ)[1]


def _with_values(
    function: Function, mu_Z: Tensor, sigma_Z: Tensor, noise_SZ: Tensor
) -> tuple[Tensor, SampleGradients]:
    """f(z) of each draw, shape (S,), and ``pathwise``, which comes by the same pass."""
    with torch.enable_grad():
        z_SZ = (mu_Z + sigma_Z * noise_SZ).requires_grad_()
        value_S = function(z_SZ)
        (slope_SZ,) = torch.autograd.grad(value_S.sum(), z_SZ)
    return value_S.detach(), SampleGradients(slope_SZ, slope_SZ * sigma_Z * noise_SZ)


def score_function(
    value_S: Tensor, sigma_Z: Tensor, noise_SZ: Tensor, baseline: Tensor | float = 0.0
) -> SampleGradients:
    r"""REINFORCE: how f came out, times the direction that makes this draw likelier.

    .. math:: (f(z) - b)\,\frac{\partial\log q(z)}{\partial\mu} = (f(z) - b)\,\frac\epsilon\sigma,
              \qquad (f(z) - b)\,\frac{\partial\log q(z)}{\partial\log\sigma}
              = (f(z) - b)\,(\epsilon^2 - 1)

    Args:
        value_S: f(z) at z = mu + sigma * noise, shape (S,); no derivative of f is needed.
        baseline: b, a number or one for each draw, shape (S,). The mean stays right as long as a
            draw's baseline does not depend on that draw.

    Source: Williams 1992, "Simple statistical gradient-following algorithms".
    """
    advantage_S1 = (value_S - baseline)[:, None]
    return SampleGradients(advantage_S1 * noise_SZ / sigma_Z, advantage_S1 * (noise_SZ**2 - 1))


def leave_one_out_mean(value_S: Tensor) -> Tensor:
    """For each draw the mean of all the others, shape (S,); 0 where there is no other.

    Source: Kool et al. 2019, "Buy 4 REINFORCE samples, get a baseline for free!".
    """
    return (value_S.sum() - value_S) / max(len(value_S) - 1, 1)


@dataclass(frozen=True)
class Scatter:
    """How one-draw estimates of a derivative scatter: enough for a histogram.

    Attributes:
        mean: of the estimates, with its standard error.
        variance: of the estimates.
        edge_K1: edges of the bins, shape (K + 1,); they hold the middle 99% of the draws.
        share_K: share of all draws in each bin, shape (K,).
    """

    mean: Estimate
    variance: float
    edge_K1: NDArray[np.float64]
    share_K: NDArray[np.float64]

    @property
    def deviation(self) -> float:
        """The standard deviation of the estimates."""
        return math.sqrt(self.variance)

    @classmethod
    def of(cls, estimate_S: Tensor) -> Scatter:
        """From independent draws, shape (S,), S >= 2."""
        values = estimate_S.double().numpy()
        count_K, edge_K1 = np.histogram(values, _BINS, tuple(np.quantile(values, (0.005, 0.995))))
        return cls(Estimate.of(values), float(values.var(ddof=1)), edge_K1, count_K / len(values))


def compare(
    function: Function, mu_Z: Tensor, sigma_Z: Tensor, *, samples: int, generator: torch.Generator
) -> dict[str, SampleGradients]:
    """Every one of ``COMPARED`` on the same draws; the baseline is the leave-one-out mean."""
    noise_SZ = torch.randn(samples, len(mu_Z), generator=generator, dtype=mu_Z.dtype)
    value_S, along_path = _with_values(function, mu_Z, sigma_Z, noise_SZ)
    results = (
        along_path,
        score_function(value_S, sigma_Z, noise_SZ),
        score_function(value_S, sigma_Z, noise_SZ, leave_one_out_mean(value_S)),
    )
    return dict(zip(COMPARED, results, strict=True))


def objective_gradients(
    model: LatentModel, estimator: str
) -> Callable[[Tensor, Tensor, Objective], list[Tensor]]:
    """(images, noise, objective) -> gradients of the batch's mean objective for ``parameters()``.

    Args:
        estimator: one of ``config.ESTIMATORS``.

    Raises:
        ValueError: the model's q is not the Gaussian that the score function is written for.
    """
    if estimator == "pathwise":
        return model.objective_gradients
    if not isinstance(model, VAE):
        raise ValueError(
            f"the estimator {estimator!r} needs the Gaussian q of a 'vae', the model is of the "
            f"kind {model.config.model!r}; choose 'pathwise'"
        )
    per_image = estimator == "score-function-per-image"
    return partial(score_function_gradients, model, per_image=per_image)


def score_function_gradients(
    model: VAE, x_BD: Tensor, noise_BZ: Tensor, objective: Objective, *, per_image: bool
) -> list[Tensor]:
    """What ``VAE.objective_gradients`` estimates, without a path through the draw of z.

    Only the encoder's part of the reconstruction term differs: it is the score function. The
    gradients of the decoder and of the KL term have no random node to pass and are as always.

    Args:
        x_BD: images in [0, 1], shape (B, D).
        noise_BZ: standard normal draws, shape (B, Z).
        per_image: the baseline is each image's own NLL at the mean of its q, which takes another
            pass of the decoder; else the mean NLL of the batch's other images.
    """
    with torch.enable_grad():
        mu_BZ, logvar_BZ = model.encode(x_BD)
        z_BZ = reparameterise(mu_BZ, logvar_BZ, noise_BZ).detach()
        nll_B = model.likelihood.nll(model.decoder(z_BZ).float(), x_BD)
        value_B = nll_B.detach()
        if per_image:
            with torch.no_grad():
                baseline_B = model.likelihood.nll(model.decoder(mu_BZ).float(), x_BD)
        else:
            baseline_B = leave_one_out_mean(value_B)
        log_q_B = -0.5 * ((z_BZ - mu_BZ) ** 2 / logvar_BZ.exp() + logvar_BZ).sum(-1)
        kl_weight = kl_weights(mu_BZ, logvar_BZ, objective.beta, objective.free_bits)
        kl_B = (kl_weight * kl_per_dimension(mu_BZ, logvar_BZ)).sum(-1)
        # No loss: only its gradient means something.
        surrogate_B = (value_B - baseline_B) * log_q_B + nll_B + kl_B
        return list(torch.autograd.grad(surrogate_B.mean(), list(model.parameters())))
