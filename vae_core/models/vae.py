"""The variational autoencoder: Gaussian q(z|x), standard normal prior, MLPs either side.

Shape suffixes: B batch, D pixels, Z latent dimensions.
Source: Kingma & Welling 2014, arXiv:1312.6114.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vae_core.elbo import ElboTerms, kl_to_standard_normal, kl_weights, reparameterise
from vae_core.likelihoods import LIKELIHOODS
from vae_core.networks import (
    GaussianEncoder,
    backward,
    clamp_logvar,
    forward_keeping_inputs,
    initialise,
    mlp,
)

if TYPE_CHECKING:
    from vae_core.config import ModelConfig


class VAE(nn.Module):
    """A VAE built from its config. Weights are uninitialised until ``initialise`` or a load."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.likelihood = LIKELIHOODS[config.likelihood]
        pixels, latent_dim = config.pixels, config.latent_dim
        self.encoder = GaussianEncoder((pixels, *config.hidden), latent_dim, config.activation)
        self.decoder = mlp((latent_dim, *config.decoder_hidden, pixels), config.activation)

    @classmethod
    def create(cls, config: ModelConfig, generator: torch.Generator) -> VAE:
        """A freshly initialised model on the CPU, the same for the same generator state."""
        with torch.device("meta"):  # nn.Linear would draw from the global generator
            model = cls(config)
        # Not to_empty(): it imports sympy, 0.5 s that a first visitor would wait for.
        empty = {name: torch.empty(value.shape) for name, value in model.state_dict().items()}
        model.load_state_dict(empty, assign=True)
        initialise(model.encoder, generator)
        initialise(model.decoder, generator, from_latent=True)
        return model

    def encode(self, x_BD: Tensor) -> tuple[Tensor, Tensor]:
        """Images in [0, 1], (B, D) -> posterior mean and log-variance, each (B, Z)."""
        mu_BZ, logvar_BZ = self.encoder(x_BD)
        return mu_BZ, logvar_BZ

    def decode(self, z_BZ: Tensor) -> Tensor:
        """Latents (B, Z) -> mean images in [0, 1], (B, D)."""
        return self.likelihood.mean(self.decoder(z_BZ).float())

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
        self, x_BD: Tensor, noise_BZ: Tensor, beta: float, free_bits: float = 0.0
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

        grad_BD = self.likelihood.nll_gradient(output_BD.float(), x_BD).mul_(share)
        of_decoder, grad_z_BZ = backward(self.decoder, decoder_inputs, grad_BD, to_input=True)
        of_kl = share * kl_weights(mu_BZ, logvar_BZ, beta, free_bits)
        grad_mu_BZ = grad_z_BZ + of_kl * mu_BZ
        grad_logvar_BZ = 0.5 * (
            grad_z_BZ * (z_BZ - mu_BZ) + of_kl * torch.expm1(logvar_BZ)
        ).masked_fill(logvar_BZ != raw_BZ, 0)
        grad_B2Z = torch.cat([grad_mu_BZ, grad_logvar_BZ], dim=-1)
        of_encoder, _ = backward(self.encoder.net, encoder_inputs, grad_B2Z, to_input=False)
        return of_encoder + of_decoder
