"""Cached results of exact inference, for models with two latent dimensions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ui.library.cache import cached
from ui.library.loaded import (
    LoadedModel,
    encoder_q,
    held_out,
    image_of,
    images_of,
)
from vae_core.aggregate.density import Bounds
from vae_core.evaluation.evaluate import evaluate
from vae_core.exact.evidence import Evidence
from vae_core.exact.optimal_q import OptimisedQ, optimise_q
from vae_core.exact.posteriors import (
    Bound,
    Expectations,
    GaussianQ,
    MonteCarloElbo,
    expectations,
    importance_bounds,
    monte_carlo_elbo,
    sampled_evidence,
)
from vae_core.exact.quadrature import Quadrature
from vae_core.linear.ppca import LinearVae, fit_linear_vae
from vae_core.statistics import Estimate, image_seed
from vae_core.web.posterior_data import Field

Array = NDArray[np.float64]

ELBO_DRAWS = 1000
SAMPLE_COUNTS = (1, 2, 5, 10, 50, 500, 5000)
"""K of the importance-weighted bounds."""
BOUND_DRAWS = 10_000
_WINDOW_STEPS = 48
_REACH = 4.6  # sigmas of a q over which the browser sums
_PART = 500  # images measured together: what they share is decoded once
FEW_DRAWS = 64  # for the ELBO of an image among many


# 75 MB each.
@cached("Decoding the plane …", max_entries=4)
def quadrature(loaded: LoadedModel) -> Quadrature:
    """The model's plane, coarsely cut and decoded."""
    return Quadrature(loaded.vae)


@cached(max_entries=512)
def evidence(loaded: LoadedModel, image: int) -> Evidence:
    """log p(x) of an image."""
    return quadrature(loaded).evidence(image_of(loaded, image), encoder_q(loaded, image).mu_Z)


@cached(max_entries=128)
def fields(loaded: LoadedModel, image: int, window: Bounds) -> tuple[Field, ...]:
    """log p(x|z) of an image from a window to far outside, the finest first.

    The first is the window's. The encoder's q has one of its own where it lies elsewhere.
    """
    plane, x_D, q = quadrature(loaded), image_of(loaded, image), encoder_q(loaded, image)
    left, bottom = (float(value) for value in q.mu_Z - _REACH * q.sigma_Z)
    right, top = (float(value) for value in q.mu_Z + _REACH * q.sigma_Z)
    fine = [window]
    if left < window[0] or right > window[1] or bottom < window[2] or top > window[3]:
        fine.append((left, right, bottom, top))
    return (
        *(Field(part, plane.log_likelihood_grid(x_D, part, _WINDOW_STEPS)) for part in fine),
        Field(*plane.coarse_log_likelihood(x_D)),
        *(Field(*part) for part in plane.outside_log_likelihood(x_D)),
    )


@cached(max_entries=512)
def elbo(loaded: LoadedModel, image: int, q: GaussianQ) -> MonteCarloElbo:
    """The ELBO of any q, sampled with the model itself."""
    x_D, seed = images_of(loaded)[image], image_seed(0, image)
    return monte_carlo_elbo(loaded.vae, x_D, q, samples=ELBO_DRAWS, seed=seed)


@cached(max_entries=512)
def terms(loaded: LoadedModel, image: int, q: GaussianQ) -> Expectations:
    """The expectations of the identity under any q, by quadrature."""
    return expectations(quadrature(loaded), image_of(loaded, image), q)


def kl_to_posterior(loaded: LoadedModel, image: int, q: GaussianQ) -> Estimate:
    """KL[q || p(z|x)], nats: from ``terms`` and a log p(x) that samples found, no integral."""
    log_p = _sampled_evidence(loaded, image)
    of_q = terms(loaded, image, q)
    return Estimate(log_p.value - of_q.elbo, math.hypot(log_p.error, of_q.error))


