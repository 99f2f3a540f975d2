"""The baselines: classifiers on pixels that see only the images with labels."""

from __future__ import annotations

import torch
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.models.classifier import Classifier, PartlyLabelled, cross_entropy, gradients
from vae_core.models.networks import initialise, mlp


class PixelMlp(Classifier):
    """p(y|x) = softmax(net(x)), the net with the config's hidden layers."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.net = mlp((config.pixels, *self.widths(config), config.classes), config.activation)

    @staticmethod
    def widths(config: ModelConfig) -> tuple[int, ...]:
        """Widths of the hidden layers."""
        return config.hidden

    def initialise(self, generator: torch.Generator) -> None:
        initialise(self.net, generator)

    def log_probabilities(self, x_BD: Tensor) -> Tensor:
        return torch.log_softmax(self.net(x_BD), dim=-1)

    def objective_gradients(
        self,
        seen: PartlyLabelled,
        _config: TrainConfig,
        _beta: float,
        _generator: torch.Generator,
    ) -> list[Tensor]:
        loss = cross_entropy(self.log_probabilities(seen.x_LD), seen.label_L)
        return gradients(loss, list(self.parameters()))


class LogisticRegression(PixelMlp):
    """p(y|x) = softmax(W x + b), without a hidden layer."""

    @staticmethod
    def widths(_config: ModelConfig) -> tuple[int, ...]:
        return ()
