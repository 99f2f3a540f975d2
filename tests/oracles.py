"""Slow and plain NumPy versions of what vae_core computes; no code is shared with it.

Shape suffixes: D pixels, Z latent dimensions (2 here), G grid points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logsumexp

from vae_core.models.vae import VAE

Array = NDArray[np.float64]


def decoder_logits(model: VAE, z_GZ: Array) -> Array:
    """The decoder of a SiLU MLP, layer by layer from its weights, in float64."""
    weights = {name: value.double().numpy() for name, value in model.decoder.state_dict().items()}
    layers = sorted({int(name.split(".")[0]) for name in weights})
    hidden = z_GZ
    for layer in layers:
        hidden = hidden @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]
        if layer != layers[-1]:
            hidden = hidden * expit(hidden)
    return hidden


class Plane:
    """One model on a uniform grid over [-reach, reach]^2: for smooth decoders and binary images.

    The sum over such a grid converges faster than any power of the spacing, as long as densities
    are wider than it and end inside the square.
    """

    def __init__(self, model: VAE, reach: float = 16.0, steps: int = 257) -> None:
        axis = np.linspace(-reach, reach, steps)
        self.log_cell = 2 * np.log(axis[1] - axis[0])
        self.z_GZ = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        self.log_prior_G = -0.5 * (self.z_GZ**2).sum(1) - np.log(2 * np.pi)
        logits_GD = decoder_logits(model, self.z_GZ)
        self.log_ink_GD, self.log_blank_GD = log_expit(logits_GD), log_expit(-logits_GD)

    def log_joint(self, x_D: Array) -> Array:
        """log p(x, z) on the grid, shape (G,)."""
        return self.log_ink_GD @ x_D + self.log_blank_GD @ (1 - x_D) + self.log_prior_G

    def log_evidence(self, x_D: Array) -> float:
        """log p(x), nats."""
        return float(logsumexp(self.log_joint(x_D)) + self.log_cell)

    def kl_to_posterior(self, x_D: Array, mu_Z: Array, logvar_Z: Array) -> float:
        """KL[q(z) || p(z|x)] for a diagonal Gaussian q, nats."""
        log_q_G = -0.5 * (
            (self.z_GZ - mu_Z) ** 2 / np.exp(logvar_Z) + logvar_Z + np.log(2 * np.pi)
        ).sum(1)
        log_posterior_G = self.log_joint(x_D) - self.log_evidence(x_D)
        return float((np.exp(log_q_G + self.log_cell) * (log_q_G - log_posterior_G)).sum())


def gauss_hermite(nodes: int = 64) -> tuple[Array, Array]:
    """Nodes (nodes^2, 2) and weights (nodes^2,) for an expectation under N(0, I) in 2-D."""
    node, weight = np.polynomial.hermite_e.hermegauss(nodes)
    weight = weight / weight.sum()
    points = np.stack(np.meshgrid(node, node), axis=-1).reshape(-1, 2)
    return points, np.outer(weight, weight).ravel()
