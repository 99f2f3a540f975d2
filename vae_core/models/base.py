"""What all models share: a config, weights made from a seed, and, for most, an ELBO.

Shape suffixes: B batch, D pixels, Z latent dimensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor, nn

from vae_core.elbo import ElboTerms, Objective

if TYPE_CHECKING:
    from vae_core.config import ModelConfig


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
    """A model p(x|z) p(z) with an encoder q(z|x), trained by the ELBO: see ``training.train``."""

    def noise(self, count: int, generator: torch.Generator) -> Tensor:
        """What ``elbo_terms`` needs to draw z for ``count`` images, on the generator's device."""
        raise NotImplementedError

    def encode(self, x_BD: Tensor) -> tuple[Tensor, Tensor]:
        """Images in [0, 1], (B, D) -> mean and log-variance of q(z|x), each (B, Z)."""
        raise NotImplementedError

    def decode(self, z_BZ: Tensor) -> Tensor:
        """Latents (B, Z) -> mean images, (B, D)."""
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
