"""The trainer of every kind of model, behind one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.images import LabelledImages
from vae_core.models import MODELS
from vae_core.models.classifier import Classifier
from vae_core.storage.checkpoints import Checkpoint
from vae_core.training.classifier import ClassifierReport, train_classifier
from vae_core.training.loop import Controls, untouched
from vae_core.training.vae import EpochReport, train

Report = EpochReport | ClassifierReport


def train_model(
    model_config: ModelConfig,
    config: TrainConfig,
    images: LabelledImages,
    held_out: LabelledImages,
    controls: Callable[[], Controls] = untouched,
    resume: Checkpoint | None = None,
) -> Iterator[Report]:
    """Train a model of any kind; arguments and errors are those of ``training.train``."""
    if issubclass(MODELS[model_config.model], Classifier):
        return train_classifier(model_config, config, images, held_out, controls, resume)
    return train(model_config, config, images, held_out, controls, resume)


def in_words(report: Report) -> str:
    """The held-out figures of an epoch, on one line."""
    if isinstance(report, ClassifierReport):
        return f"accuracy {report.accuracy:.1%}, log loss {report.log_loss:.3f} nats per image"
    return (
        f"ELBO {report.elbo:.2f}, reconstruction NLL {report.reconstruction_nll:.2f}, "
        f"KL {report.kl:.2f} nats per image"
    )
