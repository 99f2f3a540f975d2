"""Where a model puts a set of images, and what each costs: the record every view is drawn from.

Shape suffixes: N images, D pixels, Z latent dimensions, P points asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import torch
from numpy.typing import NDArray

from vae_core.data.images import LabelledImages
from vae_core.evaluation.evaluate import active_units, evaluate
from vae_core.models.base import LatentModel
from vae_core.models.elbo import kl_per_dimension
from vae_core.models.vae import VAE

FloatArray = NDArray[np.float32]

MAX_GRID = 100
_OUTERMOST_QUANTILE = 0.05  # a sheet covers the prior's middle 90% along each axis


@dataclass(frozen=True)
class Encodings:
    """One row per image; nats per image.

    Attributes:
        mu_NZ, logvar_NZ: mean and log-variance of q(z|x), float32, shape (N, Z).
        label_N: class of each image, shape (N,).
        reconstruction_nll_N, kl_N: terms of the ELBO (one draw of z), shape (N,).
        kl_Z: mean KL of each latent dimension, shape (Z,).
        active_Z: whether a dimension carries information (``active_units``), shape (Z,).
    """

    mu_NZ: FloatArray
    logvar_NZ: FloatArray
    label_N: NDArray[np.int64]
    reconstruction_nll_N: FloatArray
    kl_N: FloatArray
    kl_Z: FloatArray
    active_Z: NDArray[np.bool_]

    @property
    def elbo_N(self) -> FloatArray:
        """The lower bound on log p(x), beta = 1, shape (N,)."""
        return -(self.reconstruction_nll_N + self.kl_N)


@torch.no_grad()
def encode_images(model: VAE, images: LabelledImages, *, seed: int = 0) -> Encodings:
    """Encode a data set; ``seed`` is that of the draws of z in the reconstruction term."""
    terms = evaluate(model, images.x_ND, seed=seed)
    mu_NZ, logvar_NZ = model.encode(images.x_ND)
    return Encodings(
        mu_NZ=mu_NZ.numpy(),
        logvar_NZ=logvar_NZ.numpy(),
        label_N=images.label_N.numpy(),
        reconstruction_nll_N=terms.reconstruction_nll_B.numpy(),
        kl_N=terms.kl_B.numpy(),
        kl_Z=kl_per_dimension(mu_NZ, logvar_NZ).mean(0).numpy(),
        active_Z=active_units(mu_NZ).numpy(),
    )


@torch.no_grad()
def decode_latents(model: LatentModel, z_PZ: NDArray[np.floating]) -> FloatArray:
    """Mean images for latents (P, Z) as pictures, clipped to [0, 1], shape (P, D).

    Only means of Gaussian pixels can lie outside.
    """
    images_PD = model.decode(torch.as_tensor(z_PZ, dtype=torch.float32))
    clipped: FloatArray = images_PD.clamp(0, 1).numpy()
    return clipped


def prior_samples(model: LatentModel, count: int, *, seed: int) -> FloatArray:
    """Mean images of ``count`` draws z ~ p(z), shape (count, D).

    The same seed draws the same z for every model of one kind with as many dimensions.
    """
    z_PZ = model.draw_prior(count, np.random.default_rng(seed))
    return decode_latents(model, z_PZ.numpy())


def nearest_images(mu_NZ: FloatArray, z_Z: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Indices of the images whose posterior means lie nearest to z, nearest first."""
    distance_N = ((mu_NZ - np.asarray(z_Z)) ** 2).sum(axis=1)
    return np.argsort(distance_N, kind="stable")[:count]


def manifold_grid(count: int) -> NDArray[np.float64]:
    """Points of the plane at even quantiles of N(0, I), rows from the top: z2 rises upwards.

    Args:
        count: G, points along each axis, 2 to 100.

    Returns:
        z of shape (G * G, 2), in the reading order of a sheet.

    Source: Kingma & Welling 2014, arXiv:1312.6114, figure 4.
    """
    if not 2 <= count <= MAX_GRID:
        raise ValueError(f"grid must be a whole number from 2 to {MAX_GRID}, got {count}")
    quantiles_G = np.linspace(_OUTERMOST_QUANTILE, 1 - _OUTERMOST_QUANTILE, count)
    axis_G = np.array([NormalDist().inv_cdf(quantile) for quantile in quantiles_G])
    z1_GG, z2_GG = np.meshgrid(axis_G, axis_G[::-1])
    return np.stack([z1_GG.ravel(), z2_GG.ravel()], axis=1)
