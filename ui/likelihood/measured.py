"""Measurements of the Likelihood page, kept by model.

Shape suffixes: N images, D pixels.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ui.library.loaded import LoadedModel, binary_images, held_out, images_of
from vae_core.evaluation.evaluate import evaluate
from vae_core.evaluation.pixels import draw_pixels, pixel_nll, squared_errors

DRAWS = 256
"""Of z, for the costs of an image's pixels."""

Array = NDArray[np.float32]


def pixel_costs(loaded: LoadedModel, n: int) -> Array:
    """E_q[-log p(x_d|z)] of each pixel of one of ``cached_exact.images``, nats, shape (D,)."""
    return _pixel_costs(loaded.digest, n, loaded)


@st.cache_resource(show_spinner=False, max_entries=256)
def _pixel_costs(digest: str, n: int, _loaded: LoadedModel) -> Array:
    x_D = images_of(_loaded)[n]
    return np.asarray(pixel_nll(_loaded.vae, x_D, draws=DRAWS, seed=0).numpy())


def squared_error(loaded: LoadedModel) -> float:
    """E_q of ||x - mean image||^2, summed over pixels, mean over the grey held-out images."""
    return _squared_error(loaded.digest, loaded)


@st.cache_resource(show_spinner=False, max_entries=64)
def _squared_error(digest: str, _loaded: LoadedModel) -> float:
    x_ND = held_out(_loaded.checkpoint.dataset).x_ND
    return float(squared_errors(_loaded.vae, x_ND, seed=0).mean())


def average_image_nll(loaded: LoadedModel) -> float:
    """Bernoulli NLL of the grey held-out images if each is given their average; nats per image."""
    return _average_image_nll(loaded.checkpoint.dataset)


@st.cache_resource(show_spinner=False, max_entries=8)
def _average_image_nll(dataset: str) -> float:
    mean_D = held_out(dataset).x_ND.double().mean(dim=0)
    # The NLL is linear in x, so the mean over images is that of the average image.
    entropy_D = -torch.xlogy(mean_D, mean_D) - torch.xlogy(1 - mean_D, 1 - mean_D)
    return float(entropy_D.sum())


def binary_terms(loaded: LoadedModel) -> tuple[float, float]:
    """Reconstruction NLL and KL on black and white pixels, nats per image, means."""
    return _binary_terms(loaded.digest, loaded)


@st.cache_resource(show_spinner=False, max_entries=64)
def _binary_terms(digest: str, _loaded: LoadedModel) -> tuple[float, float]:
    terms = evaluate(_loaded.vae, binary_images(_loaded.checkpoint.dataset).x_ND, seed=0)
    return float(terms.reconstruction_nll_B.mean()), float(terms.kl_B.mean())


def drawn_images(loaded: LoadedModel, chosen: tuple[int, ...], seed: int) -> Array:
    """A draw from p(x|z), z ~ q(z|x), for some held-out images, clipped to [0, 1], (N, D)."""
    return _drawn_images(loaded.digest, chosen, seed, loaded)


@st.cache_resource(show_spinner=False, max_entries=128)
def _drawn_images(digest: str, chosen: tuple[int, ...], seed: int, _loaded: LoadedModel) -> Array:
    x_ND = images_of(_loaded)[torch.tensor(chosen)]
    return np.asarray(draw_pixels(_loaded.vae, x_ND, seed=seed).clamp(0, 1).numpy())
