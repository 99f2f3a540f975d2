"""Encoder and decoder blocks.

Shape suffixes: B batch, D pixels, Z latent dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

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


def clamp_logvar(logvar: Tensor) -> Tensor:
    """Within [-12, 6]; its gradient is zero outside."""
    return logvar.clamp(LOGVAR_MIN, LOGVAR_MAX)


def mlp(widths: Sequence[int], activation: str) -> nn.Sequential:
    """Linear layers of the given widths with an activation between them, none after the last."""
    layers: list[nn.Module] = []
    for width_in, width_out in pairwise(widths):
        layers += [nn.Linear(width_in, width_out), _ACTIVATION_LAYERS[activation]()]
    return nn.Sequential(*layers[:-1])


def initialise(net: nn.Module, generator: torch.Generator, *, from_latent: bool = False) -> None:
    """Weights U(+-sqrt(3 / fan in)), of variance 1 / fan in, and biases 0, in place.

    Torch's own default has a third of that variance, and signals fade on their way through the
    layers.

    Args:
        generator: ours, since torch's global one is shared between the sessions of one server.
        from_latent: the first layer reads a latent of few dimensions. It starts wider, biases
            too, so that its units switch at places spread over the prior.

    Source: LeCun et al. 1998, "Efficient BackProp", section 4.6.
    """
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for place, layer in enumerate(layers):
            wide = from_latent and place == 0
            bound = (3.0 if wide else 3**0.5) * layer.in_features**-0.5
            layer.weight.uniform_(-bound, bound, generator=generator)
            if wide:
                layer.bias.uniform_(-bound, bound, generator=generator)
            else:
                layer.bias.zero_()


class GaussianEncoder(nn.Module):
    """x -> the mean and log-variance of q(z|x) = N(mu, diag(exp(logvar)))."""

    def __init__(self, widths: Sequence[int], latent_dim: int, activation: str) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.net = mlp([*widths, 2 * latent_dim], activation)

    def forward(self, x_BD: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, D) -> mu and logvar, each (B, Z); logvar within [-12, 6]."""
        mu_BZ, logvar_BZ = self.net(x_BD).float().chunk(2, dim=-1)
        return mu_BZ, clamp_logvar(logvar_BZ)


# (gradient of the output, input) -> gradient of the input.
_ACTIVATION_BACKWARD: dict[type[nn.Module], Callable[[Tensor, Tensor], Tensor]] = {
    nn.SiLU: torch.ops.aten.silu_backward,
    nn.GELU: torch.ops.aten.gelu_backward,
    nn.ReLU: lambda grad, value: torch.ops.aten.threshold_backward(grad, value, 0),
    nn.Tanh: lambda grad, value: torch.ops.aten.tanh_backward(grad, value.tanh()),
}


def forward_keeping_inputs(net: nn.Sequential, value: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Output of an ``mlp``, and what went into each of its layers, for ``backward``."""
    inputs = []
    for layer in net:
        inputs.append(value)
        value = layer(value)
    return value, inputs


def push_forward(
    net: nn.Sequential, value: Tensor, tangents: Sequence[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """Output of an ``mlp`` at ``value``, and the directional derivatives there (forward mode).

    Args:
        value: shape (B, in).
        tangents: directions, each of the shape of ``value``.

    Returns:
        The output (B, out), and the derivative along each direction, (B, out). Half the time of
        ``torch.func.jvp``, which calculates the output once a direction.
    """
    for layer in net:
        if isinstance(layer, nn.Linear):
            tangents = [tangent @ layer.weight.t() for tangent in tangents]
        else:  # it acts on each number by itself: its backward is its forward derivative as well
            derivative = _ACTIVATION_BACKWARD[type(layer)]
            tangents = [derivative(tangent, value) for tangent in tangents]
        value = layer(value)
    return value, list(tangents)


def backward(
    net: nn.Sequential, inputs: Sequence[Tensor], grad: Tensor, *, to_input: bool
) -> tuple[list[Tensor], Tensor]:
    """Gradients of an ``mlp``'s parameters, in their order, and of its input if ``to_input``.

    Args:
        inputs: from ``forward_keeping_inputs``.
        grad: gradient of the output.
    """
    gradients: list[Tensor] = []
    for place in reversed(range(len(inputs))):
        layer, value = net[place], inputs[place]
        if isinstance(layer, nn.Linear):
            dtype = layer.weight.dtype  # the products are bfloat16 under autocast
            gradients += [grad.sum(0, dtype=dtype), (grad.t() @ value).to(dtype)]
            if place > 0 or to_input:
                grad = grad @ layer.weight
        else:
            grad = _ACTIVATION_BACKWARD[type(layer)](grad, value)
    return gradients[::-1], grad
