"""Encoder and decoder blocks.

Shape suffixes: B batch, D pixels, Z latent dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# One log-variance for sampling and KL alike. Without the clamp, an image unlike the
# training data (a drawing, say) can overflow exp() and take the whole batch with it.
LOGVAR_MIN, LOGVAR_MAX = -12.0, 6.0

_ACTIVATION_LAYERS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
}


def mlp(widths: Sequence[int], activation: str) -> nn.Sequential:
    """Linear layers of the given widths with an activation between them, none after the last."""
    layers: list[nn.Module] = []
    for width_in, width_out in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(width_in, width_out), _ACTIVATION_LAYERS[activation]()]
    return nn.Sequential(*layers[:-1])


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """PyTorch's usual Linear initialisation, U(+-1/sqrt(fan in)), from a generator of our own.

    Torch's global generator is shared between the sessions of one server.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            bound = layer.in_features**-0.5
            with torch.no_grad():
                layer.weight.uniform_(-bound, bound, generator=generator)
                layer.bias.uniform_(-bound, bound, generator=generator)


class GaussianEncoder(nn.Module):
    """x -> the mean and log-variance of q(z|x) = N(mu, diag(exp(logvar)))."""

    def __init__(self, widths: Sequence[int], latent_dim: int, activation: str) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.net = mlp([*widths, 2 * latent_dim], activation)

    def forward(self, x_BD: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, D) -> mu and logvar, each (B, Z); logvar within [-12, 6]."""
        mu_BZ, logvar_BZ = self.net(x_BD).float().chunk(2, dim=-1)
        return mu_BZ, logvar_BZ.clamp(LOGVAR_MIN, LOGVAR_MAX)
