"""Training of classifiers when most labels are missing, as a generator like ``training.train``.

Shape suffixes: N images, L images with a label, B batch, D pixels, K classes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vae_core.config import Change, ModelConfig, TrainConfig
from vae_core.data.batches import batches
from vae_core.data.images import LabelledImages
from vae_core.data.label_subset import UNKNOWN, known_labels
from vae_core.devices import choose_device
from vae_core.models import MODELS
from vae_core.models.classifier import Classifier, PartlyLabelled
from vae_core.models.on_latents import OnVae
from vae_core.storage.checkpoints import Checkpoint
from vae_core.training.loop import (
    BINARISE,
    STEPS,
    WEIGHTS,
    Controls,
    TrainingDivergedError,
    denormals_as_zero,
    moved,
    stream_seed,
    untouched,
)
from vae_core.training.optimisation import GuardedAdam, one_cycle
from vae_core.training.schedules import beta_at
from vae_core.training.vae import train

VAE_SHARE = 0.6
"""Of the epochs, how many a model in two stages gives to its VAE."""

_CHUNK = 1000  # images at once, so that memory stays bounded for any data set


@dataclass(frozen=True)
class ClassifierReport:
    """What is known after an epoch; epoch 0 is the untrained model.

    Attributes:
        epoch, epochs: the one just done, and how many there will be.
        seconds: spent training so far, evaluation not counted.
        stage: "vae" while a model in two stages has only its VAE trained, else "classifier".
        accuracy: of the held-out images, the share whose most probable class is the true one.
        log_loss: mean of -log p(y|x) over the held-out images, nats.
        changes: what was moved by hand so far.
        skipped_steps: steps of this epoch whose gradient was not finite, left out.
        model: the live model; it changes when the generator goes on.
    """

    epoch: int
    epochs: int
    seconds: float
    stage: str
    accuracy: float
    log_loss: float
    changes: tuple[Change, ...]
    skipped_steps: int
    model: Classifier

    def curve_point(self) -> dict[str, float]:
        """The numbers alone, for the history of a checkpoint."""
        names = ("epoch", "seconds", "accuracy", "log_loss", "skipped_steps")
        return {name: getattr(self, name) for name in names}


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
        TrainingDivergedError: with the last finite model inside.
    """
    _check(model_config, config, images, held_out)
    device = choose_device(config.device)
    model = classifier_kind(model_config).create(
        model_config, torch.Generator().manual_seed(stream_seed(config.seed, WEIGHTS))
    )
    if resume is not None:
        model.load_state_dict(resume.model.state_dict())
    model = model.to(device)
    known_N = known_labels(images.label_N, config.labels_per_class, config.seed)
    run = _Run(model, config, images, held_out, controls, device)
    if resume is not None:
        run.epoch, run.seconds = int(resume.history[-1]["epoch"]), resume.history[-1]["seconds"]

    if isinstance(model, OnVae):
        first = vae_epochs(config)
        if run.epoch <= first:
            yield from run.train_vae(model, first, resume)
            if not run.asked.go_on:
                return
        else:
            yield run.report(0)
        started = time.perf_counter()
        known_N = model.settle(images.x_ND.to(device), known_N.to(device), config.seed).cpu()
        run.seconds += time.perf_counter() - started
        yield from run.train_head(known_N, model.second_stage(), first)
    else:
        yield run.report(0)
        yield from run.train_head(known_N, list(model.parameters()), 0)


