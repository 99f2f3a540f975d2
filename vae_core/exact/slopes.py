r"""log p(x|z) of many images at many latents, as products of matrices.

.. math:: \log p(x|z) = x \cdot \mathrm{slope}(z) - \mathrm{offset}(z) + \mathrm{constant}(x)

So it is for every likelihood of an exponential family with a fixed dispersion: a latent is
decoded once for all images, and an image costs one product instead of a pass over all outputs.

Shape suffixes: N images, B latents, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from vae_core.models.vae import VAE

Array = NDArray[np.float64]

_ROUNDING = 0.05  # of a tolerance: more, and float32 is too coarse for it
_PROBES = 9  # latents an axis where float32 is compared with float64


class Slopes:
    """The decoder and the likelihood of a model, in float64 and in float32.

    Attributes:
        decoder: in float64.
        rounding: how far log p(x|z) is off in float32, nats: the most over places of the prior,
            for the mean image of each, since where an image is unlikely it does not matter.
    """

    def __init__(self, model: VAE) -> None:
        self.likelihood, self.pixels = model.likelihood, model.config.pixels
        self.decoder = copy.deepcopy(model.decoder).double().requires_grad_(False)
        self._decoder_32 = copy.deepcopy(self.decoder).float()
        axis = np.linspace(-2, 2, _PROBES)
        z_B2 = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        with torch.no_grad():
            x_BD = self.likelihood.mean(self.decoder(torch.from_numpy(z_B2))).numpy()
        exact, rounded = (
            x_slope(self.tabulate(z_B2, dtype), x_BD) for dtype in (torch.float64, torch.float32)
        )
        self.rounding = float(np.abs(exact - rounded).diagonal().max())

    def precision(self, tolerance: float) -> torch.dtype:
        """float32 if it is precise enough for an error of ``tolerance`` nats."""
        return torch.float32 if self.rounding < _ROUNDING * tolerance else torch.float64

    @torch.no_grad()
    def tabulate(self, z_BZ: Array, dtype: torch.dtype) -> tuple[Tensor, Array]:
        """Slopes, (B, D) of ``dtype``, and offsets, (B,), of latents."""
        decoder = self._decoder_32 if dtype == torch.float32 else self.decoder
        output_BD = decoder(torch.from_numpy(z_BZ).to(dtype))
        x_BD = torch.zeros_like(output_BD, requires_grad=True)
        with torch.enable_grad():
            offset_B = self.likelihood.nll(output_BD, x_BD)
            (gradient_BD,) = torch.autograd.grad(offset_B.sum(), x_BD)
        return -gradient_BD, offset_B.detach().double().numpy()

    def constants(self, x_ND: Array) -> Array:
        """What depends on the image alone, (N,): the rest of log p(x|z) at z = 0."""
        z_1Z = np.zeros((1, 2))
        known_N = x_slope(self.tabulate(z_1Z, torch.float64), x_ND)[:, 0]
        return self.each(np.broadcast_to(z_1Z, (len(x_ND), 2)), x_ND) - known_N

    @torch.no_grad()
    def each(self, z_NZ: ArrayLike, x_ND: ArrayLike) -> Array:
        """log p(x|z) in float64 of each image at its own latent, nats, (N,).

        Args:
            x_ND: or one image, (1, D), for all latents.
        """
        output_ND = self.decoder(torch.tensor(np.asarray(z_NZ, np.float64)))
        x = torch.from_numpy(np.asarray(x_ND, np.float64)).expand_as(output_ND)
        return np.asarray(-self.likelihood.nll(output_ND, x).numpy())


def x_slope(table: tuple[Tensor, Array], x_ND: Array) -> Array:
    """log p(x|z) without the constants of the images, (N, B)."""
    slope_BD, offset_B = table
    product_NB = torch.from_numpy(x_ND).to(slope_BD.dtype) @ slope_BD.T
    return np.asarray(product_NB.double().numpy() - offset_B)
