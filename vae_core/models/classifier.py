"""What all classifiers share: log p(y|x), and gradients from images with and without labels.

Shape suffixes: B images without a label, L images with one, D pixels, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.config import TrainConfig
from vae_core.models.base import Model


@dataclass(frozen=True)
class PartlyLabelled:
    """What one step of training sees.

    Attributes:
        x_LD, label_L: images in [0, 1] with their classes, (L, D) and (L,).
        x_BD: images whose labels are missing, (B, D); B may be 0.
        labelled_share: of the training images, how many have a label, above 0 and at most 1. A mean
            over all images is that share of the mean over ``x_LD`` and the rest of that over
            ``x_BD``.
    """

    x_LD: Tensor
    label_L: Tensor
    x_BD: Tensor
    labelled_share: float


class Classifier(Model):
    """A model that tells classes: see ``training.classifier``."""

    uses_unlabelled = False
    """Whether ``objective_gradients`` looks at the images without labels."""

    def log_probabilities(self, x_BD: Tensor) -> Tensor:
        """Images in [0, 1], (B, D) -> log p(y|x) in nats, shape (B, K)."""
        raise NotImplementedError

    def objective_gradients(
        self, seen: PartlyLabelled, config: TrainConfig, beta: float, generator: torch.Generator
    ) -> list[Tensor]:
        """Gradients of what this kind of model minimises for ``parameters()``, in their order.

        Args:
            beta: weight of the KL term now, in models that have one.
        """
        raise NotImplementedError


def cross_entropy(log_probability_BK: Tensor, label_B: Tensor) -> Tensor:
    """Mean of -log p(y|x) over the images, nats."""
    return -log_probability_BK.gather(1, label_B[:, None]).mean()


def gradients(value: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """Gradients of a scalar for the parameters; zeros for those it does not depend on."""
    return list(torch.autograd.grad(value, list(parameters), materialize_grads=True))