@cached(max_entries=512)
def _sampled_evidence(loaded: LoadedModel, image: int) -> Estimate:
    x_D, found = image_of(loaded, image), evidence(loaded, image)
    seed = image_seed(2, image)
    return sampled_evidence(loaded.vae, x_D, found, samples=ELBO_DRAWS, seed=seed)


def remainder(loaded: LoadedModel, image: int, q: GaussianQ) -> tuple[float, float]:
    """log p(x) - ELBO - KL[q || p(z|x)], nats, no two of them by the same computation.

    Returns:
        The remainder, and how far from 0 it may be: four standard errors, and the integral's own.
    """
    found, bound = evidence(loaded, image), elbo(loaded, image, q).value
    kl = kl_to_posterior(loaded, image, q)
    allowed = 4 * math.hypot(bound.error, kl.error) + found.error
    return found.log_p - bound.value - kl.value, allowed


@cached("Optimising q …", max_entries=128)
def optimised(loaded: LoadedModel, image: int) -> OptimisedQ:
    """The best diagonal Gaussian for an image."""
    return optimise_q(
        quadrature(loaded),
        image_of(loaded, image),
        encoder_q(loaded, image),
        evidence(loaded, image),
    )


@cached(max_entries=128)
def bounds(loaded: LoadedModel, image: int) -> list[Bound]:
    """Importance-weighted bounds of an image for each of ``SAMPLE_COUNTS``."""
    return importance_bounds(
        loaded.vae,
        images_of(loaded)[image],
        encoder_q(loaded, image),
        SAMPLE_COUNTS,
        draws=BOUND_DRAWS,
        seed=image_seed(1, image),
    )


@cached(max_entries=8)
def linear_vae(dataset: str) -> LinearVae:
    """A linear VAE with two latents, fitted to the held-out grey images."""
    return fit_linear_vae(held_out(dataset).x_ND.numpy(), 2)


@dataclass(frozen=True)
class Gaps:
    """log p(x) and the ELBO of some held-out images; nats.

    Attributes:
        image_M: their indices, shape (M,).
        log_p_M, elbo_M: of each.
        exact_M: whether a log p(x) is within the tolerance.
        error_M: its estimated error.
    """

    image_M: NDArray[np.int64]
    log_p_M: Array
    elbo_M: Array
    exact_M: NDArray[np.bool_]
    error_M: Array

    @property
    def gap_M(self) -> Array:
        return self.log_p_M - self.elbo_M


def gaps(loaded: LoadedModel, count: int) -> Iterator[tuple[float, Gaps]]:
    """log p(x) and ELBO of ``count`` images, evenly spread over the held-out ones, part by part.

    Yields:
        The share that is done, and all measured so far.
    """
    total = len(_spread(loaded, count))
    parts = []
    for at in range(0, total, _PART):
        parts.append(_gaps(loaded, count, at, min(at + _PART, total)))
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        yield min(1.0, (at + _PART) / total), Gaps(*map(np.concatenate, columns))


def _spread(loaded: LoadedModel, count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, len(images_of(loaded)) - 1, count).astype(np.int64))


@cached(max_entries=64)
def _gaps(loaded: LoadedModel, count: int, at: int, end: int) -> Gaps:
    chosen_M = _spread(loaded, count)[at:end]
    x_MD, model = images_of(loaded)[chosen_M], loaded.vae
    with torch.no_grad():
        mu_MZ = model.encode(x_MD)[0].double().numpy()
    found = quadrature(loaded).evidences(x_MD.double().numpy(), mu_MZ)
    terms = evaluate(model, x_MD, seed=at, samples=FEW_DRAWS)
    return Gaps(
        image_M=chosen_M,
        log_p_M=np.array([one.log_p for one in found]),
        elbo_M=terms.elbo_B.double().numpy(),
        exact_M=np.array([one.exact for one in found]),
        error_M=np.array([one.error for one in found]),
    )
