r"""M2, the semi-supervised VAE: one encoder head guesses the class, the other one the style.

.. math:: p(x, y, z) = p(x|y,z)\,p(y)\,p(z), \qquad q(y, z|x) = q(y|x)\,q(z|x,y)

p(y) is uniform over K classes, p(z) = N(0, I), q(z|x,y) a diagonal Gaussian. Where the class y of
an image is missing it is one more latent, and the bound sums over it.

Shape suffixes: B images without a label, L with one, D pixels, I inputs, O outputs, K classes,
P pairs of an image and a class, Z latent dimensions.
Source: Kingma et al. 2014, arXiv:1406.5298, sections 2 and 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae_core.config import ModelConfig, TrainConfig
from vae_core.likelihoods import LIKELIHOODS, Likelihood
from vae_core.models.classifier import Classifier, PartlyLabelled, cross_entropy, gradients
from vae_core.models.elbo import kl_to_standard_normal, reparameterise
from vae_core.models.networks import clamp_logvar, initialise, mlp

IGNORE_BELOW = 1e-3
"""Classes that q(y|x) holds for less likely than this are left out of a training step's sum: soon
two of ten remain, and a step takes a third of the time."""


class ClassAndStyle(nn.Module):
    """The nets of M2 and its bounds, for any kind of input: pixels, or the latents of a VAE."""

    def __init__(
        self,
        config: ModelConfig,
        inputs: int,
        outputs: int,
        nll: Callable[[Tensor, Tensor], Tensor],
    ) -> None:
        """Sizes of the nets come from the config.

        Args:
            inputs, outputs: numbers that the encoder heads read, and that the decoder writes.
            nll: (output_PO, value_PI) -> -log p(value|y,z) in nats, shape (P,).
        """
        super().__init__()
        latent_dim, classes = config.latent_dim, config.classes
        self.latent_dim, self.classes = latent_dim, classes
        self.nll = nll
        self.classifier = mlp((inputs, *config.hidden, classes), config.activation)
        # The class enters as a one-hot vector, after the image or the style.
        self.encoder = mlp((inputs + classes, *config.hidden, 2 * latent_dim), config.activation)
        self.decoder = mlp(
            (latent_dim + classes, *config.decoder_hidden, outputs), config.activation
        )

    def initialise(self, generator: torch.Generator) -> None:
        for net in (self.classifier, self.encoder, self.decoder):
            initialise(net, generator)

    def log_probabilities(self, value_BI: Tensor) -> Tensor:
        """log q(y|value), nats, shape (B, K)."""
        return torch.log_softmax(self.classifier(value_BI), dim=-1)

    def encode(self, value_BI: Tensor, label_B: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|value, y), each (B, Z)."""
        return self._encode(value_BI, _each(value_BI), label_B)

    def decode(self, z_BZ: Tensor, label_B: Tensor) -> Tensor:
        """Styles (B, Z) and classes (B,) -> the decoder's output, (B, O)."""
        return _with_class(self.decoder, z_BZ, _each(z_BZ), label_B)

    def labelled_bound(
        self, value_BI: Tensor, label_B: Tensor, noise_BZ: Tensor, beta: float = 1.0
    ) -> Tensor:
        r"""One-sample estimate of a lower bound on log p(x, y), nats, shape (B,).

        .. math:: \mathbb E_{q(z|x,y)}[\log p(x|y,z)] + \log p(y) - KL[q(z|x,y) \| p(z)]

        Args:
            noise_BZ: standard normal draws, shape (B, Z).

        Source: Kingma et al. 2014, equation 6 (its -L).
        """
        return self._pair_bounds(value_BI, noise_BZ, _each(value_BI), label_B, beta)

    def unlabelled_bound(
        self, value_BI: Tensor, noise_BZ: Tensor, beta: float = 1.0, ignore_below: float = 0.0
    ) -> Tensor:
        r"""One-sample estimate of a lower bound on log p(x), nats, shape (B,).

        .. math:: \sum_y q(y|x) \left(-\mathcal L(x, y) - \log q(y|x)\right)

        with the labelled bound -L; it falls short of log p(x) by KL[q(y|x) || p(y|x)] if that is
        exact. One draw of noise serves all classes, so that they differ by nothing else.

        Args:
            noise_BZ: standard normal draws, shape (B, Z).
            ignore_below: classes for which q(y|x) is smaller are left out, and q(y|x) is scaled up
                over the others: another q, so it is still a bound. Below 1/K.

        Source: Kingma et al. 2014, equation 7 (its -U).
        """
        log_q_BK = self.log_probabilities(value_BI)
        if ignore_below > 0:
            out_BK = log_q_BK < math.log(ignore_below)
            log_q_BK = log_q_BK.masked_fill(out_BK, -math.inf).log_softmax(dim=-1)
        image_P, label_P = (log_q_BK > -math.inf).nonzero(as_tuple=True)
        log_q_P = log_q_BK[image_P, label_P]
        bound_P = self._pair_bounds(value_BI, noise_BZ, image_P, label_P, beta)
        share_P = log_q_P.exp() * (bound_P - log_q_P)
        return share_P.new_zeros(len(value_BI)).index_add(0, image_P, share_P)

    def objective(
        self,
        value_LI: Tensor,
        label_L: Tensor,
        value_BI: Tensor,
        labelled_share: float,
        alpha: float,
        beta: float,
        generator: torch.Generator,
    ) -> Tensor:
        """Mean of minus the bounds, each kind by its share, + alpha * classification loss, nats.

        Only for beta = 1 are they bounds: it multiplies the KL of the style.

        Source: Kingma et al. 2014, equation 9, divided by the number of images.
        """
        noise_LZ = self._noise(value_LI, generator)
        loss = alpha * cross_entropy(self.log_probabilities(value_LI), label_L)
        labelled = self.labelled_bound(value_LI, label_L, noise_LZ, beta).mean()
        if not len(value_BI):
            return loss - labelled
        noise_BZ = self._noise(value_BI, generator)
        unlabelled = self.unlabelled_bound(value_BI, noise_BZ, beta, IGNORE_BELOW).mean()
        return loss - labelled_share * labelled - (1 - labelled_share) * unlabelled

    def _noise(self, value_BI: Tensor, generator: torch.Generator) -> Tensor:
        shape_BZ = (len(value_BI), self.latent_dim)
        return torch.randn(shape_BZ, generator=generator, device=value_BI.device)

    def _encode(self, value_BI: Tensor, image_P: Tensor, label_P: Tensor) -> tuple[Tensor, Tensor]:
        mu_PZ, logvar_PZ = _with_class(self.encoder, value_BI, image_P, label_P).chunk(2, dim=-1)
        return mu_PZ, clamp_logvar(logvar_PZ)

    def _pair_bounds(
        self,
        value_BI: Tensor,
        noise_BZ: Tensor,
        image_P: Tensor,
        label_P: Tensor,
        beta: float,
    ) -> Tensor:
        """The labelled bound of chosen images under chosen classes, shape (P,)."""
        mu_PZ, logvar_PZ = self._encode(value_BI, image_P, label_P)
        z_PZ = reparameterise(mu_PZ, logvar_PZ, noise_BZ[image_P])
        nll_P = self.nll(self.decode(z_PZ, label_P), value_BI[image_P])
        return -nll_P - beta * kl_to_standard_normal(mu_PZ, logvar_PZ) - math.log(self.classes)


