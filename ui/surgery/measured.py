"""Cached results of ELBO surgery, for models of any number of latent dimensions."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.library.loaded import LoadedModel, encodings_of, held_out
from vae_core.aggregate.density import Bounds, log_density_grid, log_prior_grid
from vae_core.aggregate.surgery import (
    Holes,
    MarginalSplit,
    Surgery,
    prior_holes,
    split_marginal,
    surgery,
)
from vae_core.evaluation.evaluate import evaluate

DRAWS = 2
"""Draws of z for each image."""

GRID_STEPS = 120


def operation(loaded: LoadedModel) -> Surgery:
    """The ELBO of the held-out images, cut into its three parts."""
    return _operation(loaded.digest, loaded)


@st.cache_resource(show_spinner="Comparing every image with every other …", max_entries=64)
def _operation(digest: str, _loaded: LoadedModel) -> Surgery:
    encoded = encodings_of(_loaded)
    x_ND = held_out(_loaded.checkpoint.dataset).x_ND
    model = _loaded.vae
    nll_SN = [
        evaluate(model, x_ND, seed=seed).reconstruction_nll_B.numpy() for seed in range(DRAWS)
    ]
    return surgery(encoded.mu_NZ, encoded.logvar_NZ, np.stack(nll_SN), samples=DRAWS)


def marginal_split(loaded: LoadedModel) -> MarginalSplit:
    """KL[q(z) || p(z)] as total correlation and each dimension's own."""
    return _marginal_split(loaded.digest, loaded)


@st.cache_resource(show_spinner="Measuring every dimension …", max_entries=64)
def _marginal_split(digest: str, _loaded: LoadedModel) -> MarginalSplit:
    encoded = encodings_of(_loaded)
    return split_marginal(encoded.mu_NZ, encoded.logvar_NZ)


def holes(loaded: LoadedModel) -> Holes:
    """Draws from the prior, and which of them no image is encoded near."""
    return _holes(loaded.digest, loaded)


@st.cache_resource(show_spinner=False, max_entries=64)
def _holes(digest: str, _loaded: LoadedModel) -> Holes:
    encoded = encodings_of(_loaded)
    return prior_holes(encoded.mu_NZ, encoded.logvar_NZ)


def densities(
    loaded: LoadedModel, bounds: Bounds
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """log q(z) and log p(z) on a grid over a two-dimensional latent space, each (H, W)."""
    return _densities(loaded.digest, bounds, loaded)


@st.cache_resource(show_spinner=False, max_entries=64)
def _densities(
    digest: str, bounds: Bounds, _loaded: LoadedModel
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    encoded = encodings_of(_loaded)
    log_q_HW = log_density_grid(encoded.mu_NZ, encoded.logvar_NZ, bounds, GRID_STEPS, GRID_STEPS)
    return log_q_HW, log_prior_grid(bounds, GRID_STEPS, GRID_STEPS)
