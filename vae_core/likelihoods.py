"""p(x|z): how far an image is from what the decoder says, in nats per image.

Densities of different likelihoods, or of differently scaled or binarised pixels, do not compare.

Shape suffixes: B batch, D pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

# Below it the closed forms of the continuous Bernoulli lose digits, and a series is as good.
_NEAR_ZERO = 0.1
_FLAT_NODES = 16

Scale = Tensor | float


def bernoulli_nll(logits_BD: Tensor, x_BD: Tensor, _variance: Scale = 1.0) -> Tensor:
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
    _require_one_shape(logits_BD, x_BD)
    nll_B: Tensor = F.softplus(logits_BD).sum(-1) - torch.linalg.vecdot(logits_BD, x_BD)
    return nll_B


def continuous_bernoulli_nll(logits_BD: Tensor, x_BD: Tensor, _variance: Scale = 1.0) -> Tensor:
    r"""-log p(x|z) for independent pixels in [0, 1] with density proportional to exp(x l).

    .. math:: \sum_D \log\frac{e^l - 1}{l} - x\,l

    The Bernoulli formula with the constant that makes it a density over grey values; it can be
    negative, as densities exceed 1.

    Args, returns, errors: as ``bernoulli_nll``.

    Source: Loaiza-Ganem & Cunningham 2019, arXiv:1907.06845.
    """
    _require_one_shape(logits_BD, x_BD)
    size_BD = logits_BD.abs().clamp_min(_NEAR_ZERO)
    far_BD = logits_BD.clamp_min(0) + torch.log(-torch.expm1(-size_BD)) - torch.log(size_BD)
    square_BD = logits_BD**2
    # In the branch that is not taken the series must not overflow: its gradient would be NaN.
    series = square_BD.clamp_max(_NEAR_ZERO**2)
    near_BD = logits_BD / 2 + series / 24 - series**2 / 2880 + series**3 / 181440
    log_partition_BD = torch.where(logits_BD.abs() < _NEAR_ZERO, near_BD, far_BD)
    nll_B: Tensor = log_partition_BD.sum(-1) - torch.linalg.vecdot(logits_BD, x_BD)
    return nll_B


def continuous_bernoulli_mean(logits: Tensor) -> Tensor:
    """E[x] = 1 / (1 - exp(-l)) - 1 / l of a continuous Bernoulli pixel, any shape."""
    near = logits.abs() < _NEAR_ZERO
    safe = torch.where(near, torch.ones_like(logits), logits)
    far = -1 / torch.expm1(-safe) - 1 / safe
    series = logits.clamp(-_NEAR_ZERO, _NEAR_ZERO)
    return torch.where(near, 0.5 + series / 12 - series**3 / 720 + series**5 / 30240, far)


def continuous_bernoulli_information(logits: Tensor) -> Tensor:
    """Fisher information 1 / l^2 - 1 / (4 sinh^2(l / 2)) of a pixel, the slope of its mean."""
    near = logits.abs() < _NEAR_ZERO
    safe = torch.where(near, torch.ones_like(logits), logits)
    # sinh would overflow: e^-l / (1 - e^-l)^2 is the same.
    decay = torch.exp(-safe.abs())
    far = 1 / safe**2 - decay / (1 - decay) ** 2
    series = logits.clamp(-_NEAR_ZERO, _NEAR_ZERO) ** 2
    return torch.where(near, 1 / 12 - series / 240 + series**2 / 6048, far)


def bernoulli_flat(logits: Tensor) -> Tensor:
    """2 arcsin(sqrt p), written so that neither it nor its gradient overflows at p = 0 or 1."""
    return torch.pi / 2 + 2 * torch.atan(torch.tanh(logits / 4))


def continuous_bernoulli_flat(logits: Tensor) -> Tensor:
    """The integral of the root of the information from 0 to l, by Gauss-Legendre quadrature.

    Over u with l = sinh(u): the root falls off as 1 / l, and the integrand stays level.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_FLAT_NODES)
    end = torch.asinh(logits)
    total = torch.zeros_like(logits)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        at = torch.sinh(end * node)
        root = continuous_bernoulli_information(at).sqrt()
        total = total + weight * root * torch.cosh(end * node)
    return total * end


