"""ELBO surgery: the KL term of a data set, split into what z tells and how far q(z) is off.

Image n is drawn uniformly from N images, then z ~ q(z|x_n); q(z) = mean_n q(z|x_n).

Shape suffixes: N images, S draws, B rows of a block, Z latent dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from vae_core.aggregate.overlap import checked_posteriors, log_densities
from vae_core.models.elbo import kl_to_standard_normal
from vae_core.statistics import Estimate

Array = NDArray[np.float64]

HOLE_RATIO = 10.0
"""Where q(z) is so many times less than p(z), the prior draws what hardly any image is."""

# Nats below the likeliest image: far under a rounding error, and above the denormal numbers that
# would slow a sum tenfold.
_LEAST = -69.0

_BLOCK = 256  # latents at a time against all images: bounds the memory


@dataclass(frozen=True)
class Surgery:
    """mean ELBO = -reconstruction NLL - MI(n;z) - KL[q(z) || p(z)]; nats per image.

    Attributes:
        reconstruction_nll: mean of E_q[-log p(x|z)], by Monte Carlo.
        kl: mean of KL[q(z|x) || p(z)], closed form; what the next two add up to.
        mutual_information: MI(n;z), between 0 and log N.
        marginal_kl: KL[q(z) || p(z)] of the aggregate posterior, from the same draws.
        sampled_kl: the sum of these two, with the error of the sum: their draws are shared, and
            log q(z) cancels. Beside ``kl`` it tests the draws, not the mixture.
        images: N.
    """

    reconstruction_nll: Estimate
    kl: float
    mutual_information: Estimate
    marginal_kl: Estimate
    sampled_kl: Estimate
    images: int

    @property
    def elbo(self) -> float:
        return -self.reconstruction_nll.value - self.kl

    @property
    def log_images(self) -> float:
        """log N, the most that z can tell about n."""
        return math.log(self.images)


def surgery(
    mu_NZ: ArrayLike,
    logvar_NZ: ArrayLike,
    reconstruction_nll_SN: ArrayLike,
    *,
    samples: int = 2,
    seed: int = 0,
) -> Surgery:
    r"""Split the mean KL of a data set.

    .. math:: \frac1N \sum_n KL[q(z|x_n) \| p(z)] = MI(n; z) + KL[q(z) \| p(z)]

    Both terms are Monte Carlo means over z with the sum over all N images in full: a minibatch in
    its place would cap MI at the logarithm of its size.

    Args:
        mu_NZ, logvar_NZ: posterior means and log-variances, shape (N, Z).
        reconstruction_nll_SN: -log p(x|z) of each image at S >= 2 draws of z ~ q(z|x).
        samples: draws of z for each image, >= 2.
        seed: of the draws.

    Raises:
        ValueError: the shapes do not fit together, a value is not finite, or too few samples.

    Source: Hoffman & Johnson 2016, "ELBO surgery: yet another way to carve up the variational
    evidence lower bound".
    """
    mu, logvar = checked_posteriors(mu_NZ, logvar_NZ)
    nll_SN = np.asarray(reconstruction_nll_SN, np.float64)
    if nll_SN.ndim != 2 or nll_SN.shape[1] != len(mu) or min(len(nll_SN), samples) < 2:
        raise ValueError(
            f"a standard error needs at least 2 draws for each of {len(mu)} images, got {samples} "
            f"and reconstruction terms of shape {nll_SN.shape}"
        )
    random, sigma = np.random.default_rng(seed), np.exp(0.5 * logvar)
    information_SN, marginal_SN = np.empty((2, samples, len(mu)))
    for draw in range(samples):
        noise_NZ = random.standard_normal(mu.shape)
        z_NZ = mu + sigma * noise_NZ
        log_own_N = -0.5 * (noise_NZ**2 + logvar + math.log(2 * math.pi)).sum(axis=1)
        log_q_N = log_aggregate(z_NZ, mu, logvar)
        information_SN[draw] = log_own_N - log_q_N
        marginal_SN[draw] = log_q_N - _log_standard_normal(z_NZ).sum(axis=1)
    return Surgery(
        reconstruction_nll=Estimate.of_strata(nll_SN),
        kl=float(kl_to_standard_normal(torch.from_numpy(mu), torch.from_numpy(logvar)).mean()),
        mutual_information=Estimate.of_strata(information_SN),
        marginal_kl=Estimate.of_strata(marginal_SN),
        sampled_kl=Estimate.of_strata(information_SN + marginal_SN),
        images=len(mu),
    )


def log_aggregate(z_SZ: ArrayLike, mu_NZ: ArrayLike, logvar_NZ: ArrayLike) -> Array:
    """log q(z) of the aggregate posterior at given latents, nats, shape (S,).

    Raises:
        ValueError: the shapes do not fit together or a value is not finite.
    """
    z, count = np.asarray(z_SZ, np.float64), len(np.asarray(mu_NZ))
    parts = []
    for start in range(0, len(z), _BLOCK):
        log_q_BN = log_densities(z[start : start + _BLOCK], mu_NZ, logvar_NZ)
        top_B = log_q_BN.amax(1)
        weight_BN = log_q_BN.sub_(top_B[:, None]).clamp_(min=_LEAST).exp_()
        parts.append(weight_BN.sum(1).log() + top_B)
    return torch.cat(parts).numpy() - math.log(count)


@dataclass(frozen=True)
class MarginalSplit:
    """KL[q(z) || p(z)] = total correlation + sum of the dimensions' own KL; nats.

    Attributes:
        total_correlation: KL[q(z) || prod_j q(z_j)], how far dimensions depend on each other.
        dimension_kl_Z: KL[q(z_j) || p(z_j)] of each dimension.
    """

    total_correlation: Estimate
    dimension_kl_Z: tuple[Estimate, ...]


def split_marginal(
    mu_NZ: ArrayLike, logvar_NZ: ArrayLike, *, draws: int = 1000, seed: int = 0
) -> MarginalSplit:
    """Monte Carlo over ``draws`` of z ~ q(z), each density a sum over all N images.

    Raises:
        ValueError: the shapes do not fit together, a value is not finite, or too few draws.

    Source: Chen et al. 2018, arXiv:1802.04942, equation 2; there a minibatch stands for the N.
    """
    mu, logvar = checked_posteriors(mu_NZ, logvar_NZ)
    if draws < 2:
        raise ValueError(f"a standard error needs at least 2 draws, got {draws}")
    z_SZ = aggregate_samples(mu, logvar, draws, seed=seed)
    log_q_SZ = np.stack(
        [
            log_aggregate(z_SZ[:, j : j + 1], mu[:, j : j + 1], logvar[:, j : j + 1])
            for j in range(mu.shape[1])
        ],
        axis=1,
    )
    excess_SZ = log_q_SZ - _log_standard_normal(z_SZ)
    return MarginalSplit(
        total_correlation=Estimate.of(log_aggregate(z_SZ, mu, logvar) - log_q_SZ.sum(axis=1)),
        dimension_kl_Z=tuple(Estimate.of(excess_S) for excess_S in excess_SZ.T),
    )


def _log_standard_normal(z: Array) -> Array:
    return np.asarray(-0.5 * (z**2 + math.log(2 * math.pi)))


@dataclass(frozen=True)
class Holes:
    """Draws from the prior, and which of them fall where hardly any image is encoded.

    Attributes:
        share: of the prior's mass where q(z) < p(z) / ``HOLE_RATIO``.
        z_SZ: draws z ~ p(z), shape (S, Z).
        inside_S: whether each lies in a hole.
    """

    share: Estimate
    z_SZ: Array
    inside_S: NDArray[np.bool_]


def prior_holes(
    mu_NZ: ArrayLike, logvar_NZ: ArrayLike, *, draws: int = 2000, seed: int = 0
) -> Holes:
    """How much of the prior the aggregate posterior leaves empty, by Monte Carlo.

    Raises:
        ValueError: the shapes do not fit together, a value is not finite, or too few draws.
    """
    mu, logvar = checked_posteriors(mu_NZ, logvar_NZ)
    if draws < 2:
        raise ValueError(f"a standard error needs at least 2 draws, got {draws}")
    z_SZ = np.random.default_rng(seed).standard_normal((draws, mu.shape[1]))
    log_ratio_S = log_aggregate(z_SZ, mu, logvar) - _log_standard_normal(z_SZ).sum(axis=1)
    inside_S = log_ratio_S < -math.log(HOLE_RATIO)
    return Holes(Estimate.of(inside_S.astype(np.float64)), z_SZ, inside_S)


def aggregate_samples(
    mu_NZ: ArrayLike, logvar_NZ: ArrayLike, count: int, *, seed: int = 0
) -> Array:
    """Draws z ~ q(z): an image at random, then z from its posterior; shape (count, Z)."""
    mu, logvar = checked_posteriors(mu_NZ, logvar_NZ)
    random = np.random.default_rng(seed)
    n_S = random.integers(0, len(mu), count)
    noise_SZ = random.standard_normal((count, mu.shape[1]))
    return np.asarray(mu[n_S] + np.exp(0.5 * logvar[n_S]) * noise_SZ)