class _Run:
    """State of one training that outlives its stages."""

    def __init__(
        self,
        model: Classifier,
        config: TrainConfig,
        images: LabelledImages,
        held_out: LabelledImages,
        controls: Callable[[], Controls],
        device: torch.device,
    ) -> None:
        self.model, self.config, self.device = model, config, device
        self.images, self.held_out, self.controls = images, held_out, controls
        self.epoch, self.seconds, self.stage = 0, 0.0, "classifier"
        self.asked = Controls()
        self.changes: list[Change] = []
        self.last: ClassifierReport | None = None  # with finite figures

    def report(self, skipped: int) -> ClassifierReport:
        accuracy, log_loss = score(self.model, self.held_out)
        now = ClassifierReport(
            epoch=self.epoch,
            epochs=self.config.epochs,
            seconds=self.seconds,
            stage=self.stage,
            accuracy=accuracy,
            log_loss=log_loss,
            changes=tuple(self.changes),
            skipped_steps=skipped,
            model=self.model,
        )
        if math.isfinite(log_loss):
            self.last = now
        return now

    def ask(self) -> Controls:
        self.asked = self.controls()
        return self.asked

    def train_vae(
        self, model: OnVae, epochs: int, resume: Checkpoint | None
    ) -> Iterator[ClassifierReport]:
        """The first stage: ``training.train`` as it is."""
        self.stage = "vae"
        config = replace(self.config, epochs=epochs)
        if resume is not None:
            resume = Checkpoint(model.vae, config, resume.history)
        try:
            for now in train(
                replace(model.config, model="vae"),
                config,
                self.images,
                self.held_out,
                self.ask,
                resume,
            ):
                self.epoch, self.seconds, self.changes = now.epoch, now.seconds, [*now.changes]
                model.vae.load_state_dict(now.model.state_dict())
                yield self.report(now.skipped_steps)
        except TrainingDivergedError as error:
            raise TrainingDivergedError(error.epoch, self.last) from error
        self.stage = "classifier"

    def train_head(
        self, known_N: Tensor, parameters: list[torch.nn.Parameter], first: int
    ) -> Iterator[ClassifierReport]:
        """Everything that is not a VAE's: the epochs from ``first`` on."""
        config, device = self.config, self.device
        generator = torch.Generator(device).manual_seed(
            stream_seed(config.seed, STEPS) ^ self.epoch
        )
        draw_batch = batches(
            self.images.x_ND.to(device), config.binarisation, stream_seed(config.seed, BINARISE)
        )
        label_N = known_N.to(device)
        labelled_L = torch.nonzero(label_N != UNKNOWN)[:, 0]
        missing_B = torch.nonzero(label_N == UNKNOWN)[:, 0]
        if not self.model.uses_unlabelled:
            missing_B = missing_B[:0]
        share = len(labelled_L) / len(label_N)
        labelled = _endless(labelled_L, config.batch_size, generator)
        missing = _endless(missing_B, config.batch_size, generator)
        optimiser = GuardedAdam(list(parameters), config.weight_decay)
        steps_per_epoch = math.ceil(len(label_N) / config.batch_size)
        total_steps = (config.epochs - first) * steps_per_epoch

        while self.epoch < config.epochs:
            finite_weights = [parameter.detach().clone() for parameter in parameters]
            skipped = 0
            started = time.perf_counter()
            with denormals_as_zero():
                for step in range(steps_per_epoch):
                    before = time.perf_counter()
                    previous = self.asked
                    asked = self.ask()
                    started += time.perf_counter() - before  # a pause is no training
                    if not asked.go_on:
                        break
                    self.changes += moved(previous, asked, self.epoch + step / steps_per_epoch)
                    steps_done = (self.epoch - first) * steps_per_epoch + step
                    peak = asked.learning_rate or config.learning_rate
                    index_L, index_B = next(labelled), next(missing)
                    seen = PartlyLabelled(
                        x_LD=draw_batch(index_L, generator),
                        label_L=label_N[index_L],
                        x_BD=draw_batch(index_B, generator),
                        labelled_share=share,
                    )
                    scheduled = beta_at(self.epoch + step / steps_per_epoch, config)
                    beta = scheduled if asked.beta is None else asked.beta
                    gradients = self.model.objective_gradients(seen, config, beta, generator)
                    rate = one_cycle(steps_done, total_steps, peak)
                    skipped += not optimiser.step(gradients, rate)
            self.seconds += time.perf_counter() - started
            self.epoch += self.asked.go_on
            last, now = self.last, self.report(skipped)
            if skipped == steps_per_epoch or not math.isfinite(now.log_loss):
                with torch.no_grad():
                    for parameter, kept in zip(parameters, finite_weights, strict=True):
                        parameter.copy_(kept)
                raise TrainingDivergedError(self.epoch, last)
            yield now
            if not self.asked.go_on:
                return


@torch.no_grad()
def score(model: Classifier, images: LabelledImages) -> tuple[float, float]:
    """Accuracy, and mean of -log p(y|x) in nats, over images whose labels are known."""
    device = next(model.parameters()).device
    log_p_NK = torch.cat(
        [model.log_probabilities(x_BD.to(device)).cpu() for x_BD in images.x_ND.split(_CHUNK)]
    )
    accuracy = (log_p_NK.argmax(dim=1) == images.label_N).double().mean().item()
    return accuracy, -log_p_NK.gather(1, images.label_N[:, None]).double().mean().item()


def _endless(index_N: Tensor, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Batches of indices in random order, over and over; no indices give empty batches."""
    while True:
        order_N = torch.randperm(len(index_N), generator=generator, device=index_N.device)
        yield from index_N[order_N].split(size)


def _check(
    model_config: ModelConfig, config: TrainConfig, images: LabelledImages, held_out: LabelledImages
) -> None:
    for part in (images, held_out):
        if part.image_shape != model_config.image_shape:
            raise ValueError(
                f"the model takes images of {model_config.image_shape}, got {part.image_shape}"
            )
        if int(part.label_N.max()) >= model_config.classes:
            raise ValueError(
                f"the model tells {model_config.classes} classes apart, but there is a label "
                f"{int(part.label_N.max())}; labels are 0 to classes - 1"
            )
    if issubclass(classifier_kind(model_config), OnVae) and config.epochs < 2:
        raise ValueError(f"{model_config.model!r} trains in two stages and needs 2 epochs or more")
