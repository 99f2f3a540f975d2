"""Cached results of the Discrete latents page.

Shape suffixes: S draws, G places of a grid, N variables, K categories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ui.canvas.assets import Asset
from ui.library.cache import cached
from ui.library.loaded import LoadedModel, images_of
from vae_core.evaluation.encodings import prior_samples
from vae_core.evaluation.evaluate import evaluate
from vae_core.gradients.categorical import (
    GradientError,
    exact_gradient,
    gumbel_softmax_gradients,
    score_function_gradients,
    tabulated,
)
from vae_core.models.categorical_vae import CategoricalVAE
from vae_core.models.gumbel import gumbel_noise, log_density, relaxed
from vae_core.statistics import Estimate, image_seed
from vae_core.web.packing import pack_decoder

Array = NDArray[np.floating]

SIMPLEX_DRAWS = 3000
_GRID = 40  # steps along a side of the triangle
GRADIENT_DRAWS = 1000
TEMPERATURES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
FREE_VARIABLES = 2
_ELBO_DRAWS = 200


@cached(max_entries=4)
def _noise(seed: int) -> Tensor:
    return gumbel_noise((SIMPLEX_DRAWS, 3), torch.Generator().manual_seed(seed)).double()


def simplex_draws(p_3: Array, temperature: float, seed: int) -> Array:
    """Gumbel-Softmax draws of three categories, (S, 3); the noise is the seed's, whatever p is."""
    noise_S3 = _noise(seed)
    logits_S3 = torch.from_numpy(np.log(p_3)).expand_as(noise_S3)
    return np.asarray(relaxed(logits_S3, noise_S3, temperature).numpy())


def simplex_density(p_3: Array, temperature: float) -> tuple[Array, Array]:
    """Places inside the triangle, (G, 3), and the log density there, (G,)."""
    steps = np.arange(_GRID) + 1 / 3
    place_G3 = np.array([[a, b, _GRID - a - b] for a in steps for b in steps if a + b < _GRID])
    place_G3 /= _GRID
    log_G = log_density(torch.from_numpy(place_G3), torch.from_numpy(np.log(p_3)), temperature)
    return place_G3, log_G.numpy()


def categorical_vae(loaded: LoadedModel) -> CategoricalVAE:
    """The model, which the page lets be of this kind only."""
    model = loaded.checkpoint.model
    assert isinstance(model, CategoricalVAE)
    return model


@cached(max_entries=16)
def decoder(loaded: LoadedModel) -> Asset:
    """The decoder's weights, for the browser."""
    return Asset(pack_decoder(categorical_vae(loaded)))


@torch.no_grad()
def probabilities(loaded: LoadedModel, image: int) -> Array:
    """q(z_n = k|x) of one of ``images_of``, (N, K)."""
    model = categorical_vae(loaded)
    return np.asarray(
        model.log_probabilities(images_of(loaded)[image : image + 1])[0].exp().numpy()
    )


@dataclass(frozen=True)
class ImageTerms:
    """The ELBO of one image, nats: its NLL is a mean over draws of z, its KL is exact."""

    reconstruction_nll: Estimate
    kl: float


@cached(max_entries=512)
def image_terms(loaded: LoadedModel, image: int) -> ImageTerms:
    """With z drawn one-hot."""
    x_SD = images_of(loaded)[image].expand(_ELBO_DRAWS, -1)
    terms = evaluate(categorical_vae(loaded), x_SD, seed=image_seed(0, image))
    return ImageTerms(Estimate.of(terms.reconstruction_nll_B), float(terms.kl_B[0]))


@dataclass(frozen=True)
class Usage:
    """What the model does with its code over all held-out images.

    Attributes:
        share_NK: mean of q(z_n = k|x).
        kl_N: mean KL of each variable, nats.
        reconstruction_nll, elbo: means, nats per image, with z drawn one-hot (one draw).
        relaxed_nll: the mean NLL that the training loss sees instead, with z relaxed.
        temperature: that of ``relaxed_nll``, at which training ended.
    """

    share_NK: Array
    kl_N: Array
    reconstruction_nll: float
    elbo: float
    relaxed_nll: float
    temperature: float


