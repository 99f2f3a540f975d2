r"""The categorical VAE: z is N variables that each choose one of K categories.

.. math:: p(z) = \prod_N \tfrac1K, \qquad q(z|x) = \prod_N \mathrm{Cat}(p_n(x))

The decoder reads z one-hot, N * K numbers. Training draws a relaxed z, through which a gradient
reaches the encoder (``gumbel``); every figure that is reported has a true, one-hot z, so that it
is a bound. The KL is that of the discrete variables in both, in closed form.

Shape suffixes: B batch, D pixels, N variables, K categories, Z = N * K.
Source: Jang et al. 2017, arXiv:1611.01144.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vae_core.config import ModelConfig
from vae_core.models.base import LatentModel
from vae_core.models.elbo import ElboTerms, Objective
from vae_core.models.gumbel import gumbel_noise, kl_to_uniform, one_hot, relaxed, straight_through
from vae_core.models.networks import initialise, mlp

_LEAST_LOGVAR = -80.0  # of a choice that is certain; its variance is 0


class CategoricalVAE(LatentModel):
    """A categorical VAE built from its config: ``latent_dim`` variables of ``categories``."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.encoder = mlp((config.pixels, *config.hidden, config.latent_size), config.activation)
        self.decoder = mlp(
            (config.latent_size, *config.decoder_hidden, config.pixels), config.activation
        )

    def initialise(self, generator: torch.Generator) -> None:
        self.initialise_noise()
        initialise(self.encoder, generator)
        initialise(self.decoder, generator)

    def noise(self, count: int, generator: torch.Generator) -> Tensor:
        """Gumbel draws, shape (count, N, K)."""
        return gumbel_noise((count, self.config.latent_dim, self.config.categories), generator)

    def log_probabilities(self, x_BD: Tensor) -> Tensor:
        """Images in [0, 1], (B, D) -> log q(z_n = k|x), nats, shape (B, N, K)."""
        logits_BZ = self.encoder(x_BD).float()
        return torch.log_softmax(self._by_variable(logits_BZ), dim=-1)

    def encode(self, x_BD: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the one-hot z, p and log p(1 - p), each (B, N * K)."""
        log_p_BNK = self.log_probabilities(x_BD)
        logvar_BNK = log_p_BNK + torch.log(-torch.expm1(log_p_BNK))
        return log_p_BNK.exp().flatten(1), logvar_BNK.clamp(min=_LEAST_LOGVAR).flatten(1)

    def dimension_kl(self, mu_BZ: Tensor, _logvar_BZ: Tensor) -> Tensor:
        """KL[q(z_n|x) || p(z_n)] of each variable, exact, nats, shape (B, N)."""
        # The smallest normal number instead of 0 adds nothing: 1e-38 log 1e-38.
        tiny = torch.finfo(mu_BZ.dtype).tiny
        return kl_to_uniform(self._by_variable(mu_BZ).clamp(min=tiny).log())

    def draw_prior(self, count: int, random: np.random.Generator) -> Tensor:
        """One-hot z of uniformly chosen categories, shape (count, N * K)."""
        config = self.config
        category_BN = random.integers(config.categories, size=(count, config.latent_dim))
        return self.one_hot(torch.from_numpy(category_BN))

    def one_hot(self, category_BN: Tensor) -> Tensor:
        """Categories, whole numbers from 0 to K - 1, (B, N) -> what the decoder reads, (B, N * K).

        Raises:
            ValueError: there is no such category, or not one for each variable.
        """
        variables, categories = self.config.latent_dim, self.config.categories
        if category_BN.shape[-1] != variables:
            raise ValueError(
                f"z must be {variables} categories for this model, got {category_BN.shape[-1]}"
            )
        if not ((category_BN >= 0) & (category_BN < categories)).all():
            raise ValueError(f"a category is a whole number from 0 to {categories - 1}")
        return F.one_hot(category_BN, categories).float().flatten(-2)

    def elbo_terms(self, x_BD: Tensor, noise_BNK: Tensor) -> ElboTerms:
        """One-sample estimate of the ELBO's terms, with a true, one-hot z.

        Args:
            x_BD: images in [0, 1], shape (B, D).
            noise_BNK: Gumbel draws, shape (B, N, K).
        """
        log_p_BNK = self.log_probabilities(x_BD)
        z_BZ = one_hot(log_p_BNK, noise_BNK).flatten(1)
        return ElboTerms(
            reconstruction_nll_B=self.likelihood.nll(self.decoder(z_BZ).float(), x_BD),
            kl_B=kl_to_uniform(log_p_BNK).sum(dim=-1),
        )

    def training_loss(self, x_BD: Tensor, noise_BNK: Tensor, objective: Objective) -> Tensor:
        """What a step minimises: the batch's mean NLL at a relaxed z, + beta * KL, nats.

        With free bits a variable's mean KL counts as no less than them.

        Raises:
            ValueError: the objective's temperature is not a finite number > 0.
        """
        log_p_BNK = self.log_probabilities(x_BD)
        draw = straight_through if objective.straight_through else relaxed
        z_BZ = draw(log_p_BNK, noise_BNK, objective.temperature).flatten(1)
        nll_B = self.likelihood.nll(self.decoder(z_BZ).float(), x_BD)
        kl_N = kl_to_uniform(log_p_BNK).mean(dim=0)
        return nll_B.mean() + objective.beta * kl_N.clamp(min=objective.free_bits).sum()

    def objective_gradients(
        self, x_BD: Tensor, noise_BNK: Tensor, objective: Objective
    ) -> list[Tensor]:
        """Gradients of ``training_loss`` for ``parameters()``."""
        with torch.enable_grad():
            loss = self.training_loss(x_BD, noise_BNK, objective)
            return list(torch.autograd.grad(loss, list(self.parameters())))

    def _by_variable(self, value_BZ: Tensor) -> Tensor:
        return value_BZ.view(-1, self.config.latent_dim, self.config.categories)
