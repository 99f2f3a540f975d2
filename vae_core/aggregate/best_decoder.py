r"""What overlap costs: the best that any decoder could do for a fixed encoder, beside ours.

Images x_1..x_N are equally likely and z ~ q(z|x_n). Then

* E[x|z] = sum_n r_n(z) x_n has the least squared error of all decoders; that error is
  1/2 sum_ij E[r_i r_j] ||x_i - x_j||^2: overlap, weighted by how different the images are;
* with binary pixels, the same blend has the least NLL of all decoders that draw their pixels
  independently of one another;
* for distinct binary images, no decoder of any kind has an NLL below H(n|z).

Shape suffixes: N images, S draws of z, D pixels, Z latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.aggregate.overlap import Array, checked_posteriors, responsibilities, scaled_logvar
from vae_core.likelihoods import bernoulli_nll
from vae_core.models.vae import VAE
from vae_core.statistics import Estimate


@dataclass(frozen=True)
class Cost:
    """Means over the same draws of z, per image. Every z keeps the order of the bounds.

    Attributes:
        scale: every sigma was multiplied by this.
        equivocation: H(n|z), nats: what no decoder's NLL is below if all images are distinct.
        best_nll: NLL of the best decoder with independent pixels, nats.
        model_nll: NLL of the model's decoder, nats.
        best_squared_error: of the best decoder, summed over pixels.
        model_squared_error: of the mean image of the model's decoder, summed over pixels.
        collision: chance that two images drawn from r(z) are different ones.
    """

    scale: float
    equivocation: Estimate
    best_nll: Estimate
    model_nll: Estimate
    best_squared_error: Estimate
    model_squared_error: Estimate
    collision: Estimate

    @property
    def colliding_distance(self) -> float:
        """Mean squared distance, summed over pixels, of two different images at one z; 0 if none.

        The pair formula, solved for the distance.
        """
        if self.collision.value <= 0:
            return 0.0
        return 2 * self.best_squared_error.value / self.collision.value


def blend(responsibility_SN: Tensor, x_ND: Tensor) -> Tensor:
    """sum_n r_n x_n, what the best decoder draws at each z, shape (S, D), in x's precision."""
    return (responsibility_SN.to(x_ND.dtype) @ x_ND).clamp_(0, 1)


@torch.no_grad()
def reconstruction_cost(
    model: VAE,
    binary_ND: Tensor,
    mu_NZ: NDArray[np.floating],
    logvar_NZ: NDArray[np.floating],
    *,
    scale: float = 1.0,
    draws: int = 1000,
    seed: int = 0,
) -> Cost:
    """What these posteriors, all widened by ``scale``, cost the best decoder and the model's.

    Each draw takes an image at random and z from its posterior; all N images may have led to
    that z, so the errors are averaged over them by responsibility. The same seed takes the same
    images and noise at every scale and for every model with as many dimensions.

    Args:
        binary_ND: the images with pixels 0 or 1, shape (N, D). For grey pixels the two bounds on
            the NLL would not hold.
        mu_NZ, logvar_NZ: their posteriors, shape (N, Z).
        draws: S >= 2.

    Raises:
        ValueError: the decoder's likelihood is not Bernoulli, a pixel is not 0 or 1, the shapes
            do not fit together, or fewer than 2 draws.
    """
    mu, logvar = checked_posteriors(mu_NZ, scaled_logvar(logvar_NZ, scale))
    if model.config.likelihood != "bernoulli":
        raise ValueError(
            f"the NLL of binary images needs a Bernoulli decoder, "
            f"this model's is {model.config.likelihood}"
        )
    if len(binary_ND) != len(mu) or not ((binary_ND == 0) | (binary_ND == 1)).all():
        raise ValueError(
            f"there must be {len(mu)} images with pixels 0 or 1, "
            f"got {tuple(binary_ND.shape)}; binarise them first"
        )
    if draws < 2:
        raise ValueError(f"a standard error needs at least 2 draws, got {draws}")
    z_SZ = _draw(mu, logvar, draws, seed)
    responsibility_SN = responsibilities(z_SZ, mu, logvar)
    blend_SD = blend(responsibility_SN, binary_ND)
    logits_SD = model.decoder(torch.from_numpy(z_SZ).float()).to(blend_SD.dtype)
    # E ||x - y||^2 over r = ||blend - y||^2 + spread, and pixels 0 and 1 are their own squares.
    spread_S = (blend_SD * (1 - blend_SD)).sum(1)
    off_S = (blend_SD - torch.sigmoid(logits_SD)).square().sum(1)
    entropy_SD = torch.special.entr(blend_SD) + torch.special.entr(1 - blend_SD)
    return Cost(
        scale=scale,
        equivocation=Estimate.of(torch.special.entr(responsibility_SN).sum(1)),
        best_nll=Estimate.of(entropy_SD.sum(1)),
        model_nll=Estimate.of(bernoulli_nll(logits_SD, blend_SD)),  # linear in x
        best_squared_error=Estimate.of(spread_S),
        model_squared_error=Estimate.of(spread_S + off_S),
        collision=Estimate.of(1 - responsibility_SN.square().sum(1)),
    )


def all_distinct(binary_ND: Tensor) -> bool:
    """Whether no two images are the same; pixels 0 or 1, shape (N, D)."""
    rows = np.packbits(binary_ND.numpy().astype(bool), axis=1)
    return len({row.tobytes() for row in rows}) == len(rows)


def random_pair_distance(x_ND: Tensor) -> float:
    """Mean squared distance, summed over pixels, of two different images; 0 for a single one."""
    if len(x_ND) < 2:
        return 0.0
    return float(2 * x_ND.double().var(dim=0, correction=1).sum())


def _draw(mu_NZ: Array, logvar_NZ: Array, draws: int, seed: int) -> Array:
    random = np.random.default_rng(seed)
    image_S = random.integers(len(mu_NZ), size=draws)
    noise_SZ = random.standard_normal((draws, mu_NZ.shape[1]))
    return np.asarray(mu_NZ[image_S] + np.exp(0.5 * logvar_NZ[image_S]) * noise_SZ)
