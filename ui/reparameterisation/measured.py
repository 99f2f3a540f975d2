"""Cached results of the Reparameterisation page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, images_of
from vae_core.gradients.estimators import Scatter, compare, score_function
from vae_core.gradients.references import (
    best_square_baseline,
    reconstruction_gradient,
    reconstruction_nll,
    square,
)
from vae_core.statistics import Estimate, image_seed

TOY_DRAWS = 50_000
DECODER_DRAWS = 4_000
_VALUE_DRAWS = 256


@cached(max_entries=1)
def some_noise() -> NDArray[np.float64]:
    """Forty draws of the noise, the same at every look."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(40, generator=generator, dtype=torch.float64).numpy()


@cached(max_entries=256)
def toy(mu: float, sigma: float) -> dict[str, Scatter]:
    """d/dmu of E[z^2] from single draws, keyed as ``references.SQUARE_VARIANCE``."""
    mu_Z, sigma_Z = torch.tensor([mu]).double(), torch.tensor([sigma]).double()

    def generator() -> torch.Generator:
        return torch.Generator().manual_seed(0)

    found = compare(square, mu_Z, sigma_Z, samples=TOY_DRAWS, generator=generator())
    noise_SZ = torch.randn(TOY_DRAWS, 1, generator=generator(), dtype=torch.float64)
    found["score function with the best constant baseline"] = score_function(
        square(mu_Z + sigma_Z * noise_SZ), sigma_Z, noise_SZ, best_square_baseline(mu, sigma)
    )
    return {name: Scatter.of(gradients.mu_SZ[:, 0]) for name, gradients in found.items()}


@dataclass(frozen=True)
class OnDecoder:
    """d/dmu_1 of E_q[-log p(x|z)] for one image, nats per unit of z_1.

    Attributes:
        mu, sigma: of q in the first dimension.
        value: the mean of f(z) = -log p(x|z) over draws of z ~ q, nats.
        exact: the gradient; its error is 0 where it comes by quadrature.
        scatters: of each estimator, keyed as ``estimators.COMPARED``.
    """

    mu: float
    sigma: float
    value: Estimate
    exact: Estimate
    scatters: dict[str, Scatter]


@cached(max_entries=256)
def on_decoder(loaded: LoadedModel, image: int) -> OnDecoder:
    """The estimators on a model's own decoder and the encoder's q of an image."""
    model, x_D = loaded.vae, images_of(loaded)[image]
    with torch.no_grad():
        mu_1Z, logvar_1Z = model.encode(x_D[None])
    mu_Z, sigma_Z = mu_1Z[0], torch.exp(0.5 * logvar_1Z[0])
    nll = reconstruction_nll(model, x_D)
    found = compare(
        nll,
        mu_Z,
        sigma_Z,
        samples=DECODER_DRAWS,
        generator=torch.Generator().manual_seed(image_seed(0, image)),
    )
    scatters = {name: Scatter.of(gradients.mu_SZ[:, 0]) for name, gradients in found.items()}
    exact = scatters["pathwise"].mean
    if len(mu_Z) == 2:
        exact = Estimate(float(reconstruction_gradient(model, x_D, mu_Z, sigma_Z)[0]), 0.0)
    generator = torch.Generator().manual_seed(image_seed(1, image))
    noise_SZ = torch.randn(_VALUE_DRAWS, len(mu_Z), generator=generator)
    with torch.no_grad():
        value = Estimate.of(nll(mu_Z + sigma_Z * noise_SZ).double().numpy())
    return OnDecoder(float(mu_Z[0]), float(sigma_Z[0]), value, exact, scatters)
