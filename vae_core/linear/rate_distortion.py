"""The linear beta-VAE with a Gaussian likelihood of fixed variance, solved exactly.

Everything a trained beta-VAE shows (the price of a nat, dimensions that die one after the other)
is here a formula, with the data's principal variances in it.

Shape suffixes: I principal directions, Z latent dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class LinearBetaVae:
    """The optimum of a linear beta-VAE.

    Attributes:
        rate: R, KL[q(z|x) || p(z)] summed over dimensions, nats per image.
        distortion: D, E_q[-log p(x|z)], nats per image.
        rate_Z: R of each latent dimension, by descending variance of its direction; 0: collapsed.
        mean_variance_Z: variance over the data of each posterior mean.
        thresholds_Z: the beta at which each dimension collapses, lambda_i / sigma^2.
    """

    rate: float
    distortion: float
    rate_Z: NDArray[np.float64]
    mean_variance_Z: NDArray[np.float64]
    thresholds_Z: NDArray[np.float64]


def linear_beta_vae(
    variances_I: ArrayLike, latent_dim: int, noise_variance: float, beta: float
) -> LinearBetaVae:
    r"""Reverse water-filling: a direction keeps an error of beta sigma^2, or all its variance.

    .. math:: R_i = \max\left(0, \tfrac12 \log\frac{\lambda_i}{\beta\sigma^2}\right), \qquad
              D = \sum_i \frac{\min(\lambda_i, \beta\sigma^2)}{2\sigma^2}
                  + \sum_{i > Z} \frac{\lambda_i}{2\sigma^2} + \frac{I}{2} \log 2\pi\sigma^2

    Args:
        variances_I: eigenvalues lambda of the data's covariance (with 1/N), shape (I,).
        latent_dim: Z, at most I.
        noise_variance: sigma^2 of the decoder, fixed.
        beta: weight of the KL term, > 0.

    Raises:
        ValueError: an argument is out of range.

    Source: Lucas et al. 2019, arXiv:1911.02469 (linear VAEs); Cover & Thomas, "Elements of
    Information Theory", 10.3.3 (reverse water-filling).
    """
    variances = np.sort(np.asarray(variances_I, np.float64))[::-1]
    if variances.ndim != 1 or not np.isfinite(variances).all() or (variances < 0).any():
        raise ValueError("the variances must be a list of finite numbers >= 0")
    if not 1 <= latent_dim <= len(variances):
        raise ValueError(f"latent_dim must lie in 1..{len(variances)}, got {latent_dim}")
    if not (noise_variance > 0 and beta > 0):
        raise ValueError(
            f"noise variance and beta must be > 0, got {noise_variance:g} and {beta:g}"
        )
    kept_Z, dropped = variances[:latent_dim], variances[latent_dim:]
    water = beta * noise_variance
    alive_Z = kept_Z > water
    rate_Z = np.where(alive_Z, 0.5 * np.log(np.maximum(kept_Z, water) / water), 0.0)
    squared_error = np.minimum(kept_Z, water).sum() + dropped.sum()
    return LinearBetaVae(
        rate=float(rate_Z.sum()),
        distortion=float(
            squared_error / (2 * noise_variance)
            + 0.5 * len(variances) * math.log(2 * math.pi * noise_variance)
        ),
        rate_Z=rate_Z,
        mean_variance_Z=np.where(alive_Z, 1 - water / np.maximum(kept_Z, water), 0.0),
        thresholds_Z=kept_Z / noise_variance,
    )
