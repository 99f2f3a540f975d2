"""Cached results of ELBO surgery, for models of any number of latent dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, encodings_of, held_out
from ui.library.shipped import shipped
from vae_core.aggregate.density import Bounds, log_density_grid, log_prior_grid
from vae_core.aggregate.sample_size import AtSize
from vae_core.aggregate.surgery import (
    Holes,
    MarginalSplit,
    Surgery,
    prior_holes,
    split_marginal,
)
from vae_core.storage.measured import surgery_of
from vae_core.storage.training_posteriors import (
    SUFFIX,
    load_training_posteriors,
)

GRID_STEPS = 120


@cached("Comparing every image with every other …", max_entries=64)
def operation(loaded: LoadedModel) -> Surgery:
    """The ELBO of the held-out images, cut into its three parts."""
    if (known := shipped(loaded)) is not None:
        return known.surgery
    return surgery_of(loaded.vae, held_out(loaded.dataset).x_ND, encodings_of(loaded))


@cached("Measuring every dimension …", max_entries=64)
def marginal_split(loaded: LoadedModel) -> MarginalSplit:
    """KL[q(z) || p(z)] as total correlation and each dimension's own."""
    encoded = encodings_of(loaded)
    return split_marginal(encoded.mu_NZ, encoded.logvar_NZ)


@cached(max_entries=64)
def holes(loaded: LoadedModel) -> Holes:
    """Draws from the prior, and which of them no image is encoded near."""
    encoded = encodings_of(loaded)
    return prior_holes(encoded.mu_NZ, encoded.logvar_NZ)


@cached(max_entries=64)
def densities(
    loaded: LoadedModel, bounds: Bounds
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """log q(z) and log p(z) on a grid over a two-dimensional latent space, each (H, W)."""
    encoded = encodings_of(loaded)
    log_q_HW = log_density_grid(encoded.mu_NZ, encoded.logvar_NZ, bounds, GRID_STEPS, GRID_STEPS)
    return log_q_HW, log_prior_grid(bounds, GRID_STEPS, GRID_STEPS)


@cached(max_entries=64)
def by_size(loaded: LoadedModel) -> tuple[AtSize, ...]:
    """The same for mixtures of ever more training images; empty where these are not at hand."""
    path = loaded.entry.path
    found = load_training_posteriors(path.with_name(path.stem + SUFFIX), loaded.digest)
    return () if found is None else found.by_size
