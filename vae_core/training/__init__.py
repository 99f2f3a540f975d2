"""The trainer of every kind of model, behind one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.images import LabelledImages
from vae_core.models import MODELS
from vae_core.models.classifier import Classifier
from vae_core.settings import check_settings
from vae_core.storage.checkpoints import Checkpoint, require_openable
from vae_core.training.classifier import train_classifier
from vae_core.training.loop import Controls, Report, untouched
from vae_core.training.vae import train


def train_model(
    model_config: ModelConfig,
    config: TrainConfig,
    images: LabelledImages,
    held_out: LabelledImages,
    controls: Callable[[], Controls] = untouched,
    resume: Checkpoint | None = None,
) -> Iterator[Report]:
    """Train a model of any kind; arguments and errors are those of ``training.vae.train``.

    Raises:
        ValueError: also for a setting that this kind does not read, see ``settings``, and for a
            model whose file could not be opened again.
    """
    check_settings(model_config, config)
    require_openable(model_config)
    if issubclass(MODELS[model_config.model], Classifier):
        return train_classifier(model_config, config, images, held_out, controls, resume)
    return train(model_config, config, images, held_out, controls, resume)
