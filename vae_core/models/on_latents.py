"""Classifiers on the latents of a VAE that has seen all images, with labels or without.

Trained in two stages: first the VAE (M1), which needs no labels, then what stands on it.

Shape suffixes: B batch, D pixels, I dimensions of the VAE's latent, K classes, N images,
Z dimensions of the style.
Source: Kingma et al. 2014, arXiv:1406.5298, section 2.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.models.classifier import Classifier, PartlyLabelled, cross_entropy, gradients
from vae_core.models.elbo import reparameterise
from vae_core.models.networks import initialise, mlp
from vae_core.models.semi_supervised import ClassAndStyle
from vae_core.models.vae import VAE

OUTPUT_LOGVAR_MIN, OUTPUT_LOGVAR_MAX = -6.0, 3.0


class OnVae(Classifier):
    """Has a VAE, ``vae``, of the config's sizes."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.vae = VAE(config)

    def initialise(self, generator: torch.Generator) -> None:
        self.vae.initialise(generator)

    def second_stage(self) -> list[torch.nn.Parameter]:
        """What is trained once the VAE is, and what ``objective_gradients`` are for."""
        of_vae = set(self.vae.parameters())
        return [parameter for parameter in self.parameters() if parameter not in of_vae]

    def settle(self, _x_ND: Tensor, known_N: Tensor, _seed: int) -> Tensor:
        """Called between the stages with all training images.

        Args:
            known_N: their classes, or ``label_subset.UNKNOWN``.

        Returns:
            The classes from which the second stage learns, shape (N,).
        """
        return known_N

    @torch.no_grad()
    def draw_latents(self, x_BD: Tensor, generator: torch.Generator) -> Tensor:
        """One draw from q(z|x) of the VAE for each image, (B, I)."""
        return reparameterise(*self.vae.encode(x_BD), self.vae.noise(len(x_BD), generator))


class LatentClassifier(OnVae):
    """M1 + classifier: logistic regression on the latents of a VAE."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.head = mlp((config.latent_dim, config.classes), config.activation)

    def initialise(self, generator: torch.Generator) -> None:
        super().initialise(generator)
        initialise(self.head, generator)

    def log_probabilities(self, x_BD: Tensor) -> Tensor:
        """log p(y|posterior mean), nats, shape (B, K)."""
        return torch.log_softmax(self.head(self.vae.encode(x_BD)[0]), dim=-1)

    def objective_gradients(
        self, seen: PartlyLabelled, _config: TrainConfig, _beta: float, generator: torch.Generator
    ) -> list[Tensor]:
        logits_LK = self.head(self.draw_latents(seen.x_LD, generator))
        loss = cross_entropy(logits_LK.log_softmax(dim=-1), seen.label_L)
        return gradients(loss, self.second_stage())


class StackedVAE(OnVae):
    """M1 + M2: the semi-supervised VAE with the latents of a plain one as its data."""

    uses_unlabelled = True

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        # Each of the latent's dimensions gets a mean and a log-variance.
        self.nets = ClassAndStyle(config, config.latent_dim, 2 * config.latent_dim, _gaussian_nll)

    def initialise(self, generator: torch.Generator) -> None:
        super().initialise(generator)
        self.nets.initialise(generator)

    def log_probabilities(self, x_BD: Tensor) -> Tensor:
        """log q(y|posterior mean of M1), nats, shape (B, K)."""
        return self.nets.log_probabilities(self.vae.encode(x_BD)[0])

    def encode(self, x_BD: Tensor, label_B: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, D) and classes (B,) -> mean and log-variance of the style's q, (B, Z)."""
        return self.nets.encode(self.vae.encode(x_BD)[0], label_B)

    def decode(self, z_BZ: Tensor, label_B: Tensor) -> Tensor:
        """Styles (B, Z) and classes (B,) -> mean images by way of M1's mean latents, (B, D)."""
        return self.vae.decode(self.nets.decode(z_BZ, label_B).chunk(2, dim=-1)[0])

    def objective_gradients(
        self, seen: PartlyLabelled, config: TrainConfig, beta: float, generator: torch.Generator
    ) -> list[Tensor]:
        loss = self.nets.objective(
            self.draw_latents(seen.x_LD, generator),
            seen.label_L,
            self.draw_latents(seen.x_BD, generator),
            seen.labelled_share,
            config.alpha,
            beta,
            generator,
        )
        return gradients(loss, self.second_stage())


def _gaussian_nll(output_P2I: Tensor, value_PI: Tensor) -> Tensor:
    """-log N(value; mean, variance) with both from the decoder, nats, shape (P,)."""
    mean_PI, logvar_PI = output_P2I.chunk(2, dim=-1)
    logvar_PI = logvar_PI.clamp(OUTPUT_LOGVAR_MIN, OUTPUT_LOGVAR_MAX)
    squared_PI = (value_PI - mean_PI) ** 2 * torch.exp(-logvar_PI)
    return 0.5 * (squared_PI + logvar_PI + math.log(2 * math.pi)).sum(dim=-1)
