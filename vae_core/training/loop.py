"""The loop of every training: epochs of steps, steered by hand, guarded, and stopped when asked.

What a step is comes as an argument; see ``training.vae`` and ``training.classifier``.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor

from vae_core.config import Change, TrainConfig
from vae_core.models.base import Model
from vae_core.storage.checkpoints import Checkpoint
from vae_core.training.optimisation import GuardedAdam, one_cycle
from vae_core.training.schedules import beta_at


@dataclass(frozen=True)
class Controls:
    """What a person may change while a run goes on.

    Attributes:
        go_on: False ends the run with a report of what there is.
        beta: weight of the KL term; None: as the schedule has it.
        learning_rate: peak of the one-cycle schedule, whose shape stays; None: as configured.
    """

    go_on: bool = True
    beta: float | None = None
    learning_rate: float | None = None


def untouched() -> Controls:
    """Nothing is changed while the run goes on."""
    return Controls()


@dataclass(frozen=True)
class Report(ABC):
    """What is known after an epoch of any training; epoch 0 is the untrained model.

    Attributes:
        epoch, epochs: the one just done, and how many there will be.
        seconds: spent training so far, evaluation not counted.
        changes: what was changed by hand so far.
        skipped_steps: steps of this epoch whose gradient was not finite, left out.
        model: the live model; it changes when the generator goes on.
    """

    epoch: int
    epochs: int
    seconds: float
    changes: tuple[Change, ...]
    skipped_steps: int
    model: Model

    @property
    @abstractmethod
    def finite(self) -> bool:
        """Whether the held-out figures are finite numbers."""

    @abstractmethod
    def curve_point(self) -> dict[str, float]:
        """The numbers alone, for the history of a checkpoint."""

    @abstractmethod
    def in_words(self) -> str:
        """The held-out figures, on one line."""


SomeReport = TypeVar("SomeReport", bound=Report)


class TrainingDivergedError(RuntimeError):
    """Training left the finite numbers.

    Attributes:
        epoch: the one in which it did.
        report: of the last finite model, which it holds.
    """

    def __init__(self, epoch: int, report: Report) -> None:
        super().__init__(
            f"training diverged in epoch {epoch}; the model of epoch {report.epoch} was kept. "
            "Try a smaller learning rate or a larger batch"
        )
        self.epoch = epoch
        self.report = report


@dataclass
class Progress:
    """Where a run stands. It is carried on by the loop, from stage to stage.

    Attributes:
        epoch: epochs done.
        seconds: spent training, without pauses and evaluation.
        last_step: epochs done when the last step began, with a fraction within an epoch.
        beta: weight of the KL term in the last step (in the first one, before it).
        skipped_steps: steps of the last epoch whose gradient was not finite.
        asked: what was wanted of the last step.
        changes: what was changed by hand.
    """

    epoch: int
    seconds: float
    last_step: float
    beta: float
    skipped_steps: int = 0
    asked: Controls = field(default_factory=Controls)
    changes: list[Change] = field(default_factory=list)

    @classmethod
    def start(cls, config: TrainConfig, resume: Checkpoint | None) -> Progress:
        """From the untrained model, or from where a checkpoint's history ends."""
        epoch, seconds = 0, 0.0
        if resume is not None:
            epoch, seconds = int(resume.history[-1]["epoch"]), resume.history[-1]["seconds"]
        return cls(epoch, seconds, epoch, beta_at(epoch, config))

    def take(self, asked: Controls, epoch: float) -> None:
        """Note what a person wants from here on, ``epoch`` being the epochs done."""
        for name in ("beta", "learning_rate"):
            value = getattr(asked, name)
            if value != getattr(self.asked, name):
                self.changes.append(Change(epoch, name, value))
        self.asked = asked


@dataclass(frozen=True)
class Stage:
    """What is trained, up to the last epoch of the config.

    Attributes:
        parameters: what a step changes.
        gradients: (weight of the KL term, epochs done with a fraction) -> the gradients of the
            next batch's objective for ``parameters``, in their order.
        steps_per_epoch: how many batches an epoch has.
        first_epoch: epochs that were before this stage; the one-cycle schedule begins there.
    """

    parameters: Sequence[Tensor]
    gradients: Callable[[float, float], Sequence[Tensor]]
    steps_per_epoch: int
    first_epoch: int = 0


def train_stage(
    stage: Stage,
    config: TrainConfig,
    progress: Progress,
    report: Callable[[], SomeReport],
    last: SomeReport,
    controls: Callable[[], Controls],
) -> Iterator[SomeReport]:
    """Train from where ``progress`` stands to the last epoch; yields a report after every epoch.

    An epoch in which the run is told to stop is reported with the number of the one before.

    Args:
        progress: is carried on.
        report: of the model as ``progress`` has it now.
        last: the report before the first step.
        controls: asked before every step; it may take its time, and then the run waits.

    Raises:
        TrainingDivergedError: no step of an epoch had a finite gradient, or the held-out figures
            are not finite; the parameters are again those of the report inside.
    """
    optimiser = GuardedAdam(list(stage.parameters), config.weight_decay)
    while progress.epoch < config.epochs:
        finite_weights = [parameter.detach().clone() for parameter in stage.parameters]
        epoch = progress.epoch + 1
        _train_epoch(stage, config, progress, optimiser, controls)
        now = report()
        if progress.skipped_steps == stage.steps_per_epoch or not now.finite:
            with torch.no_grad():
                for parameter, kept in zip(stage.parameters, finite_weights, strict=True):
                    parameter.copy_(kept)
            raise TrainingDivergedError(epoch, last)
        last = now
        yield now
        if not progress.asked.go_on:
            return


def _train_epoch(
    stage: Stage,
    config: TrainConfig,
    progress: Progress,
    optimiser: GuardedAdam,
    controls: Callable[[], Controls],
) -> None:
    """The steps of one epoch, or those before the run is told to stop."""
    total_steps = (config.epochs - stage.first_epoch) * stage.steps_per_epoch
    progress.skipped_steps = 0
    started = time.perf_counter()
    with denormals_as_zero():
        for step in range(stage.steps_per_epoch):
            steps_done = progress.epoch * stage.steps_per_epoch + step
            epoch = steps_done / stage.steps_per_epoch
            before = time.perf_counter()
            asked = controls()
            started += time.perf_counter() - before  # a pause is no training
            if not asked.go_on:
                progress.asked = asked
                break
            progress.take(asked, epoch)
            progress.last_step = epoch
            scheduled = beta_at(epoch, config)
            progress.beta = scheduled if asked.beta is None else asked.beta
            peak = asked.learning_rate or config.learning_rate
            of_stage = steps_done - stage.first_epoch * stage.steps_per_epoch
            rate = one_cycle(of_stage, total_steps, peak)
            gradients = stage.gradients(progress.beta, epoch)
            progress.skipped_steps += not optimiser.step(gradients, rate)
    progress.seconds += time.perf_counter() - started
    progress.epoch += progress.asked.go_on


@contextmanager
def denormals_as_zero() -> Iterator[None]:
    """For this thread's float arithmetic on the CPU.

    Adam's averages shrink below 1e-38 where no gradient arrives any more: at a ReLU unit that has
    died, at a pixel that is hardly ever lit. The processor takes many times longer for such
    numbers; after 1,000 steps of a 784-400-2 ReLU network that was a third of a step.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
