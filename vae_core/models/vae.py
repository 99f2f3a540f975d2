"""The variational autoencoder: Gaussian q(z|x), standard normal prior, MLPs either side.

Shape suffixes: B batch, D pixels, Z latent dimensions.
Source: Kingma & Welling 2014, arXiv:1312.6114.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vae_core.config import ModelConfig
from vae_core.models.base import LatentModel
from vae_core.models.elbo import (
    ElboTerms,
    Objective,
    kl_per_dimension,
    kl_to_standard_normal,
    kl_weights,
    reparameterise,
)
from vae_core.models.networks import (
    GaussianEncoder,
    backward,
    clamp_logvar,
    forward_keeping_inputs,
    initialise,
    mlp,
)


class VAE(LatentModel):
    """A VAE built from its config."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        pixels, latent_dim = config.pixels, config.latent_dim
        self.encoder = GaussianEncoder((pixels, *config.hidden), latent_dim, config.activation)
        self.decoder = mlp((latent_dim, *config.decoder_hidden, pixels), config.activation)

    def initialise(self, generator: torch.Generator) -> None:
        self.initialise_noise()
        initialise(self.encoder, generator)
        initialise(self.decoder, generator, from_latent=True)

    def noise(self, count: int, generator: torch.Generator) -> Tensor:
        """Standard normal draws, shape (count, Z)."""
        shape_BZ = (count, self.config.latent_dim)
        return torch.randn(shape_BZ, generator=generator, device=generator.device)

    def encode(self, x_BD: Tensor) -> tuple[Tensor, Tensor]:
        """Images in [0, 1], (B, D) -> posterior mean and log-variance, each (B, Z)."""
        mu_BZ, logvar_BZ = self.encoder(x_BD)
        return mu_BZ, logvar_BZ

    def dimension_kl(self, mu_BZ: Tensor, logvar_BZ: Tensor) -> Tensor:
        """KL[q(z_j|x) || p(z_j)] of each dimension, nats, shape (B, Z)."""
        return kl_per_dimension(mu_BZ, logvar_BZ)

    def draw_prior(self, count: int, random: np.random.Generator) -> Tensor:
        """Draws of N(0, I), shape (count, Z)."""
        return torch.from_numpy(random.standard_normal((count, self.config.latent_dim)))

    def elbo_terms(self, x_BD: Tensor, noise_BZ: Tensor) -> ElboTerms:
        """One-sample estimate of the ELBO's terms: z = mu + sigma * noise.

        Args:
            x_BD: images in [0, 1], shape (B, D).
            noise_BZ: standard normal draws, shape (B, Z).
        """
        mu_BZ, logvar_BZ = self.encode(x_BD)
        output_BD = self.decoder(reparameterise(mu_BZ, logvar_BZ, noise_BZ)).float()
        return ElboTerms(
            reconstruction_nll_B=self.likelihood.nll(output_BD, x_BD),
            kl_B=kl_to_standard_normal(mu_BZ, logvar_BZ),
        )

    @torch.no_grad()
    def objective_gradients(
        self, x_BD: Tensor, noise_BZ: Tensor, objective: Objective
    ) -> list[Tensor]:
        """Gradients of the mean of ``elbo_terms(...).objective_B(beta)`` for ``parameters()``.

        With free bits, of the objective that ``elbo.kl_weights`` describes. Backpropagation
        written out: it saves what autograd spends on the objective's value, which a step does not
        need, and on its graph, a tenth to a sixth of a step.
        """
        share = 1 / len(x_BD)  # of an image in the mean
        encoded, encoder_inputs = forward_keeping_inputs(self.encoder.net, x_BD)
        mu_BZ, raw_BZ = encoded.float().chunk(2, dim=-1)
        logvar_BZ = clamp_logvar(raw_BZ)
        z_BZ = reparameterise(mu_BZ, logvar_BZ, noise_BZ)
        output_BD, decoder_inputs = forward_keeping_inputs(self.decoder, z_BZ)

        output_BD = output_BD.float()
        grad_BD = self.likelihood.nll_gradient(output_BD, x_BD).mul_(share)
        of_decoder, grad_z_BZ = backward(self.decoder, decoder_inputs, grad_BD, to_input=True)
        of_kl = share * kl_weights(mu_BZ, logvar_BZ, objective.beta, objective.free_bits)
        grad_mu_BZ = grad_z_BZ + of_kl * mu_BZ
        grad_logvar_BZ = 0.5 * (
            grad_z_BZ * (z_BZ - mu_BZ) + of_kl * torch.expm1(logvar_BZ)
        ).masked_fill(logvar_BZ != raw_BZ, 0)
        grad_B2Z = torch.cat([grad_mu_BZ, grad_logvar_BZ], dim=-1)
        of_encoder, _ = backward(self.encoder.net, encoder_inputs, grad_B2Z, to_input=False)
        of_noise = []
        if self.family.noise == "learned":
            # The gradient of SE / (2 sigma^2) + D/2 log sigma^2 for log sigma^2.
            # Not as a product of vectors: under autocast that would be bfloat16.
            of_square = (grad_BD * (x_BD - output_BD)).sum() / 2
            of_noise = [of_square + 0.5 * self.config.pixels]
        return of_noise + of_encoder + of_decoder
