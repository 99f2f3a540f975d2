"""Training of classifiers when most labels are missing, as a generator like ``training.vae``.

Shape suffixes: N images, L images with a label, B batch, D pixels, K classes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.batches import batches
from vae_core.data.images import LabelledImages
from vae_core.data.label_subset import UNKNOWN, known_labels
from vae_core.devices import choose_device
from vae_core.models import MODELS
from vae_core.models.classifier import Classifier, PartlyLabelled
from vae_core.models.on_latents import OnVae
from vae_core.storage.checkpoints import Checkpoint
from vae_core.training.loop import (
    Controls,
    Progress,
    Report,
    Stage,
    TrainingDivergedError,
    train_stage,
    untouched,
)
from vae_core.training.setup import (
    BINARISE,
    create_model,
    require_shape,
    shuffled,
    step_generator,
    stream_seed,
)
from vae_core.training.vae import train

VAE_SHARE = 0.6
"""The share of the epochs that a model in two stages gives to its VAE."""

_CHUNK = 1000  # images at once, so that memory stays bounded for any data set


@dataclass(frozen=True)
class ClassifierReport(Report):
    """What is known of a classifier after an epoch; see ``Report``.

    Attributes:
        stage: "vae" while a model in two stages has only its VAE trained, else "classifier".
        accuracy: of the held-out images, the share whose most probable class is the true one.
        log_loss: mean of -log p(y|x) over the held-out images, nats.
    """

    model: Classifier
    stage: str
    accuracy: float
    log_loss: float

    @property
    def finite(self) -> bool:
        return math.isfinite(self.log_loss)

    def curve_point(self) -> dict[str, float]:
        names = ("epoch", "seconds", "accuracy", "log_loss", "skipped_steps")
        return {name: getattr(self, name) for name in names}

    def in_words(self) -> str:
        return f"accuracy {self.accuracy:.1%}, log loss {self.log_loss:.3f} nats per image"


def classifier_kind(config: ModelConfig) -> type[Classifier]:
    """The class of a model that is trained to tell classes.

    Raises:
        ValueError: this kind of model is trained otherwise.
    """
    kind = MODELS[config.model]
    if not issubclass(kind, Classifier):
        raise ValueError(f"a model of the kind {config.model!r} is no classifier")
    return kind


def vae_epochs(config: TrainConfig) -> int:
    """How many epochs a model in two stages spends on its VAE."""
    return max(1, min(config.epochs - 1, round(VAE_SHARE * config.epochs)))


def train_classifier(
    model_config: ModelConfig,
    config: TrainConfig,
    images: LabelledImages,
    held_out: LabelledImages,
    controls: Callable[[], Controls] = untouched,
    resume: Checkpoint | None = None,
) -> Iterator[ClassifierReport]:
    """Train; yields a report at the start and after every epoch.

    An epoch is as many steps as it takes to see all training images once. Each step sees a batch
    of those with a label, and, where the model makes use of them, one of those without. The same
    configs, images and machine give the same model to the last bit (one thread).

    Args:
        images: training images; of their labels, ``config.labels_per_class`` are looked at.
        held_out: images for the curves; never trained on.
        controls: asked before every step; it may take its time, and then the run waits.
        resume: go on from here: its weights, and the epoch at which its history ends. The
            optimiser's averages and the random draws begin anew.

    Raises:
        ValueError: the images or labels do not fit the model, there are too few of a class, a
            model in two stages has fewer than two epochs, or CUDA was asked for in vain.
        TrainingDivergedError: with the last model inside that was no worse than untrained.
    """
    _check(model_config, config, images, held_out)
    device = choose_device(config.device)
    model = create_model(classifier_kind(model_config), model_config, config, device, resume)
    known_N = known_labels(images.label_N, config.labels_per_class, config.seed)
    progress = Progress.start(config, resume)

    def report(stage: str = "classifier") -> ClassifierReport:
        accuracy, log_loss = score(model, held_out)
        return ClassifierReport(
            epoch=progress.epochs_done,
            epochs=config.epochs,
            seconds=progress.seconds,
            stage=stage,
            accuracy=accuracy,
            log_loss=log_loss,
            changes=tuple(progress.changes),
            skipped_steps=progress.skipped_steps,
            model=model,
        )

    x_ND = images.x_ND.to(device)
    parameters, first_epoch = list(model.parameters()), 0
    if isinstance(model, OnVae):
        parameters, first_epoch = model.second_stage(), vae_epochs(config)
    if isinstance(model, OnVae) and progress.epochs_done <= first_epoch:
        for last in _train_vae(model, config, images, held_out, progress, report, controls, resume):
            yield last
        if not progress.asked.go_on:
            return
    else:
        last = report()
        yield last
    if isinstance(model, OnVae):
        started = time.perf_counter()
        known_N = model.settle(x_ND, known_N.to(device), config.seed)
        progress.seconds += time.perf_counter() - started
    stage = Stage(
        parameters,
        _label_gradients(model, config, x_ND, known_N.to(device), progress.draws),
        math.ceil(len(images) / config.batch_size),
        first_epoch,
    )
    yield from train_stage(stage, config, progress, report, last, controls)


def _train_vae(
    model: OnVae,
    config: TrainConfig,
    images: LabelledImages,
    held_out: LabelledImages,
    progress: Progress,
    report: Callable[[str], ClassifierReport],
    controls: Callable[[], Controls],
    resume: Checkpoint | None,
) -> Iterator[ClassifierReport]:
    """The first stage: ``training.vae.train`` as it is, reported as a classifier's."""

    def ask() -> Controls:
        progress.asked = controls()
        return progress.asked

    config = replace(config, epochs=vae_epochs(config))
    if resume is not None:
        resume = Checkpoint(model.vae, config, resume.history, resume.changes)
    plain = replace(model.config, model="vae")
    try:
        for now in train(plain, config, images, held_out, ask, resume):
            progress.at(now)
            model.vae.load_state_dict(now.model.state_dict())
            yield report("vae")
    except TrainingDivergedError as error:
        progress.at(error.report)
        model.vae.load_state_dict(error.report.model.state_dict())
        raise TrainingDivergedError(error.epoch, report("vae"), config, error.why) from error


