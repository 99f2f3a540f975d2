"""Measurements of the Likelihood page, kept by model.

Shape suffixes: N images, D pixels.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, binary_images, held_out, images_of
from vae_core.evaluation.evaluate import evaluate
from vae_core.evaluation.pixels import draw_pixels, pixel_nll, squared_errors
from vae_core.statistics import image_seed

DRAWS = 256
"""Draws of z for the costs of an image's pixels."""

Array = NDArray[np.float32]


@cached(max_entries=256)
def pixel_costs(loaded: LoadedModel, image: int) -> Array:
    """E_q[-log p(x_d|z)] of each pixel of one of ``images_of``, nats, shape (D,)."""
    x_D = images_of(loaded)[image]
    seed = image_seed(0, image)
    return np.asarray(pixel_nll(loaded.vae, x_D, draws=DRAWS, seed=seed).numpy())


@torch.no_grad()
def posterior_mean(loaded: LoadedModel, n: int) -> Array:
    """The mean of q(z|x) of one of ``images_of``, for any number of dimensions, shape (Z,)."""
    return np.asarray(loaded.vae.encode(images_of(loaded)[n : n + 1])[0][0].numpy())


@cached(max_entries=64)
def squared_error(loaded: LoadedModel) -> float:
    """E_q of ||x - mean image||^2, summed over pixels, mean over the grey held-out images."""
    x_ND = held_out(loaded.dataset).x_ND
    return float(squared_errors(loaded.vae, x_ND, seed=0).mean())


@cached(max_entries=8)
def average_image_nll(dataset: str) -> float:
    """Bernoulli NLL of the grey held-out images if each is given their average; nats per image."""
    mean_D = held_out(dataset).x_ND.double().mean(dim=0)
    # The NLL is linear in x, so the mean over images is that of the average image.
    entropy_D = -torch.xlogy(mean_D, mean_D) - torch.xlogy(1 - mean_D, 1 - mean_D)
    return float(entropy_D.sum())


@cached(max_entries=64)
def binary_terms(loaded: LoadedModel) -> tuple[float, float]:
    """Reconstruction NLL and KL on black and white pixels, nats per image, means."""
    terms = evaluate(loaded.vae, binary_images(loaded.dataset).x_ND, seed=0)
    return float(terms.reconstruction_nll_B.mean()), float(terms.kl_B.mean())


@cached(max_entries=128)
def drawn_images(loaded: LoadedModel, chosen: tuple[int, ...], seed: int) -> Array:
    """A draw from p(x|z), z ~ q(z|x), for some held-out images, clipped to [0, 1], (N, D)."""
    x_ND = images_of(loaded)[torch.tensor(chosen)]
    return np.asarray(draw_pixels(loaded.vae, x_ND, seed=seed).clamp(0, 1).numpy())