@cached("Encoding the images …", max_entries=16)
def usage(loaded: LoadedModel) -> Usage:
    """Measured once a model."""
    model, x_ND = categorical_vae(loaded), images_of(loaded)
    checkpoint = loaded.checkpoint
    end = checkpoint.record.temperature or checkpoint.train_config.temperature_end
    with torch.no_grad():
        mu_NZ, logvar_NZ = model.encode(x_ND)
        kl_N = model.dimension_kl(mu_NZ, logvar_NZ).mean(dim=0)
        noise = model.noise(len(x_ND), torch.Generator().manual_seed(0))
        z_NZ = relaxed(model.log_probabilities(x_ND), noise, end).flatten(1)
        relaxed_nll = float(model.likelihood.nll(model.decoder(z_NZ).float(), x_ND).mean())
    terms = evaluate(model, x_ND, seed=0)
    config = model.config
    return Usage(
        mu_NZ.mean(dim=0).view(config.latent_dim, config.categories).numpy(),
        kl_N.numpy(),
        float(terms.reconstruction_nll_B.mean()),
        float(terms.elbo_B.mean()),
        relaxed_nll,
        end,
    )


def from_prior(loaded: LoadedModel, count: int, seed: int) -> Array:
    """Decodes of one-hot draws of the prior, (count, D)."""
    return np.asarray(prior_samples(categorical_vae(loaded), count, seed=seed))


@dataclass(frozen=True)
class Comparison:
    """The estimators on the decoder of a model, for one image and two of its variables.

    Attributes:
        variables: which two, the least certain ones; the others stay at their likeliest category.
        length: of the exact gradient, nats per unit of logit.
        relaxed, straight: errors at each of ``TEMPERATURES``.
        score: of the score function with the mean of the other draws as baseline.
    """

    variables: tuple[int, ...]
    length: float
    relaxed: list[GradientError]
    straight: list[GradientError]
    score: GradientError


@cached("Measuring the gradients …", max_entries=64)
def comparison(loaded: LoadedModel, image: int) -> Comparison:
    """Measured once an image."""
    model = categorical_vae(loaded)
    with torch.no_grad():
        log_p_NK = model.log_probabilities(images_of(loaded)[image : image + 1])[0]
    entropy_N = -(log_p_NK.exp() * log_p_NK).sum(dim=-1)
    free = torch.argsort(entropy_N, descending=True, stable=True)[:FREE_VARIABLES].sort().values
    function = _part_of_decoder(model, images_of(loaded)[image], log_p_NK, free)
    logits = log_p_NK[free]
    generator = torch.Generator().manual_seed(image_seed(0, image))
    gumbel = gumbel_noise((GRADIENT_DRAWS, *logits.shape), generator)
    of_codes = tabulated(function, logits)
    exact = exact_gradient(of_codes, logits)

    def errors(straight: bool) -> list[GradientError]:
        f = of_codes if straight else function
        return [
            GradientError.of(
                gumbel_softmax_gradients(f, logits, gumbel, t, straight=straight), exact
            )
            for t in TEMPERATURES
        ]

    score = GradientError.of(score_function_gradients(of_codes, logits, gumbel), exact)
    variables = tuple(int(v) for v in free)
    return Comparison(variables, float(exact.norm()), errors(False), errors(True), score)


def _part_of_decoder(
    model: CategoricalVAE, x_D: Tensor, log_p_NK: Tensor, free: Tensor
) -> Callable[[Tensor], Tensor]:
    """-log p(x|z) as a function of some variables; the others are at their likeliest category."""
    rest_NK = model.one_hot(log_p_NK.argmax(dim=-1)).view_as(log_p_NK)

    def nll(z_SFK: Tensor) -> Tensor:
        z_SNK = rest_NK.expand(len(z_SFK), -1, -1).index_copy(1, free, z_SFK)
        output_SD = model.decoder(z_SNK.flatten(1))
        return model.likelihood.nll(output_SD, x_D.expand_as(output_SD))

    return nll