def _label_gradients(
    model: Classifier, config: TrainConfig, x_ND: Tensor, label_N: Tensor, draws: int
) -> Callable[[float, float], Sequence[Tensor]]:
    """See ``Stage.gradients``. The batches and all draws depend on the seed and ``draws``."""
    generator = step_generator(config, draws, x_ND.device)
    draw_batch = batches(x_ND, config.binarisation, stream_seed(config.seed, BINARISE))
    labelled_L = torch.nonzero(label_N != UNKNOWN)[:, 0]
    missing_B = torch.nonzero(label_N == UNKNOWN)[:, 0]
    if not model.uses_unlabelled:
        missing_B = missing_B[:0]
    share = len(labelled_L) / len(label_N)
    labelled = shuffled(labelled_L, config.batch_size, generator)
    missing = shuffled(missing_B, config.batch_size, generator)

    def gradients(beta: float, _epoch: float) -> Sequence[Tensor]:
        index_L, index_B = next(labelled), next(missing)
        seen = PartlyLabelled(
            x_LD=draw_batch(index_L, generator),
            label_L=label_N[index_L],
            x_BD=draw_batch(index_B, generator),
            labelled_share=share,
        )
        return model.objective_gradients(seen, config, beta, generator)

    return gradients


@torch.no_grad()
def score(model: Classifier, images: LabelledImages) -> tuple[float, float]:
    """Accuracy, and mean of -log p(y|x) in nats, over images whose labels are known."""
    device = next(model.parameters()).device
    log_p_NK = torch.cat(
        [model.log_probabilities(x_BD.to(device)).cpu() for x_BD in images.x_ND.split(_CHUNK)]
    )
    accuracy = (log_p_NK.argmax(dim=1) == images.label_N).double().mean().item()
    return accuracy, -log_p_NK.gather(1, images.label_N[:, None]).double().mean().item()


def _check(
    model_config: ModelConfig, config: TrainConfig, images: LabelledImages, held_out: LabelledImages
) -> None:
    require_shape(model_config, images, held_out)
    for part in (images, held_out):
        if int(part.label_N.max()) >= model_config.classes:
            raise ValueError(
                f"the model tells {model_config.classes} classes apart, but there is a label "
                f"{int(part.label_N.max())}; labels are 0 to classes - 1"
            )
    if issubclass(classifier_kind(model_config), OnVae) and config.epochs < 2:
        raise ValueError(f"{model_config.model!r} trains in two stages and needs 2 epochs or more")
