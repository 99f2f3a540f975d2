"""What all models share: a config, weights made from a seed, and, for VAEs, an ELBO.

Shape suffixes: B batch, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import math
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.likelihoods import LIKELIHOODS, Likelihood
from vae_core.models.elbo import ElboTerms, Objective


class Model(nn.Module):
    """Built from its config; weights are uninitialised until ``initialise`` or a load."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config

    @classmethod
    def create(cls, config: ModelConfig, generator: torch.Generator) -> Self:
        """A freshly initialised model on the CPU, the same for the same generator state."""
        with torch.device("meta"):  # nn.Linear would draw from the global generator
            model = cls(config)
        # Not to_empty(): it imports sympy, 0.5 s that a first visitor would wait for.
        empty = {name: torch.empty(value.shape) for name, value in model.state_dict().items()}
        model.load_state_dict(empty, assign=True)
        model.initialise(generator)
        return model

    def initialise(self, generator: torch.Generator) -> None:
        """Set every weight, in place."""
        raise NotImplementedError


class LatentModel(Model):
    """A model p(x|z) p(z) with an encoder q(z|x), trained by the ELBO: see ``training.vae``.

    Attributes:
        decoder: z -> the parameter of p(x|z) for every pixel.
    """

    decoder: nn.Sequential

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.family = LIKELIHOODS[config.likelihood]
        if self.family.noise == "learned":
            self.noise_logvar = nn.Parameter(torch.empty(()))

    def initialise_noise(self) -> None:
        """Set the pixels' variance, where it is learned, to what the config starts from."""
        if self.family.noise == "learned":
            with torch.no_grad():
                self.noise_logvar.fill_(2 * math.log(self.config.noise_sd))

    @property
    def likelihood(self) -> Likelihood:
        """p(x|z), with the noise variance that the config fixes or the model has learned."""
        match self.family.noise:
            case "fixed":
                return Likelihood(self.family, self.config.noise_sd**2)
            case "learned":
                return Likelihood(self.family, self.noise_logvar.exp())
        return Likelihood(self.family)

    def noise(self, count: int, generator: torch.Generator) -> Tensor:
        """What ``elbo_terms`` needs to draw z for ``count`` images, on the generator's device."""
        raise NotImplementedError

    def encode(self, x_BD: Tensor) -> tuple[Tensor, Tensor]:
        """Images in [0, 1], (B, D) -> mean and log-variance of q(z|x), each (B, Z)."""
        raise NotImplementedError

    def decode(self, z_BZ: Tensor) -> Tensor:
        """Latents (B, Z) -> mean images, (B, D); within [0, 1] unless the pixels are Gaussian."""
        return self.likelihood.mean(self.decoder(z_BZ).float())

    def dimension_kl(self, mu_BZ: Tensor, logvar_BZ: Tensor) -> Tensor:
        """KL from the prior of each latent variable, nats, (B, variables), from ``encode``."""
        raise NotImplementedError

    def draw_prior(self, count: int, random: np.random.Generator) -> Tensor:
        """Draws z ~ p(z), shape (count, Z); the same for models of one kind and size."""
        raise NotImplementedError

    def elbo_terms(self, x_BD: Tensor, noise: Tensor) -> ElboTerms:
        """One-sample estimate of the ELBO's terms.

        Args:
            x_BD: images in [0, 1], shape (B, D).
            noise: from ``noise``.
        """
        raise NotImplementedError

    def objective_gradients(
        self, x_BD: Tensor, noise: Tensor, objective: Objective
    ) -> list[Tensor]:
        """Gradients of the batch's mean objective for ``parameters()``, in their order."""
        raise NotImplementedError
