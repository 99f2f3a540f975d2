"""The evidence lower bound and its two terms, per image and in nats.

Shape suffixes: B batch, Z latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


def kl_per_dimension(mu_BZ: Tensor, logvar_BZ: Tensor) -> Tensor:
    r"""KL[q(z_j|x) || p(z_j)] of each latent dimension for a diagonal Gaussian q.

    .. math:: \tfrac12 (\mu^2 + \sigma^2 - 1 - \log\sigma^2)

    Args:
        mu_BZ: posterior means, shape (B, Z).
        logvar_BZ: posterior log-variances, log(sigma^2), shape (B, Z).

    Returns:
        kl_BZ: nats, shape (B, Z), >= 0.

    Raises:
        ValueError: the shapes differ; broadcasting would give a wrong KL silently.

    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix B.
    """
    if mu_BZ.shape != logvar_BZ.shape:
        raise ValueError(
            f"mu and logvar must have one shape (B, Z), "
            f"got {tuple(mu_BZ.shape)} and {tuple(logvar_BZ.shape)}"
        )
    # expm1(v) - v keeps its digits near v = 0, where exp(v) - 1 - v loses them.
    return 0.5 * (mu_BZ**2 + torch.expm1(logvar_BZ) - logvar_BZ)


def kl_to_standard_normal(mu_BZ: Tensor, logvar_BZ: Tensor) -> Tensor:
    """KL[q(z|x) || N(0, I)] summed over latent dimensions, nats per image, shape (B,)."""
    return kl_per_dimension(mu_BZ, logvar_BZ).sum(dim=-1)


def kl_weights(mu_BZ: Tensor, logvar_BZ: Tensor, beta: float, free_bits: float) -> Tensor | float:
    """What the KL of each latent dimension weighs in the gradient of the training objective.

    Free bits replace a dimension's batch mean of the KL by max(free_bits, mean): below the
    threshold its gradient is zero, above it beta as always.

    Returns:
        beta itself without free bits, else shape (Z,): beta or 0.

    Source: Kingma et al. 2016, arXiv:1606.04934, appendix C.8.
    """
    if free_bits == 0:
        return beta
    return beta * (kl_per_dimension(mu_BZ, logvar_BZ).mean(dim=0) > free_bits)


def reparameterise(mu_BZ: Tensor, logvar_BZ: Tensor, noise_BZ: Tensor) -> Tensor:
    """z = mu + sigma * noise with noise ~ N(0, I), shape (B, Z); gradients reach mu and logvar.

    Source: Kingma & Welling 2014, arXiv:1312.6114, section 2.4.
    """
    return mu_BZ + torch.exp(0.5 * logvar_BZ) * noise_BZ


@dataclass(frozen=True)
class Objective:
    """What a training step minimises.

    Attributes:
        beta: weight of the KL term; 1 is the negative ELBO.
        free_bits: nats, see ``kl_weights``.
        temperature: of the Gumbel-Softmax, for a model whose z is categorical.
        straight_through: whether the decoder reads the one-hot z all the same.
    """

    beta: float = 1.0
    free_bits: float = 0.0
    temperature: float = 1.0
    straight_through: bool = False


@dataclass(frozen=True)
class ElboTerms:
    """The two terms of the ELBO, one value per image.

    Attributes:
        reconstruction_nll_B: E_q[-log p(x|z)] (the distortion D), nats, shape (B,).
        kl_B: KL[q(z|x) || p(z)] (the rate R), nats, shape (B,).
    """

    reconstruction_nll_B: Tensor
    kl_B: Tensor

    @property
    def elbo_B(self) -> Tensor:
        """The lower bound on log p(x), nats per image, shape (B,); beta = 1 always."""
        return -(self.reconstruction_nll_B + self.kl_B)

    def objective_B(self, beta: float) -> Tensor:
        """What training minimises: reconstruction NLL + beta * KL, shape (B,).

        Only for beta = 1 is this the negative ELBO (Higgins et al. 2017, beta-VAE).
        """
        return self.reconstruction_nll_B + beta * self.kl_B
