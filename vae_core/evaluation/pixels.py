"""What single pixels cost a model, and how far its means are from the images.

Shape suffixes: N images, B batch, D pixels, S draws, Z latent dimensions.
"""

from __future__ import annotations

import torch
from torch import Tensor

from vae_core.models.elbo import reparameterise
from vae_core.models.vae import VAE

_CHUNK = 1000


@torch.no_grad()
def pixel_nll(model: VAE, x_D: Tensor, *, draws: int, seed: int) -> Tensor:
    """E_q[-log p(x_d | z)] of every pixel of one image, nats, shape (D,), by Monte Carlo.

    Its sum is the reconstruction term of the ELBO.

    Args:
        x_D: an image in [0, 1], shape (D,).
        draws: of z ~ q(z|x), >= 1.
    """
    output_SD = _outputs(model, x_D.expand(draws, -1), seed)
    x_SD = x_D.expand_as(output_SD)
    one_each = model.likelihood.nll(output_SD.reshape(-1, 1), x_SD.reshape(-1, 1))
    return one_each.reshape(draws, -1).mean(dim=0)


@torch.no_grad()
def squared_errors(model: VAE, x_ND: Tensor, *, seed: int) -> Tensor:
    """E_q of ||x - mean image||^2, one draw of z an image, summed over pixels, shape (N,)."""
    parts = [
        ((x_BD - model.likelihood.mean(_outputs(model, x_BD, seed + place))) ** 2).sum(dim=1)
        for place, x_BD in enumerate(x_ND.split(_CHUNK))
    ]
    return torch.cat(parts)


@torch.no_grad()
def draw_pixels(model: VAE, x_ND: Tensor, *, seed: int) -> Tensor:
    """One draw x' ~ p(x|z) for one z ~ q(z|x) of every image, shape (N, D), not clipped."""
    output_ND = _outputs(model, x_ND, seed)
    generator = torch.Generator().manual_seed(seed)
    return model.likelihood.draw(output_ND, generator)


def _outputs(model: VAE, x_BD: Tensor, seed: int) -> Tensor:
    """The decoder's outputs for one z ~ q(z|x) of each image, (B, D)."""
    noise_BZ = model.noise(len(x_BD), torch.Generator().manual_seed(seed))
    output_BD: Tensor = model.decoder(reparameterise(*model.encode(x_BD), noise_BZ)).float()
    return output_BD
