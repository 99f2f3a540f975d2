"""The most confusable pairs of images: posteriors that nearly coincide.

Shape suffixes: N images, A and B rows of two sets of Gaussians, Z latent dimensions, P pairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from vae_core.aggregate.overlap import Array, checked_posteriors

_BLOCK_ENTRIES = 2**17  # of the table of pairs at once: 1 MB an operand, in the caches
_CANDIDATES = 2000  # best pairs kept at first; more only if they share too many images
_FACTORS = 8  # variances multiplied before a logarithm is taken: fewer logarithms, no overflow


@dataclass(frozen=True)
class Pair:
    """Two images whose posteriors overlap.

    Attributes:
        first, second: indices of the images, first < second.
        coefficient: Bhattacharyya coefficient of their posteriors, 0 (apart) to 1 (the same).
        meeting_Z: where the product of the two densities is largest, shape (Z,).
    """

    first: int
    second: int
    coefficient: float
    meeting_Z: Array

    @property
    def bayes_error_bounds(self) -> tuple[float, float]:
        """The least error in telling the two apart from z lies between these shares."""
        return bayes_error_bounds(self.coefficient)


def bhattacharyya(
    mu_AZ: ArrayLike, logvar_AZ: ArrayLike, mu_BZ: ArrayLike, logvar_BZ: ArrayLike
) -> Array:
    r"""Coefficient, the integral of sqrt(p q), of every Gaussian of one set with every other's.

    .. math:: -\log BC = \sum_Z \frac{(\mu_a - \mu_b)^2}{4 (v_a + v_b)}
              + \frac12 \log \frac{v_a + v_b}{2 \sqrt{v_a v_b}}

    Args:
        mu_AZ, logvar_AZ: means and log-variances of diagonal Gaussians, shape (A, Z).
        mu_BZ, logvar_BZ: of the others, shape (B, Z).

    Returns:
        shape (A, B), in [0, 1]; the whole table at once.

    Raises:
        ValueError: the shapes do not fit together or a value is not finite.

    Source: Kailath 1967, doi:10.1109/TCOM.1967.1089532.
    """
    left, right = checked_posteriors(mu_AZ, logvar_AZ), checked_posteriors(mu_BZ, logvar_BZ)
    if left[0].shape[1] != right[0].shape[1]:
        raise ValueError(
            f"both sets must have one number of dimensions, "
            f"got {left[0].shape[1]} and {right[0].shape[1]}"
        )
    distance_AB = _distances(_Gaussians.of(*left), _Gaussians.of(*right))
    return np.asarray(torch.exp(-distance_AB).clamp(max=1).numpy())


def bayes_error_bounds(coefficient: float) -> tuple[float, float]:
    """Least and greatest Bayes error of two equally likely classes with this coefficient."""
    return 0.5 * (1 - math.sqrt(max(0.0, 1 - coefficient**2))), 0.5 * coefficient


def most_confusable_pairs(
    mu_NZ: ArrayLike,
    logvar_NZ: ArrayLike,
    count: int,
    *,
    label_N: NDArray[np.integer] | None = None,
) -> list[Pair]:
    """The pairs with the largest Bhattacharyya coefficient, largest first.

    All pairs are looked at. An image is in one pair only: the pairs are chosen from the top, and
    those with an image that is taken are passed over.

    Args:
        mu_NZ, logvar_NZ: posterior means and log-variances, shape (N, Z).
        count: of pairs, >= 1; fewer come back when the images run out.
        label_N: if given, only pairs of images with different labels.

    Raises:
        ValueError: the shapes do not fit together, a value is not finite, or count < 1.
    """
    mu, logvar = checked_posteriors(mu_NZ, logvar_NZ)
    if count < 1:
        raise ValueError(f"the number of pairs must be at least 1, got {count}")
    if label_N is not None and np.shape(label_N) != (len(mu),):
        raise ValueError(f"there must be one label an image, got {np.shape(label_N)}")
    everything, keep = len(mu) * (len(mu) - 1) // 2, max(_CANDIDATES, 20 * count)
    while True:
        distance_P, pairs_P2 = _nearest_pairs(mu, logvar, label_N, min(keep, everything))
        chosen = _without_repeats(pairs_P2, count)
        if len(chosen) == count or keep >= everything:
            break
        keep *= 8
    return [
        Pair(
            int(pairs_P2[place, 0]),
            int(pairs_P2[place, 1]),
            min(1.0, math.exp(-distance_P[place])),
            _meeting(mu[pairs_P2[place]], logvar[pairs_P2[place]]),
        )
        for place in chosen
    ]


def _meeting(mu_2Z: Array, logvar_2Z: Array) -> Array:
    # The product of two Gaussians peaks at their means weighted by precision. Differences of
    # log-variances: a precision itself could overflow.
    share_Z = 1 / (1 + np.exp(logvar_2Z[0] - logvar_2Z[1]))
    return np.asarray(share_Z * mu_2Z[0] + (1 - share_Z) * mu_2Z[1])


@dataclass(frozen=True)
class _Gaussians:
    """What the table of distances needs; a row (of Z) holds its images side by side."""

    mu_ZN: Tensor
    variance_ZN: Tensor
    quarter_logdet_N: Tensor

    @classmethod
    def of(cls, mu_NZ: Array, logvar_NZ: Array) -> _Gaussians:
        variance_ZN = torch.from_numpy(np.exp(logvar_NZ)).T.contiguous()
        mu_ZN = torch.from_numpy(mu_NZ).T.contiguous()
        return cls(mu_ZN, variance_ZN, torch.from_numpy(logvar_NZ.sum(axis=1)) / 4)

    def part(self, rows: slice) -> _Gaussians:
        return _Gaussians(
            self.mu_ZN[:, rows], self.variance_ZN[:, rows], self.quarter_logdet_N[rows]
        )


def _distances(left: _Gaussians, right: _Gaussians) -> Tensor:
    """-log of the coefficient, nats, shape (A, B)."""
    dimensions = len(left.mu_ZN)
    quadratic_AB = torch.zeros(left.mu_ZN.shape[1], right.mu_ZN.shape[1], dtype=torch.float64)
    log_AB, product_AB = torch.zeros_like(quadratic_AB), torch.ones_like(quadratic_AB)
    for z in range(dimensions):
        sum_AB = left.variance_ZN[z][:, None] + right.variance_ZN[z]
        apart_AB = left.mu_ZN[z][:, None] - right.mu_ZN[z]
        product_AB.mul_(sum_AB)
        quadratic_AB.add_(apart_AB.square_().div_(sum_AB))
        if (z + 1) % _FACTORS == 0 or z + 1 == dimensions:
            log_AB.add_(product_AB.log_())
            product_AB.fill_(1)
    offset_B = right.quarter_logdet_N + 0.5 * dimensions * math.log(2)
    distance_AB = quadratic_AB.mul_(0.25).add_(log_AB, alpha=0.5)
    return distance_AB.sub_(left.quarter_logdet_N[:, None]).sub_(offset_B)


def _nearest_pairs(
    mu_NZ: Array, logvar_NZ: Array, label_N: NDArray[np.integer] | None, keep: int
) -> tuple[Array, NDArray[np.int64]]:
    """The ``keep`` pairs with the smallest distance, nearest first: (P,) and (P, 2)."""
    images = _Gaussians.of(mu_NZ, logvar_NZ)
    label = None if label_N is None else torch.from_numpy(np.ascontiguousarray(label_N))
    count = len(mu_NZ)
    step = max(1, _BLOCK_ENTRIES // count)
    found, limit, waiting = [torch.empty(0, dtype=torch.float64)], math.inf, 0
    places = [torch.empty(0, 2, dtype=torch.int64)]
    for start in range(0, count, step):
        rows = slice(start, min(start + step, count))
        distance_AB = _distances(images.part(rows), images.part(slice(start, count)))
        near_AB = (distance_AB <= limit).triu_(diagonal=1)  # each pair once, and none with itself
        if label is not None:
            near_AB &= label[rows, None] != label[start:]
        places.append(near_AB.nonzero() + start)
        found.append(distance_AB[near_AB])
        waiting += len(found[-1])
        if waiting > keep or rows.stop == count:  # thin out; only what is nearer matters from here
            distance_P, place_P2 = torch.cat(found), torch.cat(places)
            best = distance_P.argsort(stable=True)[:keep]
            found, places, waiting = [distance_P[best]], [place_P2[best]], 0
            if len(best) == keep > 0:
                limit = float(found[0][-1])
    return found[0].numpy(), places[0].numpy()


def _without_repeats(pairs_P2: NDArray[np.int64], count: int) -> list[int]:
    """Places of the first ``count`` pairs in which no image comes twice."""
    taken: set[int] = set()
    chosen: list[int] = []
    for place, pair in enumerate(pairs_P2.tolist()):
        if len(chosen) == count:
            break
        if taken.isdisjoint(pair):
            taken.update(pair)
            chosen.append(place)
    return chosen
