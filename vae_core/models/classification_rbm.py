r"""The classification RBM: hidden units between an image and its class, and p(y|x) exactly.

.. math:: E(x, y, h) = -h^\top W x - b^\top x - c^\top h - d_y - U_y^\top h, \qquad
          p(x, y) \propto \sum_h e^{-E(x, y, h)}

over binary pixels and hidden units. Grey pixels stand for their means.

Shape suffixes: B batch, D pixels, H hidden units, K classes.
Source: Larochelle & Bengio 2008, "Classification using discriminative restricted Boltzmann
machines"; Larochelle et al. 2012, JMLR 13.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae_core.config import ModelConfig, TrainConfig
from vae_core.models.classifier import Classifier, PartlyLabelled

CD_STEPS = 1  # of Gibbs sampling in training


class ClassificationRBM(Classifier):
    """H = the config's single hidden width; parameters W (H, D), b, c, d and U (K, H)."""

    uses_unlabelled = True

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        if len(config.hidden) != 1:
            raise ValueError(
                f"a classification RBM has one layer of hidden units, got hidden={config.hidden}"
            )
        pixels, hidden, classes = config.pixels, config.hidden[0], config.classes
        self.filters_HD = nn.Parameter(torch.empty(hidden, pixels))
        self.pixel_bias_D = nn.Parameter(torch.empty(pixels))
        self.hidden_bias_H = nn.Parameter(torch.empty(hidden))
        self.class_bias_K = nn.Parameter(torch.empty(classes))
        self.class_weights_KH = nn.Parameter(torch.empty(classes, hidden))

    def initialise(self, generator: torch.Generator) -> None:
        """Weights U(+-max(H, D)^-1/2), biases 0, as the source does."""
        bound = max(self.filters_HD.shape) ** -0.5
        with torch.no_grad():
            for weight in (self.filters_HD, self.class_weights_KH):
                weight.uniform_(-bound, bound, generator=generator)
            for bias in (self.pixel_bias_D, self.hidden_bias_H, self.class_bias_K):
                bias.zero_()

    # --- exact

    def _inputs(self, x_BD: Tensor) -> Tensor:
        """What reaches each hidden unit under each class, shape (B, K, H)."""
        of_image_BH = F.linear(x_BD, self.filters_HD, self.hidden_bias_H)
        return of_image_BH[:, None] + self.class_weights_KH

    def free_energies(self, x_BD: Tensor) -> Tensor:
        r"""-log sum_h exp(-E(x, y, h)) of each image under every class, nats, shape (B, K).

        .. math:: F(x, y) = -b^\top x - d_y - \sum_H \mathrm{softplus}(c + W x + U_y)

        Differences between them are differences of log p(x, y): the lower, the likelier.
        """
        hidden_BK = F.softplus(self._inputs(x_BD)).sum(-1)
        return -(x_BD @ self.pixel_bias_D)[:, None] - self.class_bias_K - hidden_BK

    def free_energy(self, x_BD: Tensor, label_B: Tensor) -> Tensor:
        """The free energy of each image under its class, nats, shape (B,)."""
        return self.free_energies(x_BD).gather(1, label_B[:, None])[:, 0]

    def log_probabilities(self, x_BD: Tensor) -> Tensor:
        """log p(y|x), exactly: the normaliser over images drops out. Shape (B, K), nats."""
        return (-self.free_energies(x_BD)).log_softmax(dim=-1)

    # --- gradients, each in the order of ``parameters()``

    @torch.no_grad()
    def discriminative_gradients(self, x_BD: Tensor, label_B: Tensor) -> list[Tensor]:
        """Gradients of the mean of -log p(y|x), exactly. Source: Larochelle & Bengio 2008."""
        inputs_BKH = self._inputs(x_BD)
        hidden_BK = F.softplus(inputs_BKH).sum(-1)
        miss_BK = (self.class_bias_K + hidden_BK).softmax(dim=-1)
        miss_BK[torch.arange(len(x_BD)), label_B] -= 1
        miss_BK /= len(x_BD)
        weighted_BKH = inputs_BKH.sigmoid_().mul_(miss_BK[..., None])
        grad_BH = weighted_BKH.sum(1)
        return [
            grad_BH.t() @ x_BD,
            torch.zeros_like(self.pixel_bias_D),
            grad_BH.sum(0),
            miss_BK.sum(0),
            weighted_BKH.sum(0),
        ]

    @torch.no_grad()
    def generative_gradients(
        self, x_BD: Tensor, class_BK: Tensor, generator: torch.Generator, steps: int = CD_STEPS
    ) -> list[Tensor]:
        """Contrastive divergence: an estimate for the mean of -log p(x, y), or of -log p(x).

        Statistics of the data less those of a chain of ``steps`` Gibbs steps that starts there.
        The more steps the smaller the bias.

        Args:
            class_BK: 1 at each image's class; where that is missing, p(y|x).

        Source: Hinton 2002, "Training products of experts by minimizing contrastive divergence".
        """
        class_now_BK = _draw_class(class_BK, generator)
        x_now_BD = x_BD
        for _ in range(steps):
            h_BH = _draw(self._hidden_means(x_now_BD, class_now_BK), generator)
            x_now_BD = _draw(torch.sigmoid(self.pixel_bias_D + h_BH @ self.filters_HD), generator)
            logits_BK = self.class_bias_K + h_BH @ self.class_weights_KH.t()
            class_now_BK = _draw_class(logits_BK.softmax(dim=-1), generator)
        data = self._statistics(x_BD, class_BK)
        model = self._statistics(x_now_BD, class_now_BK)
        return [b - a for a, b in zip(data, model, strict=True)]

    def _hidden_means(self, x_BD: Tensor, class_BK: Tensor) -> Tensor:
        of_image_BH = F.linear(x_BD, self.filters_HD, self.hidden_bias_H)
        return torch.sigmoid(of_image_BH + class_BK @ self.class_weights_KH)

    def _statistics(self, x_BD: Tensor, class_BK: Tensor) -> list[Tensor]:
        """Batch means of -dE/dparameter with the hidden units summed out."""
        share = 1 / len(x_BD)
        if ((class_BK == 0) | (class_BK == 1)).all():
            h_BH = self._hidden_means(x_BD, class_BK)
            of_class_KH = class_BK.t() @ h_BH
        else:
            weighted_BKH = torch.sigmoid(self._inputs(x_BD)).mul_(class_BK[..., None])
            h_BH, of_class_KH = weighted_BKH.sum(1), weighted_BKH.sum(0)
        return [
            share * (h_BH.t() @ x_BD),
            x_BD.mean(0),
            h_BH.mean(0),
            class_BK.mean(0),
            share * of_class_KH,
        ]

    def objective_gradients(
        self, seen: PartlyLabelled, config: TrainConfig, _beta: float, generator: torch.Generator
    ) -> list[Tensor]:
        """Gradients of (1 - g) (-log p(y|x)) + g (-log p(x, y)), g = ``config.generative_weight``.

        Where classes are missing, the second part is half of it and half of -log p(x) of the images
        without one: by their numbers the few labels would have no say in what a class is.

        Source: Larochelle & Bengio 2008, whose weight of the unlabelled part is 1 here.
        """
        weight = config.generative_weight
        total = [torch.zeros_like(parameter) for parameter in self.parameters()]

        def add(factor: float, parts: list[Tensor]) -> None:
            for sum_, part in zip(total, parts, strict=True):
                sum_.add_(part, alpha=factor)

        if weight < 1:
            add(1 - weight, self.discriminative_gradients(seen.x_LD, seen.label_L))
        if weight > 0:
            one_hot_LK = F.one_hot(seen.label_L, self.config.classes).to(seen.x_LD.dtype)
            share = weight / 2 if len(seen.x_BD) else weight
            add(share, self.generative_gradients(seen.x_LD, one_hot_LK, generator))
            if len(seen.x_BD):
                guess_BK = self.log_probabilities(seen.x_BD).exp()
                add(weight - share, self.generative_gradients(seen.x_BD, guess_BK, generator))
        return total


def _draw(mean: Tensor, generator: torch.Generator) -> Tensor:
    uniform = torch.rand(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return (uniform < mean).to(mean.dtype)


def _draw_class(probability_BK: Tensor, generator: torch.Generator) -> Tensor:
    """One-hot draws, (B, K)."""
    chosen_B = probability_BK.multinomial(1, generator=generator)[:, 0]
    return F.one_hot(chosen_B, probability_BK.shape[1]).to(probability_BK.dtype)
