"""How good a model is on images it has not seen, in nats per image.

Shape suffixes: N images, B chunk, S samples, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vae_core.models.base import LatentModel
from vae_core.models.elbo import ElboTerms
from vae_core.models.vae import VAE

_CHUNK = 1000  # images at once, so that memory stays bounded for any data set

ACTIVE_UNIT_VARIANCE = 0.01
"""A dimension is active if Var_x(E_q[z_j]) reaches this (Burda et al. 2016, arXiv:1509.00519)."""


@torch.no_grad()
def evaluate(model: LatentModel, x_ND: Tensor, *, seed: int, samples: int = 1) -> ElboTerms:
    """Terms of the ELBO for every image, averaged over ``samples`` draws of z ~ q(z|x).

    z is sampled: decoding the mean instead would drop the sampling noise, and the result
    would no longer be a bound.

    Args:
        x_ND: images in [0, 1], shape (N, D), on the model's device.
        seed: of the draws; the same seed gives the same numbers whatever else runs.
        samples: draws of z per image, >= 1.
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    generator = torch.Generator().manual_seed(seed)
    nll, kl = [], []
    for x_BD in x_ND.split(_CHUNK):
        draws = []
        for _ in range(samples):
            # Drawn on the CPU: the same seed then means the same noise on every device.
            noise = model.noise(len(x_BD), generator).to(x_BD.device)
            terms = model.elbo_terms(x_BD, noise)
            draws.append(terms.reconstruction_nll_B)
        nll.append(torch.stack(draws).mean(0))
        kl.append(terms.kl_B)
    return ElboTerms(reconstruction_nll_B=torch.cat(nll), kl_B=torch.cat(kl))


@torch.no_grad()
def importance_weighted_bound(model: VAE, x_ND: Tensor, *, samples: int, seed: int) -> Tensor:
    r"""A lower bound on log p(x) that tightens with the number of samples.

    .. math:: \log \frac1K \sum_k \frac{p(x|z_k)\,p(z_k)}{q(z_k|x)}, \quad z_k \sim q(z|x)

    Args:
        x_ND: images in [0, 1], shape (N, D).
        samples: K >= 1; K = 1 is the ELBO.

    Returns:
        bound_N: nats per image, shape (N,).

    Source: Burda et al. 2016, arXiv:1509.00519, equation 8.
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    generator = torch.Generator().manual_seed(seed)
    bounds = []
    for x_BD in x_ND.split(_CHUNK):
        mu_BZ, logvar_BZ = model.encode(x_BD)
        total_B = torch.full((len(x_BD),), -math.inf, device=x_BD.device)
        for _ in range(samples):
            noise_BZ = model.noise(len(x_BD), generator).to(x_BD.device)
            z_BZ = mu_BZ + torch.exp(0.5 * logvar_BZ) * noise_BZ
            # log p(z) - log q(z|x): the constants of the two Gaussians cancel.
            log_ratio_B = 0.5 * (noise_BZ**2 + logvar_BZ - z_BZ**2).sum(-1)
            nll_B = model.likelihood.nll(model.decoder(z_BZ).float(), x_BD)
            total_B = torch.logaddexp(total_B, log_ratio_B - nll_B)
        bounds.append(total_B - math.log(samples))
    return torch.cat(bounds)


def active_units(mu_NZ: Tensor) -> Tensor:
    """Which latent dimensions carry information: boolean, shape (Z,)."""
    return mu_NZ.var(dim=0, correction=0) >= ACTIVE_UNIT_VARIANCE
