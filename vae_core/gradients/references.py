r"""What the estimators of ``vae_core.gradients`` aim at, and how far they scatter, exactly.

In closed form for f(z) = z^2 in one dimension, by quadrature for a decoder with two.

Shape suffixes: S samples, G nodes, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.exact.posteriors import gauss_hermite
from vae_core.gradients.estimators import Function
from vae_core.models.vae import VAE

_NODES = 40  # of Gauss-Hermite quadrature, an axis
_CHUNK = 1024  # latents decoded at a time


def square(z_SZ: Tensor) -> Tensor:
    """f(z) = z^2, shape (S,); d/dmu of its mean over N(mu, sigma^2) is 2 mu."""
    return (z_SZ**2).sum(-1)


def best_square_baseline(mu: float, sigma: float) -> float:
    r"""The constant b with which (z^2 - b) noise / sigma varies least: mu^2 + 3 sigma^2.

    It is E[f s^2] / E[s^2] with the score s = noise / sigma.

    Source: Greensmith et al. 2004, "Variance reduction techniques for gradient estimates in
    reinforcement learning", section 5.
    """
    return mu**2 + 3 * sigma**2


# The variance of one draw's estimate of d/dmu E[z^2], as the terms of a sum.
SQUARE_VARIANCE: dict[str, Callable[[float, float], tuple[float, ...]]] = {
    "pathwise": lambda _, sigma: (4 * sigma**2,),
    "score function": lambda mu, sigma: (mu**4 / sigma**2, 14 * mu**2, 15 * sigma**2),
    # b = E[z^2], to which the mean of the other draws tends
    "score function with baseline": lambda mu, sigma: (8 * mu**2, 10 * sigma**2),
    "score function with the best constant baseline": lambda mu, sigma: (
        8 * mu**2,
        6 * sigma**2,
    ),
}


def reconstruction_nll(model: VAE, x_D: Tensor) -> Function:
    """f(z) = -log p(x|z) of one image, nats: z_SZ -> shape (S,)."""

    def nll(z_SZ: Tensor) -> Tensor:
        parts = []
        for z_BZ in z_SZ.split(_CHUNK):
            output_BD = model.decoder(z_BZ)
            parts.append(model.likelihood.nll(output_BD, x_D.expand_as(output_BD)))
        return torch.cat(parts)

    return nll


@torch.no_grad()
def reconstruction_gradient(
    model: VAE, x_D: Tensor, mu_Z: Tensor, sigma_Z: Tensor
) -> NDArray[np.float64]:
    r"""d/dmu of E_q[-log p(x|z)] by Gauss-Hermite quadrature in float64, nats per unit, (Z,).

    .. math:: \frac{\partial}{\partial\mu} E_q[f(z)] = E_q\left[f(z)\,\frac\epsilon\sigma\right]

    Raises:
        ValueError: the model has other than two latent dimensions.
    """
    if len(mu_Z) != 2:
        raise ValueError(f"quadrature over q needs two latent dimensions, got {len(mu_Z)}")
    node_G2, weight_G = gauss_hermite(_NODES)
    precise = copy.deepcopy(model).double()
    z_G2 = mu_Z.double() + sigma_Z.double() * torch.from_numpy(node_G2)
    value_G = reconstruction_nll(precise, x_D.double())(z_G2).numpy()
    return np.asarray((weight_G * value_G) @ node_G2 / sigma_Z.double().numpy())


def samples_for_equal_error(variance: float, reference: float) -> float:
    """How many draws do what one draw of the reference does: the error of a mean of n draws is
    sqrt(variance / n). Infinite where the reference has no variance."""
    return variance / reference if reference > 0 else math.inf