def gaussian_nll(mean_BD: Tensor, x_BD: Tensor, variance: Scale) -> Tensor:
    r"""-log p(x|z) for independent Gaussian pixels around the decoder's output.

    .. math:: \frac{\lVert x - m \rVert^2}{2\sigma^2} + \frac D2 \log 2\pi\sigma^2

    A density: it can be negative.

    Args:
        mean_BD: decoder output, shape (B, D).
        x_BD: images, shape (B, D).
        variance: sigma^2 of every pixel, > 0.

    Returns, errors: as ``bernoulli_nll``.
    """
    _require_one_shape(mean_BD, x_BD)
    squared_B = ((x_BD - mean_BD) ** 2).sum(-1)
    log_term = torch.log(torch.as_tensor(2 * math.pi * variance, dtype=squared_B.dtype))
    return squared_B / (2 * variance) + 0.5 * x_BD.shape[-1] * log_term


def _require_one_shape(output_BD: Tensor, x_BD: Tensor) -> None:
    if output_BD.shape != x_BD.shape:
        raise ValueError(
            f"logits and images must have one shape (B, D), "
            f"got {tuple(output_BD.shape)} and {tuple(x_BD.shape)}"
        )


@dataclass(frozen=True)
class Family:
    """One row of ``LIKELIHOODS``: an exponential family with the decoder's output as parameter.

    Attributes:
        title: how the app names it.
        nll: (output_BD, x_BD, variance) -> nats per image, shape (B,).
        mean: decoder output (..., D) -> the mean image, same shape.
        information: decoder output -> Fisher information of each pixel for it, at variance 1.
        flat: decoder output -> coordinates in which the Fisher metric is the Euclidean one: the
            integral of the root of the information.
        of_grey: whether it is a density over grey values; else pixels should be black or white.
        noise: "" or how the variance comes: "fixed" by the config, or "learned".
    """

    title: str
    nll: Callable[[Tensor, Tensor, Scale], Tensor]
    mean: Callable[[Tensor], Tensor]
    information: Callable[[Tensor], Tensor]
    flat: Callable[[Tensor], Tensor]
    of_grey: bool
    noise: str = ""


_GAUSSIAN = (gaussian_nll, lambda mean: mean, torch.ones_like, lambda mean: mean)

LIKELIHOODS: dict[str, Family] = {
    "bernoulli": Family(
        "Bernoulli",
        bernoulli_nll,
        torch.sigmoid,
        lambda logits: torch.sigmoid(logits) * torch.sigmoid(-logits),
        bernoulli_flat,
        of_grey=False,
    ),
    "continuous-bernoulli": Family(
        "continuous Bernoulli",
        continuous_bernoulli_nll,
        continuous_bernoulli_mean,
        continuous_bernoulli_information,
        continuous_bernoulli_flat,
        of_grey=True,
    ),
    "gaussian": Family("Gaussian, σ fixed", *_GAUSSIAN, of_grey=True, noise="fixed"),
    "gaussian-learned": Family("Gaussian, σ learned", *_GAUSSIAN, of_grey=True, noise="learned"),
}


def usual_binarisation(likelihood: str) -> str:
    """How pixels are best taken by a key of ``LIKELIHOODS``: drawn, or grey as they are."""
    return "none" if LIKELIHOODS[likelihood].of_grey else "dynamic"


@dataclass(frozen=True)
class Likelihood:
    """p(x|z) of one model: a family with its variance.

    Attributes:
        variance: sigma^2 of Gaussian pixels; 1 for the other families.
    """

    family: Family
    variance: Scale = 1.0

    def nll(self, output_BD: Tensor, x_BD: Tensor) -> Tensor:
        """-log p(x|z) of each image, nats, shape (B,)."""
        return self.family.nll(output_BD, x_BD, self.variance)

    def nll_gradient(self, output_BD: Tensor, x_BD: Tensor) -> Tensor:
        """Gradient of each image's nll for the decoder's output, (mean - x) / variance, (B, D)."""
        difference_BD = self.family.mean(output_BD) - x_BD
        return difference_BD / self.variance if self.family.noise else difference_BD

    def mean(self, output: Tensor) -> Tensor:
        """Decoder output (..., D) -> the mean image, same shape."""
        return self.family.mean(output)

    def information(self, output: Tensor) -> Tensor:
        """Fisher information of each pixel for the decoder's output, same shape."""
        return self.family.information(output) / self.variance

    def flat(self, output: Tensor) -> Tensor:
        """Coordinates in which the pixels' Fisher metric is the Euclidean one, same shape."""
        return self.family.flat(output) / torch.as_tensor(self.variance).sqrt()
