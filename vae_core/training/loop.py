"""The loop of every training: epochs of steps, steered by hand, guarded, and stopped when asked.

What a step is comes as an argument; see ``training.vae`` and ``training.classifier``.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from torch import Tensor

from vae_core.config import Change, TrainConfig
from vae_core.models.base import Model
from vae_core.storage.checkpoints import Checkpoint
from vae_core.storage.record import epoch_in_words, worse_than_start
from vae_core.training.optimisation import GuardedAdam, denormals_as_zero, one_cycle
from vae_core.training.schedules import beta_at
from vae_core.training.usual import advice


@dataclass(frozen=True)
class Controls:
    """What a person may change while a run goes on.

    Attributes:
        go_on: False ends the run with a report of what there is.
        pause: it ends to go on later, so that its model is kept however it is.
        beta: weight of the KL term; None: as the schedule has it.
        learning_rate: peak of the one-cycle schedule, whose shape stays; None: as configured.
    """

    go_on: bool = True
    beta: float | None = None
    learning_rate: float | None = None
    pause: bool = False


def untouched() -> Controls:
    """Nothing is changed while the run goes on."""
    return Controls()


@dataclass(frozen=True)
class Report(ABC):
    """What is known after an epoch of any training; epoch 0 is the untrained model.

    Attributes:
        epoch, epochs: how many are done, and how many there will be; ``epoch`` has a fraction
            where the run was told to stop within one.
        seconds: spent training so far, evaluation not counted.
        changes: what was changed by hand so far.
        skipped_steps: steps of this epoch whose gradient was not finite, left out.
        model: the live model; it changes when the generator goes on.
    """

    epoch: float
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
    """Training left the finite numbers, or ended with a model worse than the untrained one.

    Attributes:
        epoch: the one in which it did; the last one, where it ended below its start.
        report: of the last model that was no worse than the untrained one, which it holds.
        why: what the end was like; "" for numbers that are not finite.
    """

    def __init__(self, epoch: int, report: Report, config: TrainConfig, why: str = "") -> None:
        kept = f"the model of epoch {epoch_in_words(report.epoch)}"
        if report.epoch == 0:
            kept = "the untrained model"
        super().__init__(
            f"training diverged in epoch {epoch}{why and f': {why}'}; {kept} was kept. "
            + advice(report.model.config, config, report.changes)
        )
        self.epoch = epoch
        self.report = report
        self.why = why


@dataclass
class Progress:
    """Where a run stands. It is carried on by the loop, from stage to stage.

    Attributes:
        epoch: whole epochs done.
        part: of the next epoch, the share that is done; not 0 only where a run was stopped in it.
        untrained: the numbers of epoch 0; None until the first report.
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
    part: float = 0.0
    untrained: Mapping[str, float] | None = None
    skipped_steps: int = 0
    asked: Controls = field(default_factory=Controls)
    changes: list[Change] = field(default_factory=list)

    @classmethod
    def start(cls, config: TrainConfig, resume: Checkpoint | None) -> Progress:
        """From the untrained model, or from where a checkpoint's history ends.

        What was asked for by hand at that end is asked no more: that is a change like any other.
        """
        if resume is None:
            return cls(0, 0.0, 0, beta_at(0, config))
        first, last = resume.history[0], resume.history[-1]
        epoch = last["epoch"]
        asked = {change.name: change.value for change in resume.changes}
        return cls(
            int(epoch),
            last["seconds"],
            epoch,
            beta_at(epoch, config),
            part=epoch - int(epoch),
            untrained=first if first["epoch"] == 0 else None,
            asked=Controls(True, asked.get("beta"), asked.get("learning_rate")),
        )

    def at(self, report: Report) -> None:
        """Be where another training has come to that reports for this one."""
        self.epoch, self.part = int(report.epoch), report.epoch - int(report.epoch)
        self.seconds, self.changes = report.seconds, [*report.changes]
        self.skipped_steps = report.skipped_steps

    @property
    def epochs_done(self) -> float:
        """With a fraction within an epoch."""
        return self.epoch + self.part if self.part else self.epoch

    @property
    def draws(self) -> int:
        """A number of where the run goes on, for the random draws from there."""
        return self.epoch + (round(self.part * 2**20) << 20)

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

    An epoch in which the run is told to stop is reported with the fraction of it that is done.

    Args:
        progress: is carried on.
        report: of the model as ``progress`` has it now.
        last: the report before the first step.
        controls: asked before every step; it may take its time, and then the run waits.

    Raises:
        TrainingDivergedError: no step of an epoch had a finite gradient, the held-out figures
            are not finite, or the run is over and its model worse than the untrained one (see
            ``worse_than_start``); the parameters are again those of the report inside.
    """
    optimiser = GuardedAdam(list(stage.parameters), config.weight_decay)
    if progress.untrained is None:
        progress.untrained = last.curve_point()
    kept = _Kept(last, stage.parameters)
    while progress.epoch < config.epochs and progress.asked.go_on:
        epoch, before = progress.epoch + 1, progress.epochs_done
        _train_epoch(stage, config, progress, optimiser, controls)
        steps = round((progress.epochs_done - before) * stage.steps_per_epoch)
        if steps == 0:  # told to stop before the first one: it is the model of the last report
            break
        now = report()
        if progress.skipped_steps == steps or not now.finite:
            raise TrainingDivergedError(epoch, kept.restore(), config)
        last = now
        if not _ruined(now, progress.untrained, config):
            kept = _Kept(now, stage.parameters)
        yield now
    if kept.report is not last and not progress.asked.pause:
        epoch = math.ceil(progress.epochs_done)
        figures = last.in_words().replace("-", "\N{MINUS SIGN}")
        why = f"it ended worse than it began, with {figures}"
        raise TrainingDivergedError(epoch, kept.restore(), config, why)


class _Kept(Generic[SomeReport]):
    """A report with the weights that it is of."""

    def __init__(self, report: SomeReport, parameters: Sequence[Tensor]) -> None:
        self.report = report
        self._parameters = parameters
        self._weights = [parameter.detach().clone() for parameter in parameters]

    def restore(self) -> SomeReport:
        """Give the model these weights again; returns the report."""
        with torch.no_grad():
            for parameter, weight in zip(self._parameters, self._weights, strict=True):
                parameter.copy_(weight)
        return self.report


def _ruined(report: Report, untrained: Mapping[str, float], config: TrainConfig) -> bool:
    return worse_than_start(report.curve_point(), untrained, config, report.model.config.latent_dim)


def _train_epoch(
    stage: Stage,
    config: TrainConfig,
    progress: Progress,
    optimiser: GuardedAdam,
    controls: Callable[[], Controls],
) -> None:
    """The steps of one epoch that are not done yet, or those before the run is told to stop."""
    total_steps = (config.epochs - stage.first_epoch) * stage.steps_per_epoch
    progress.skipped_steps = 0
    started = time.perf_counter()
    with denormals_as_zero():
        for step in range(round(progress.part * stage.steps_per_epoch), stage.steps_per_epoch):
            steps_done = progress.epoch * stage.steps_per_epoch + step
            epoch = steps_done / stage.steps_per_epoch
            before = time.perf_counter()
            asked = controls()
            started += time.perf_counter() - before  # a pause is no training
            if not asked.go_on:
                progress.asked = asked
                progress.part = step / stage.steps_per_epoch
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
        else:
            progress.epoch, progress.part = progress.epoch + 1, 0.0
    progress.seconds += time.perf_counter() - started