class SemiSupervisedVAE(Classifier):
    """M2 on pixels. The config's ``hidden`` are those of both encoder heads."""

    uses_unlabelled = True

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        family = LIKELIHOODS[config.likelihood]
        if family.noise == "learned":
            raise ValueError("a semi-supervised VAE has no learned noise; choose it fixed")
        self.likelihood = Likelihood(family, config.noise_sd**2 if family.noise else 1.0)
        self.nets = ClassAndStyle(config, config.pixels, config.pixels, self.likelihood.nll)

    def initialise(self, generator: torch.Generator) -> None:
        self.nets.initialise(generator)

    def log_probabilities(self, x_BD: Tensor) -> Tensor:
        return self.nets.log_probabilities(x_BD)

    def encode(self, x_BD: Tensor, label_B: Tensor) -> tuple[Tensor, Tensor]:
        """Images in [0, 1], (B, D), and classes (B,) -> mean and log-variance of q(z|x,y)."""
        return self.nets.encode(x_BD, label_B)

    def decode(self, z_BZ: Tensor, label_B: Tensor) -> Tensor:
        """Styles (B, Z) and classes (B,) -> mean images, (B, D)."""
        return self.likelihood.mean(self.nets.decode(z_BZ, label_B))

    def labelled_bound(self, x_BD: Tensor, label_B: Tensor, noise_BZ: Tensor) -> Tensor:
        """See ``ClassAndStyle.labelled_bound``."""
        return self.nets.labelled_bound(x_BD, label_B, noise_BZ)

    def unlabelled_bound(self, x_BD: Tensor, noise_BZ: Tensor) -> Tensor:
        """See ``ClassAndStyle.unlabelled_bound``."""
        return self.nets.unlabelled_bound(x_BD, noise_BZ)

    def objective_gradients(
        self, seen: PartlyLabelled, config: TrainConfig, beta: float, generator: torch.Generator
    ) -> list[Tensor]:
        loss = self.nets.objective(
            seen.x_LD, seen.label_L, seen.x_BD, seen.labelled_share, config.alpha, beta, generator
        )
        return gradients(loss, list(self.parameters()))


def _each(value_BI: Tensor) -> Tensor:
    return torch.arange(len(value_BI), device=value_BI.device)


def _with_class(net: nn.Sequential, value_BI: Tensor, image_P: Tensor, label_P: Tensor) -> Tensor:
    """net([value, one-hot class]) of every pair; the first layer reads each value once."""
    first = net[0]
    assert isinstance(first, nn.Linear)
    inputs = value_BI.shape[1]
    of_value_BH = F.linear(value_BI, first.weight[:, :inputs], first.bias)
    of_class_KH = first.weight[:, inputs:].t()
    out = of_value_BH[image_P] + of_class_KH[label_P]
    for layer in list(net)[1:]:
        out = layer(out)
    return out
