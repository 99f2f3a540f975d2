"""Cached results of exact inference, for models with two latent dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ui import cached
from ui.cached import LoadedModel
from vae_core.aggregate import Bounds
from vae_core.linear_vae import LinearVae, fit_linear_vae
from vae_core.optimal_q import OptimisedQ, optimise_q
from vae_core.posteriors import (
    Bound,
    Expectations,
    GaussianQ,
    MonteCarloElbo,
    expectations,
    importance_bounds,
    monte_carlo_elbo,
)
from vae_core.quadrature import Evidence, Quadrature

Array = NDArray[np.float64]

ELBO_DRAWS = 2000
SAMPLE_COUNTS = (1, 2, 5, 10, 50, 500, 5000)
"""K of the importance-weighted bounds."""
BOUND_DRAWS = 10_000
_PICTURE_STEPS = 60


def images(loaded: LoadedModel) -> torch.Tensor:
    """The held-out images as this model's likelihood takes them, (N, D).

    A Bernoulli likelihood gives probabilities to black and white pixels only, so each is drawn
    once as one of them.
    """
    dataset = loaded.checkpoint.dataset
    if cached.can_compare_binary(loaded):
        return cached.binary_images(dataset).x_ND
    return cached.held_out(dataset).x_ND


def image(loaded: LoadedModel, n: int) -> Array:
    """One of ``images`` in float64, shape (D,)."""
    return images(loaded)[n].double().numpy()


@torch.no_grad()
def encoder_q(loaded: LoadedModel, n: int) -> GaussianQ:
    """q(z|x) of one of ``images``."""
    mu_1Z, logvar_1Z = loaded.vae.encode(images(loaded)[n : n + 1])
    return GaussianQ(mu_1Z[0].numpy(), logvar_1Z[0].numpy())


def quadrature(loaded: LoadedModel) -> Quadrature:
    """The model's plane, coarsely cut and decoded."""
    return _quadrature(loaded.digest, loaded)


# 70 MB each.
@st.cache_resource(show_spinner="Decoding the plane …", max_entries=4)
def _quadrature(digest: str, _loaded: LoadedModel) -> Quadrature:
    return Quadrature(_loaded.vae)


def evidence(loaded: LoadedModel, n: int) -> Evidence:
    """log p(x) of an image."""
    return _evidence(loaded.digest, n, loaded)


@st.cache_resource(show_spinner=False, max_entries=512)
def _evidence(digest: str, n: int, _loaded: LoadedModel) -> Evidence:
    return quadrature(_loaded).evidence(image(_loaded, n), encoder_q(_loaded, n).mu_Z)


def posterior_picture(loaded: LoadedModel, n: int, bounds: Bounds) -> Array:
    """The true posterior in a window, relative to its highest value there, (steps, steps)."""
    return _posterior_picture(loaded.digest, n, bounds, loaded)


@st.cache_resource(show_spinner=False, max_entries=128)
def _posterior_picture(digest: str, n: int, bounds: Bounds, _loaded: LoadedModel) -> Array:
    grid = quadrature(_loaded).log_joint_grid(image(_loaded, n), bounds, _PICTURE_STEPS)
    return np.asarray(np.exp(grid - grid.max()))


def elbo(loaded: LoadedModel, n: int, q: GaussianQ) -> MonteCarloElbo:
    """The ELBO of any q, sampled with the model itself."""
    return _elbo(loaded.digest, n, _key(q), loaded)


@st.cache_resource(show_spinner=False, max_entries=512)
def _elbo(
    digest: str, n: int, q: tuple[tuple[float, ...], ...], _loaded: LoadedModel
) -> MonteCarloElbo:
    return monte_carlo_elbo(
        _loaded.vae, images(_loaded)[n], _from_key(q), samples=ELBO_DRAWS, seed=0
    )


def terms(loaded: LoadedModel, n: int, q: GaussianQ) -> Expectations:
    """The expectations of the identity under any q, by quadrature."""
    return _terms(loaded.digest, n, _key(q), loaded)


@st.cache_resource(show_spinner=False, max_entries=512)
def _terms(
    digest: str, n: int, q: tuple[tuple[float, ...], ...], _loaded: LoadedModel
) -> Expectations:
    return expectations(quadrature(_loaded), image(_loaded, n), _from_key(q))


def optimised(loaded: LoadedModel, n: int) -> OptimisedQ:
    """The best diagonal Gaussian for an image."""
    return _optimised(loaded.digest, n, loaded)


@st.cache_resource(show_spinner="Optimising q …", max_entries=128)
def _optimised(digest: str, n: int, _loaded: LoadedModel) -> OptimisedQ:
    return optimise_q(
        quadrature(_loaded), image(_loaded, n), encoder_q(_loaded, n), evidence(_loaded, n)
    )


def bounds(loaded: LoadedModel, n: int) -> list[Bound]:
    """Importance-weighted bounds of an image for each of ``SAMPLE_COUNTS``."""
    return _bounds(loaded.digest, n, loaded)


@st.cache_resource(show_spinner=False, max_entries=128)
def _bounds(digest: str, n: int, _loaded: LoadedModel) -> list[Bound]:
    return importance_bounds(
        _loaded.vae,
        images(_loaded)[n],
        encoder_q(_loaded, n),
        SAMPLE_COUNTS,
        draws=BOUND_DRAWS,
        seed=1,
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def linear_vae(dataset: str) -> LinearVae:
    """A linear VAE with two latents, fitted to the held-out grey images."""
    return fit_linear_vae(cached.held_out(dataset).x_ND.numpy(), 2)


@dataclass(frozen=True)
class Gaps:
    """log p(x) and the ELBO of some held-out images; nats.

    Attributes:
        image_M: their indices, shape (M,).
        log_p_M, elbo_M: of each.
        exact: how many log p(x) are within the tolerance.
        worst_error: the largest estimated error of a log p(x).
    """

    image_M: NDArray[np.int64]
    log_p_M: Array
    elbo_M: Array
    exact: int
    worst_error: float

    @property
    def gap_M(self) -> Array:
        return self.log_p_M - self.elbo_M


def gaps(loaded: LoadedModel, count: int) -> Gaps:
    """Of ``count`` images, evenly spread over the held-out ones."""
    return _gaps(loaded.digest, count, loaded)


@st.cache_resource(show_spinner="Measuring every image of the sample …", max_entries=32)
def _gaps(digest: str, count: int, _loaded: LoadedModel) -> Gaps:
    plane, model = quadrature(_loaded), _loaded.vae
    chosen = np.unique(np.linspace(0, len(images(_loaded)) - 1, count).astype(np.int64))
    found, elbos = [], []
    for n in chosen:
        q = encoder_q(_loaded, n)
        found.append(plane.evidence(image(_loaded, n), q.mu_Z))
        bound = monte_carlo_elbo(model, images(_loaded)[n], q, samples=ELBO_DRAWS // 4, seed=0)
        elbos.append(bound.value.value)
    return Gaps(
        image_M=chosen,
        log_p_M=np.array([one.log_p for one in found]),
        elbo_M=np.array(elbos),
        exact=sum(one.exact for one in found),
        worst_error=max(one.error for one in found),
    )


def _key(q: GaussianQ) -> tuple[tuple[float, ...], ...]:
    return tuple(map(float, q.mu_Z)), tuple(map(float, q.logvar_Z))


def _from_key(key: tuple[tuple[float, ...], ...]) -> GaussianQ:
    return GaussianQ(np.array(key[0]), np.array(key[1]))
