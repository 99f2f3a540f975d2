"""p(x|z): how far an image is from what the decoder says, in nats per image.

Shape suffixes: B batch, D pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


def bernoulli_nll(logits_BD: Tensor, x_BD: Tensor) -> Tensor:
    r"""-log p(x|z) for independent Bernoulli pixels with the given logits.

    .. math:: \sum_D \mathrm{softplus}(l) - x\,l

    For x in {0, 1} this is a log-probability. For grey x in (0, 1) it is the cross-entropy
    and no density: such numbers compare with one another, not with those of binary images.

    Args:
        logits_BD: decoder output, shape (B, D).
        x_BD: images in [0, 1], shape (B, D).

    Returns:
        nll_B: nats per image, shape (B,), summed over pixels.

    Raises:
        ValueError: the shapes differ; broadcasting would give a wrong NLL silently.

    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix C.1.
    """
    if logits_BD.shape != x_BD.shape:
        raise ValueError(
            f"logits and images must have one shape (B, D), "
            f"got {tuple(logits_BD.shape)} and {tuple(x_BD.shape)}"
        )
    nll_B: Tensor = F.softplus(logits_BD).sum(-1) - torch.linalg.vecdot(logits_BD, x_BD)
    return nll_B


def bernoulli_nll_gradient(logits_BD: Tensor, x_BD: Tensor) -> Tensor:
    """Gradient of ``bernoulli_nll`` for the logits, sigmoid(logits) - x, shape (B, D)."""
    return torch.sigmoid(logits_BD).sub_(x_BD)


@dataclass(frozen=True)
class Likelihood:
    """One row of ``LIKELIHOODS``.

    Attributes:
        title: how the app names it.
        nll: (output_BD, x_BD) -> nats per image, shape (B,).
        nll_gradient: (output_BD, x_BD) -> gradient of each image's nll for its output, (B, D).
        mean: decoder output (..., D) -> the mean image in [0, 1], same shape.
    """

    title: str
    nll: Callable[[Tensor, Tensor], Tensor]
    nll_gradient: Callable[[Tensor, Tensor], Tensor]
    mean: Callable[[Tensor], Tensor]


LIKELIHOODS: dict[str, Likelihood] = {
    "bernoulli": Likelihood(
        "Bernoulli (binary pixels)", bernoulli_nll, bernoulli_nll_gradient, torch.sigmoid
    ),
}
