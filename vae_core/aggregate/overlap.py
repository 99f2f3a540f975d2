"""How far posteriors overlap: what a latent z still tells about which image it came from.

Image n is drawn uniformly from the N images, then z ~ q(z|x_n). What z tells about n is in the
responsibilities r_n(z) = q(z|x_n) / sum_m q(z|x_m).

Shape suffixes: N images, S draws or given latents, B rows of a block, Z latent dimensions,
K classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from vae_core.statistics import Estimate

Array = NDArray[np.float64]

_BLOCK_ENTRIES = 2**20  # of the table (latents x images) held at once: 8 MB, near the caches

# Nats below the likeliest image. What is less counts as this, 1e-30: far under a rounding error,
# and above the denormal numbers (of float32 too) that would slow a sum tenfold.
_LEAST = -69.0


@dataclass(frozen=True)
class Overlap:
    """How far the posteriors of a data set overlap; nats.

    Attributes:
        equivocation_N: E[-log r_n(z)] under z ~ q(z|x_n), how much is left unknown about which
            image it was, shape (N,), >= 0.
        equivocation: H(n|z), the mean of those, between 0 and log N.
        identification_error: 1 - E[max_n r_n(z)], the least share of wrong guesses that anyone
            who sees z can make about n.
        class_share_NK: E[P(class k|z)] under z ~ q(z|x_n), where every class is as likely as
            another before z is seen and q(z|class) is the mixture of the posteriors of its
            images, shape (N, K). Rows sum to 1.
    """

    equivocation_N: Array
    equivocation: Estimate
    identification_error: Estimate
    class_share_NK: Array

    @property
    def log_images(self) -> float:
        """log N, what there is to know about n before z is seen."""
        return math.log(len(self.equivocation_N))

    @property
    def mutual_information(self) -> Estimate:
        """MI(n;z) = log N - H(n|z), between 0 and log N."""
        return Estimate(self.log_images - self.equivocation.value, self.equivocation.error)


def measure_overlap(
    mu_NZ: ArrayLike,
    logvar_NZ: ArrayLike,
    label_N: ArrayLike,
    *,
    classes: int,
    samples: int = 4,
    seed: int = 0,
) -> Overlap:
    """Overlap of the posteriors N(mu, diag(exp(logvar))) of a whole data set.

    Args:
        mu_NZ, logvar_NZ: posterior means and log-variances, shape (N, Z).
        label_N: class of each image, 0..classes - 1, shape (N,).
        samples: draws of z for each image, >= 2.
        seed: of the draws.

    Raises:
        ValueError: the shapes do not fit together, a value is not finite, a label is outside
            0..classes - 1, or there are fewer than 2 samples.

    Source: Hoffman & Johnson 2016, "ELBO surgery" (the index-code mutual information).
    """
    mu, logvar = checked_posteriors(mu_NZ, logvar_NZ)
    label = np.asarray(label_N)
    if label.shape != (len(mu),) or not ((label >= 0) & (label < classes)).all():
        raise ValueError(
            f"there must be one label in 0..{classes - 1} for each of {len(mu)} images, "
            f"got labels of shape {label.shape}"
        )
    if samples < 2:
        raise ValueError(f"a standard error needs at least 2 samples, got {samples}")
    member_NK = torch.zeros(len(mu), classes, dtype=torch.float64)
    member_NK[torch.arange(len(mu)), torch.as_tensor(label, dtype=torch.int64)] = 1
    # Divided by the size of the class: q(z|class) is a mean, and classes count alike.
    member_NK /= member_NK.sum(0).clamp(min=1)

    surprise_SN, error_SN = torch.empty(2, samples, len(mu), dtype=torch.float64)
    share_NK = torch.zeros(len(mu), classes, dtype=torch.float64)
    for draw, rows, log_q_BN in _blocks_of_draws(mu, logvar, samples, seed):
        own_B = log_q_BN[torch.arange(len(log_q_BN)), torch.arange(rows.start, rows.stop)]
        top_B = log_q_BN.amax(1)
        weight_BN = log_q_BN.sub_(top_B[:, None]).clamp_(min=_LEAST).exp_()
        total_B = weight_BN.sum(1)
        surprise_SN[draw, rows] = total_B.log() + top_B - own_B
        error_SN[draw, rows] = 1 - 1 / total_B
        density_BK = weight_BN @ member_NK
        share_NK[rows] += density_BK / density_BK.sum(1, keepdim=True) / samples
    return Overlap(
        equivocation_N=surprise_SN.mean(0).numpy(),
        equivocation=Estimate.of_strata(surprise_SN.numpy()),
        identification_error=Estimate.of_strata(error_SN.numpy()),
        class_share_NK=share_NK.numpy(),
    )


def overlap_per_image(
    mu_NZ: ArrayLike, logvar_NZ: ArrayLike, *, samples: int = 4, seed: int = 0
) -> Array:
    """Each image's part of the equivocation, E[-log r_n(z)] under z ~ q(z|x_n).

    0 for an image whose place is its own, log m for one that shares it evenly with m - 1 others.

    Args:
        mu_NZ, logvar_NZ: posterior means and log-variances, shape (N, Z).
        samples: draws of z for each image, >= 2.
        seed: of the draws.

    Returns:
        overlap_N: nats, shape (N,), >= 0; its mean is H(n|z).

    Raises:
        ValueError: the shapes do not fit together, a value is not finite, or too few samples.
    """
    count = len(np.asarray(mu_NZ))
    one_class = np.zeros(count, np.int64)
    return measure_overlap(
        mu_NZ, logvar_NZ, one_class, classes=1, samples=samples, seed=seed
    ).equivocation_N


def class_confusion(overlap: Overlap, label_N: NDArray[np.integer]) -> Array:
    """P(class j|z) on average over z drawn from class i, shape (K, K), rows i; rows sum to 1.

    Symmetric, since every class counts alike. A class without images has a row of NaN.
    """
    classes = overlap.class_share_NK.shape[1]
    rows = np.full((classes, classes), np.nan)
    for label in np.unique(label_N):
        rows[label] = overlap.class_share_NK[label_N == label].mean(axis=0)
    return rows


def log_densities(z_SZ: ArrayLike, mu_NZ: ArrayLike, logvar_NZ: ArrayLike) -> Tensor:
    """log q(z_s|x_n) in nats, shape (S, N), float64: all of the table at once.

    Raises:
        ValueError: the shapes do not fit together or a value is not finite.
    """
    mu, logvar = checked_posteriors(mu_NZ, logvar_NZ)
    z = np.asarray(z_SZ, np.float64)
    if z.ndim != 2 or z.shape[1] != mu.shape[1] or not np.isfinite(z).all():
        raise ValueError(f"latents must be finite and (S, {mu.shape[1]}), got {z.shape}")
    return _Table(mu, logvar).rows(torch.from_numpy(z))


def responsibilities(z_SZ: ArrayLike, mu_NZ: ArrayLike, logvar_NZ: ArrayLike) -> Tensor:
    """r_n(z_s) = q(z_s|x_n) / sum_m q(z_s|x_m), shape (S, N), float64; rows sum to 1.

    Raises:
        ValueError: the shapes do not fit together or a value is not finite.
    """
    log_q_SN = log_densities(z_SZ, mu_NZ, logvar_NZ)
    return (log_q_SN - log_q_SN.amax(1, keepdim=True)).clamp_(min=_LEAST).softmax(dim=1)


def sigmas_away(z_Z: ArrayLike, mu_NZ: ArrayLike, logvar_NZ: ArrayLike) -> Array:
    """Distance of a latent from each posterior in its own standard deviations, shape (N,).

    Raises:
        ValueError: the shapes do not fit together or a value is not finite.
    """
    mu, logvar = checked_posteriors(mu_NZ, logvar_NZ)
    z = np.asarray(z_Z, np.float64)
    if z.shape != mu.shape[1:] or not np.isfinite(z).all():
        raise ValueError(f"a latent must be finite and ({mu.shape[1]},), got {z.shape}")
    return np.asarray(np.sqrt(((z - mu) ** 2 * np.exp(-logvar)).sum(axis=1)))


def scaled_logvar(logvar_NZ: NDArray[np.floating], scale: float) -> Array:
    """Log-variances after every standard deviation is multiplied by ``scale`` > 0."""
    if not scale > 0:
        raise ValueError(f"the scale of sigma must be above 0, got {scale!r}")
    return np.asarray(logvar_NZ, np.float64) + 2 * math.log(scale)


def checked_posteriors(mu_NZ: ArrayLike, logvar_NZ: ArrayLike) -> tuple[Array, Array]:
    """Both as float64. Raises ValueError unless they are finite and of one shape (N, Z)."""
    mu, logvar = np.asarray(mu_NZ, np.float64), np.asarray(logvar_NZ, np.float64)
    if mu.ndim != 2 or mu.shape != logvar.shape or mu.size == 0:
        raise ValueError(
            f"means and log-variances must have one shape (N, Z) with N >= 1, "
            f"got {mu.shape} and {logvar.shape}"
        )
    if not (np.isfinite(mu).all() and np.isfinite(logvar).all()):
        raise ValueError("means and log-variances must be finite numbers")
    return mu, logvar


class _Table:
    """log q(z|x_n) for many z and all n: one matrix product on (z^2, z).

    float64: z^2 / sigma^2 and mu^2 / sigma^2 reach 10^10 and cancel.
    """

    def __init__(self, mu_NZ: Array, logvar_NZ: Array) -> None:
        self._centre_Z = torch.from_numpy(mu_NZ.mean(axis=0))  # less to cancel
        mu = torch.from_numpy(mu_NZ) - self._centre_Z
        logvar = torch.from_numpy(logvar_NZ)
        precision = torch.exp(-logvar)
        self._weights = torch.cat([-0.5 * precision, precision * mu], dim=1).T.contiguous()
        self._constant = -0.5 * (mu**2 * precision + logvar + math.log(2 * math.pi)).sum(1)

    def rows(self, z_BZ: Tensor) -> Tensor:
        z_BZ = z_BZ - self._centre_Z
        return torch.addmm(self._constant, torch.cat([z_BZ**2, z_BZ], dim=1), self._weights)


def _blocks_of_draws(
    mu_NZ: Array, logvar_NZ: Array, samples: int, seed: int
) -> Iterator[tuple[int, slice, Tensor]]:
    """(draw, images, their log q(z|x_m) for all m, shape (B, N)), one z for each image a draw."""
    table, random = _Table(mu_NZ, logvar_NZ), np.random.default_rng(seed)
    count, sigma_NZ = len(mu_NZ), np.exp(0.5 * logvar_NZ)
    step = max(1, _BLOCK_ENTRIES // count)
    for draw in range(samples):
        z_NZ = torch.from_numpy(mu_NZ + sigma_NZ * random.standard_normal(mu_NZ.shape))
        for start in range(0, count, step):
            rows = slice(start, min(start + step, count))
            yield draw, rows, table.rows(z_NZ[rows])
