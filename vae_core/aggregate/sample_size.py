"""What q(z) looks like from few images and from many: MI, marginal KL and holes against N.

q(z) is a mixture of one posterior an image. With few images it is rougher than with many: its
information about the image ends at log N, its distance from the prior and its holes are partly
those of the sample. Monte Carlo errors know nothing of that.

Shape suffixes: N images, S draws, Z latent dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae_core.aggregate.overlap import checked_posteriors
from vae_core.aggregate.surgery import log_aggregate, prior_holes
from vae_core.statistics import Estimate

SIZES = (500, 1000, 2000, 5000, 15_000, 55_000)
"""N, for the bundled models."""
DRAWS = 2000


@dataclass(frozen=True)
class AtSize:
    """Surgery of the mixture of so many images; nats.

    Attributes:
        images: N.
        mutual_information: MI(n;z), at most log N.
        marginal_kl: KL[q(z) || p(z)].
        holes: share of the prior's mass where q(z) is less than a tenth of p(z).
    """

    images: int
    mutual_information: Estimate
    marginal_kl: Estimate
    holes: Estimate


def surgery_by_size(
    mu_NZ: ArrayLike,
    logvar_NZ: ArrayLike,
    sizes: Sequence[int],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[AtSize]:
    """The first ``size`` images for each size, which stand in a random order.

    Args:
        mu_NZ, logvar_NZ: posterior means and log-variances, shape (N, Z).
        sizes: each in 2..N.
        draws: of z ~ q(z), and of z ~ p(z) for the holes; the densities are sums over all images
            of a size.

    Raises:
        ValueError: the shapes do not fit together, or a size is out of range.
    """
    mu, logvar = checked_posteriors(mu_NZ, logvar_NZ)
    if not all(2 <= size <= len(mu) for size in sizes):
        raise ValueError(f"each size must lie in 2..{len(mu)}, got {sizes}")
    found = []
    for size in sizes:
        random = np.random.default_rng(seed)
        image_S = random.integers(0, size, draws)
        noise_SZ = random.standard_normal((draws, mu.shape[1]))
        z_SZ = mu[image_S] + np.exp(0.5 * logvar[image_S]) * noise_SZ
        log_two_pi = math.log(2 * math.pi)
        log_own_S = -0.5 * (noise_SZ**2 + logvar[image_S] + log_two_pi).sum(axis=1)
        log_q_S = log_aggregate(z_SZ, mu[:size], logvar[:size])
        log_p_S = -0.5 * (z_SZ**2 + log_two_pi).sum(axis=1)
        found.append(
            AtSize(
                size,
                Estimate.of(log_own_S - log_q_S),
                Estimate.of(log_q_S - log_p_S),
                prior_holes(mu[:size], logvar[:size], draws=draws, seed=seed).share,
            )
        )
    return found
