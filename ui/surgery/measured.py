"""Cached results of ELBO surgery, for models of any number of latent dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, encodings_of, held_out
from vae_core.aggregate.density import Bounds, log_density_grid, log_prior_grid
from vae_core.aggregate.sample_size import AtSize, surgery_by_size
from vae_core.aggregate.surgery import (
    Holes,
    MarginalSplit,
    Surgery,
    prior_holes,
    split_marginal,
    surgery,
)
from vae_core.evaluation.evaluate import evaluate
from vae_core.storage.training_posteriors import (
    SUFFIX,
    TrainingPosteriors,
    load_training_posteriors,
)

DRAWS = 2
"""Draws of z for each image."""

GRID_STEPS = 120

SIZES = (500, 1000, 2000, 5000, 15_000, 55_000)
"""N, the numbers of images whose mixture q(z) is."""
SIZE_DRAWS = 2000


@cached("Comparing every image with every other …", max_entries=64)
def operation(loaded: LoadedModel) -> Surgery:
    """The ELBO of the held-out images, cut into its three parts."""
    encoded = encodings_of(loaded)
    x_ND = held_out(loaded.dataset).x_ND
    model = loaded.vae
    nll_SN = [
        evaluate(model, x_ND, seed=seed).reconstruction_nll_B.numpy() for seed in range(DRAWS)
    ]
    return surgery(encoded.mu_NZ, encoded.logvar_NZ, np.stack(nll_SN), samples=DRAWS)


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


@cached("Comparing with the training images …", max_entries=16)
def by_size(loaded: LoadedModel) -> list[AtSize]:
    """The same for mixtures of ever more training images; empty where these are not at hand."""
    found = _training_posteriors(loaded)
    if found is None:
        return []
    sizes = [size for size in SIZES if size < len(found.mu_NZ)] + [len(found.mu_NZ)]
    return surgery_by_size(found.mu_NZ, found.logvar_NZ, sizes, draws=SIZE_DRAWS)


def _training_posteriors(loaded: LoadedModel) -> TrainingPosteriors | None:
    """Those that lie beside a bundled model."""
    path = loaded.entry.path
    return load_training_posteriors(path.with_name(path.stem + SUFFIX), loaded.digest)
