"""What the Compare page measures, the same for every run and model.

Shape suffixes: N images, Z latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, held_out
from vae_core.evaluation.evaluate import evaluate
from vae_core.statistics import Array


@dataclass(frozen=True)
class Measured:
    """A model on its held-out images, in their order; nats.

    Attributes:
        mu_NZ: posterior means, float32, shape (N, Z).
        reconstruction_nll_N, kl_N: terms of the ELBO (one draw of z), float64, shape (N,).
    """

    mu_NZ: NDArray[np.float32]
    reconstruction_nll_N: Array
    kl_N: Array

    @property
    def elbo_N(self) -> Array:
        """At beta = 1, shape (N,)."""
        return -(self.reconstruction_nll_N + self.kl_N)


@cached("Measuring …", max_entries=64)
@torch.no_grad()
def measure(loaded: LoadedModel) -> Measured:
    """Measure any model with an ELBO on grey pixels, with the same noise for each of one size."""
    x_ND = held_out(loaded.dataset).x_ND
    model = loaded.checkpoint.latent_model
    terms = evaluate(model, x_ND, seed=0)
    nll_N, kl_N = terms.reconstruction_nll_B.double(), terms.kl_B.double()
    return Measured(model.encode(x_ND)[0].numpy(), nll_N.numpy(), kl_N.numpy())
