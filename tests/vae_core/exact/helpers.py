"""Models whose p(x) is known in closed form."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from scipy.stats import multivariate_normal
from torch import nn


def gaussian_model(decoder: nn.Module, pixels: int, sigma: float) -> Any:
    """What Quadrature reads of a model, with a Gaussian likelihood of fixed sigma."""

    def nll(output_BD, x_BD):
        square_B = ((x_BD - output_BD) ** 2).sum(-1)
        return square_B / (2 * sigma**2) + 0.5 * pixels * math.log(2 * math.pi * sigma**2)

    return SimpleNamespace(
        config=SimpleNamespace(latent_dim=2, pixels=pixels),
        likelihood=SimpleNamespace(nll=nll, mean=lambda output: output),
        decoder=decoder,
    )


def linear_toy(sigma: float) -> tuple[Any, Any]:
    """A linear decoder, and p(x) in closed form."""
    random = np.random.default_rng(0)
    w_D2, b_D = random.normal(0, 0.4, (6, 2)), random.uniform(0.3, 0.7, 6)
    decoder = nn.Linear(2, 6).double()
    with torch.no_grad():
        decoder.weight.copy_(torch.from_numpy(w_D2))
        decoder.bias.copy_(torch.from_numpy(b_D))
    density = multivariate_normal(b_D, w_D2 @ w_D2.T + sigma**2 * np.eye(6))
    return gaussian_model(decoder, 6, sigma), density
