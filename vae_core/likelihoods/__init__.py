"""p(x|z): how far an image is from what the decoder says, in nats per image.

Densities of different likelihoods, or of differently scaled or binarised pixels, are not
comparable.

Shape suffixes: B batch, D pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from vae_core.config import Binarisation, LikelihoodKind
from vae_core.likelihoods.continuous_bernoulli import (
    MOST_LOGIT,
    continuous_bernoulli_draw,
    continuous_bernoulli_flat,
    continuous_bernoulli_information,
    continuous_bernoulli_mean,
    continuous_bernoulli_nll,
    require_one_shape,
)

Scale = Tensor | float


def bernoulli_nll(logits_BD: Tensor, x_BD: Tensor, _variance: Scale = 1.0) -> Tensor:
    r"""-log p(x|z) for independent Bernoulli pixels with the given logits.

    .. math:: \sum_D \mathrm{softplus}(l) - x\,l

    For x in {0, 1} this is a log-probability. For grey x in (0, 1) it is the cross-entropy
    and no density: such numbers are comparable with one another, not with those of binary images.

    Args:
        logits_BD: decoder output, shape (B, D).
        x_BD: images in [0, 1], shape (B, D).

    Returns:
        nll_B: nats per image, shape (B,), summed over pixels.

    Raises:
        ValueError: the shapes differ; broadcasting would give a wrong NLL silently.

    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix C.1.
    """
    require_one_shape(logits_BD, x_BD)
    # No product of vectors: under autocast that would be bfloat16, and off by tenths of a nat.
    nll_B: Tensor = F.softplus(logits_BD).sum(-1) - (logits_BD * x_BD).sum(-1)
    return nll_B


def bernoulli_flat(logits: Tensor) -> Tensor:
    """2 arcsin(sqrt p), written so that neither it nor its gradient overflows at p = 0 or 1."""
    return torch.pi / 2 + 2 * torch.atan(torch.tanh(logits / 4))


def bernoulli_draw(logits: Tensor, _variance: Scale, generator: torch.Generator) -> Tensor:
    """Black or white pixels."""
    return torch.bernoulli(torch.sigmoid(logits), generator=generator)


def gaussian_draw(mean: Tensor, variance: Scale, generator: torch.Generator) -> Tensor:
    """Grey values around the mean; nothing keeps them within [0, 1]."""
    noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype)
    return mean + torch.as_tensor(variance, dtype=mean.dtype).sqrt() * noise


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
    require_one_shape(mean_BD, x_BD)
    squares_B, constant = gaussian_parts(((x_BD - mean_BD) ** 2).sum(-1), x_BD.shape[-1], variance)
    return squares_B + constant


def gaussian_parts(squared_error_B: Tensor, pixels: int, variance: Scale) -> tuple[Tensor, Tensor]:
    """The two terms of ``gaussian_nll``, nats: what errors cost, (B,), and the width, ().

    Their sum is least at variance = squared error / pixels, the mean squared error.
    """
    log_term = torch.log(torch.as_tensor(2 * math.pi * variance, dtype=squared_error_B.dtype))
    return squared_error_B / (2 * variance), 0.5 * pixels * log_term


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
        draw: (output, variance, generator) -> one draw of every pixel, same shape.
        of_grey: whether it is a density over grey values; else pixels should be black or white.
        limit: beyond it the decoder's output counts as this; its gradient is then zero.
        noise: "" or how the variance comes: "fixed" by the config, or "learned".
    """

    title: str
    nll: Callable[[Tensor, Tensor, Scale], Tensor]
    mean: Callable[[Tensor], Tensor]
    information: Callable[[Tensor], Tensor]
    flat: Callable[[Tensor], Tensor]
    draw: Callable[[Tensor, Scale, torch.Generator], Tensor]
    of_grey: bool
    noise: str = ""
    limit: float = math.inf


_GAUSSIAN = (
    gaussian_nll,
    lambda mean: mean,
    torch.ones_like,
    lambda mean: mean,
    gaussian_draw,
)

LIKELIHOODS: dict[LikelihoodKind, Family] = {
    "bernoulli": Family(
        "Bernoulli",
        bernoulli_nll,
        torch.sigmoid,
        lambda logits: torch.sigmoid(logits) * torch.sigmoid(-logits),
        bernoulli_flat,
        bernoulli_draw,
        of_grey=False,
    ),
    "continuous-bernoulli": Family(
        "continuous Bernoulli",
        continuous_bernoulli_nll,
        continuous_bernoulli_mean,
        continuous_bernoulli_information,
        continuous_bernoulli_flat,
        continuous_bernoulli_draw,
        of_grey=True,
        limit=MOST_LOGIT,
    ),
    "gaussian": Family("Gaussian, σ fixed", *_GAUSSIAN, of_grey=True, noise="fixed"),
    "gaussian-learned": Family("Gaussian, σ learned", *_GAUSSIAN, of_grey=True, noise="learned"),
}


def usual_binarisation(likelihood: LikelihoodKind) -> Binarisation:
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
        if self.family.limit < math.inf:
            difference_BD.masked_fill_(output_BD.abs() > self.family.limit, 0)
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

    def draw(self, output: Tensor, generator: torch.Generator) -> Tensor:
        """One draw x ~ p(x|z) of every pixel, same shape."""
        return self.family.draw(output, self.variance, generator)
