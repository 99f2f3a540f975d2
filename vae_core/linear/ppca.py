"""A linear VAE at its optimum, probabilistic PCA: a model whose ELBO has no gap.

Its true posterior is a diagonal Gaussian, so an encoder can be exactly right.

Shape suffixes: N images, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from vae_core.models.elbo import kl_to_standard_normal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LinearVae:
    """p(x|z) = N(x; mean + W z, noise_variance I) with W of orthogonal columns.

    Attributes:
        mean_D: shape (D,).
        weight_DZ: W, shape (D, Z).
        noise_variance: sigma^2.
    """

    mean_D: Array
    weight_DZ: Array
    noise_variance: float

    def posterior(self, x_D: ArrayLike) -> tuple[Array, Array]:
        """Mean and log-variance of p(z|x), each (Z,): W is orthogonal, so it is diagonal."""
        precision_Z = (self.weight_DZ**2).sum(axis=0) + self.noise_variance
        mu_Z = self.weight_DZ.T @ (np.asarray(x_D, np.float64) - self.mean_D) / precision_Z
        return mu_Z, np.log(self.noise_variance / precision_Z)

    def log_evidence(self, x_D: ArrayLike) -> float:
        """log N(x; mean, W W' + sigma^2 I), nats, from the D x D covariance; no z in it."""
        pixels = len(self.mean_D)
        weight_DZ = torch.from_numpy(self.weight_DZ.copy())
        noise_DD = self.noise_variance * torch.eye(pixels, dtype=torch.float64)
        root_DD = torch.linalg.cholesky(weight_DZ @ weight_DZ.T + noise_DD)
        centred_D1 = torch.from_numpy(np.asarray(x_D, np.float64) - self.mean_D)[:, None]
        white_D1 = torch.linalg.solve_triangular(root_DD, centred_D1, upper=False)
        log_determinant = 2 * root_DD.diagonal().log().sum()
        square = white_D1.square().sum()
        return float(-0.5 * (square + log_determinant + pixels * math.log(2 * math.pi)))

    def elbo(self, x_D: ArrayLike, mu_Z: Array, logvar_Z: Array) -> float:
        """E_q[log p(x|z)] - KL[q || p(z)] for q = N(mu, diag(exp(logvar))), closed form, nats."""
        error_D = np.asarray(x_D, np.float64) - self.mean_D - self.weight_DZ @ mu_Z
        square = error_D @ error_D + np.exp(logvar_Z) @ (self.weight_DZ**2).sum(axis=0)
        nll = 0.5 * (
            square / self.noise_variance
            + len(self.mean_D) * math.log(2 * math.pi * self.noise_variance)
        )
        kl = kl_to_standard_normal(torch.as_tensor(mu_Z)[None], torch.as_tensor(logvar_Z)[None])
        return float(-nll - float(kl))


def fit_linear_vae(x_ND: ArrayLike, latent_dim: int) -> LinearVae:
    """The maximum of the likelihood, in closed form from the covariance with 1/N.

    Raises:
        ValueError: the images are no table of finite numbers, or have too few varying pixels.

    Source: Tipping & Bishop 1999, "Probabilistic principal component analysis".
    """
    x = np.asarray(x_ND, np.float64)
    if x.ndim != 2 or not np.isfinite(x).all() or not 1 <= latent_dim < min(x.shape):
        raise ValueError(
            f"a linear VAE with {latent_dim} latents needs a table of more images and pixels than "
            f"that, got {x.shape}"
        )
    mean_D = x.mean(axis=0)
    # In torch, which keeps to one thread where it was told to: NumPy's would collide with others.
    centred_ND = torch.from_numpy(x - mean_D)
    spectrum = torch.linalg.eigh(centred_ND.T @ centred_ND / len(x))
    variance_D = spectrum.eigenvalues.flip(0).numpy()
    direction_DD = spectrum.eigenvectors.flip(1).numpy()
    noise = float(np.maximum(variance_D[latent_dim:], 0).mean())
    if noise <= 0:
        raise ValueError(f"the images vary in no more than {latent_dim} directions")
    scale_Z = np.sqrt(np.maximum(variance_D[:latent_dim] - noise, 0))
    return LinearVae(mean_D, direction_DD[:, :latent_dim] * scale_Z, noise)
