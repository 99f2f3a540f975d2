"""train_stage(): what holds for every training, on a step that anyone can reckon by hand."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from vae_core.config import Change, ModelConfig, TrainConfig
from vae_core.models.base import Model
from vae_core.storage.checkpoints import Checkpoint
from vae_core.training.loop import (
    Controls,
    Progress,
    Report,
    Stage,
    TrainingDivergedError,
    train_stage,
)

STEPS = 5  # an epoch
CONFIG = TrainConfig(epochs=4, learning_rate=0.1)


@dataclass(frozen=True)
class Height(Report):
    """The held-out figure of these tests: the largest weight."""

    height: float

    @property
    def finite(self) -> bool:
        return math.isfinite(self.height)

    def curve_point(self) -> dict[str, float]:
        return {"epoch": self.epoch, "height": self.height}

    def in_words(self) -> str:
        return f"height {self.height:g}"


class Downhill:
    """Three weights whose gradient is what ``gradient`` says: at first, themselves."""

    def __init__(self, config: TrainConfig = CONFIG) -> None:
        self.config = config
        self.weight = torch.tensor([3.0, -2.0, 1.0])
        self.progress = Progress.start(config, None)
        self.seen: list[tuple[float, float]] = []  # what each step was given
        self.gradient: Callable[[], torch.Tensor] = self.weight.clone
        self.evaluated: Callable[[], float] = lambda: self.weight.abs().max().item()

    def step(self, beta: float, epoch: float) -> list[torch.Tensor]:
        self.seen.append((beta, epoch))
        return [self.gradient()]

    def report(self) -> Height:
        progress = self.progress
        return Height(
            epoch=progress.epochs_done,
            epochs=self.config.epochs,
            seconds=progress.seconds,
            changes=tuple(progress.changes),
            skipped_steps=progress.skipped_steps,
            model=Model(ModelConfig()),
            height=self.evaluated(),
        )

    def run(
        self, controls: Callable[[], Controls] = Controls, first_epoch: int = 0
    ) -> Iterator[Height]:
        stage = Stage([self.weight], self.step, STEPS, first_epoch)
        return train_stage(stage, self.config, self.progress, self.report, self.report(), controls)


# --- steps


@pytest.mark.parametrize("schedule", ["constant", "warm-up"])
def test_each_step_is_told_the_weight_of_the_kl_and_how_far_the_run_has_come(schedule):
    config = replace(CONFIG, beta=3.0, beta_schedule=schedule, warm_up_epochs=2)
    hill = Downhill(config)
    reports = list(hill.run())
    epochs = [step / 5 for step in range(20)]
    betas = [3.0 if schedule == "constant" else 3.0 * min(1.0, epoch / 2) for epoch in epochs]
    assert hill.seen == list(zip(betas, epochs, strict=True))
    assert [report.epoch for report in reports] == [1, 2, 3, 4]
    assert hill.progress.beta == betas[-1]
    assert hill.progress.last_step == epochs[-1]


def test_a_stage_that_begins_late_has_a_one_cycle_of_its_own():
    late, alone = Downhill(replace(CONFIG, epochs=7)), Downhill(replace(CONFIG, epochs=4))
    late.progress.epoch = 3
    assert [report.epoch for report in late.run(first_epoch=3)] == [4, 5, 6, 7]
    list(alone.run())
    assert torch.equal(late.weight, alone.weight)


def test_a_run_that_is_over_takes_no_step():
    hill = Downhill()
    hill.progress.epoch = 4
    assert list(hill.run()) == []
    assert hill.seen == []


# --- a person's hand


def test_only_steps_are_training_time(monkeypatch):
    """A pause of 1,000 s before every step and 50 s of evaluation; a step takes one."""
    now = [0.0]

    def lasting(seconds: float, result: Callable[[], Any]) -> Callable[[], Any]:
        def call() -> Any:
            now[0] += seconds
            return result()

        return call

    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    hill = Downhill()
    hill.gradient = lasting(1.0, hill.gradient)
    hill.evaluated = lasting(50.0, hill.evaluated)
    reports = list(hill.run(lasting(1000.0, Controls)))
    assert [report.seconds for report in reports] == [5.0, 10.0, 15.0, 20.0]


def test_a_change_acts_from_its_step_on_and_is_recorded_once_with_its_epoch():
    hill = Downhill()
    asked = iter(
        [Controls()] * 3
        + [Controls(beta=0.5)] * 8
        + [Controls(beta=0.5, learning_rate=0.01)] * 4
        + [Controls()] * 5
    )
    reports = list(hill.run(lambda: next(asked)))
    assert [beta for beta, _ in hill.seen] == [1.0] * 3 + [0.5] * 12 + [1.0] * 5
    recorded = [(change.epoch, change.name, change.value) for change in reports[-1].changes]
    assert recorded == [
        (0.6, "beta", 0.5),
        (2.2, "learning_rate", 0.01),
        (3.0, "beta", None),
        (3.0, "learning_rate", None),
    ]
    assert [len(report.changes) for report in reports] == [1, 1, 2, 4]


def test_a_stop_within_an_epoch_keeps_the_steps_so_far_and_counts_them():
    hill, whole = Downhill(), Downhill()
    answers = iter([Controls()] * 7 + [Controls(go_on=False, beta=9.0)])
    reports = list(hill.run(lambda: next(answers)))
    assert next(answers, None) is None
    assert [report.epoch for report in reports] == [1, 1.4]
    assert len(hill.seen) == 7
    assert reports[-1].changes == ()  # it was wanted of a step that did not come
    after = []

    def noted() -> torch.Tensor:
        after.append(whole.weight.clone())
        return after[-1]

    whole.gradient = noted
    list(whole.run())
    assert torch.equal(hill.weight, after[7])


def test_a_stop_before_the_first_step_of_an_epoch_is_told_once():
    hill = Downhill()
    answers = iter([Controls()] * 10 + [Controls(go_on=False)])
    assert [report.epoch for report in hill.run(lambda: next(answers))] == [1, 2]
    assert hill.progress.epochs_done == 2


def test_a_run_goes_on_with_the_steps_of_an_epoch_that_were_not_done_and_notes_the_end_of_changes():
    point = {"epoch": 1.4, "seconds": 3.0}
    changes = [Change(0.2, "beta", 0.0), Change(0.4, "learning_rate", 0.01)]
    stopped = Checkpoint(Model(ModelConfig()), CONFIG, [{"epoch": 0}, point], changes)
    hill = Downhill()
    hill.progress = Progress.start(CONFIG, stopped)
    reports = list(hill.run(lambda: Controls(learning_rate=0.01)))
    assert [report.epoch for report in reports] == [2, 3, 4]
    assert [round(epoch, 9) for _, epoch in hill.seen] == [step / 5 for step in range(7, 20)]
    assert list(reports[-1].changes) == [Change(1.4, "beta", None)]


# --- the guard


def test_a_gradient_that_is_not_finite_is_left_out_and_counted_in_its_epoch():
    hill, calls = Downhill(), itertools.count()
    weights = []

    def sometimes() -> torch.Tensor:
        weights.append(hill.weight.clone())
        return hill.weight * (math.nan if next(calls) in (6, 8) else 1.0)

    hill.gradient = sometimes
    assert [report.skipped_steps for report in hill.run()] == [0, 2, 0, 0]
    assert torch.equal(weights[6], weights[7])
    assert torch.equal(weights[8], weights[9])
    assert not torch.equal(weights[7], weights[8])


@pytest.mark.parametrize("sign", ["no finite gradient", "no finite figure", "and it was stopped"])
def test_divergence_gives_the_last_finite_weights_back(sign):
    hill = Downhill()
    kept, steps = [], itertools.count()

    def bad() -> bool:
        return hill.progress.epoch >= 2 and len(hill.seen) > 10

    if sign == "no finite gradient":
        hill.gradient = lambda: hill.weight * (math.nan if bad() else 1.0)
    else:
        hill.evaluated = lambda: math.inf if bad() else 1.0
    controls = lambda: Controls(sign != "and it was stopped" or next(steps) < 13)  # noqa: E731

    def follow() -> None:
        for report in hill.run(controls):
            kept.append((report, hill.weight.clone()))

    with pytest.raises(TrainingDivergedError) as caught:
        follow()
    assert len(hill.seen) == (13 if sign == "and it was stopped" else 15)
    assert caught.value.epoch == 3
    assert [report.epoch for report, _ in kept] == [1, 2]
    assert caught.value.report is kept[-1][0]
    assert torch.equal(hill.weight, kept[-1][1])


def test_divergence_in_the_first_epoch_gives_the_untrained_weights_back():
    hill = Downhill()
    hill.gradient = lambda: hill.weight * math.nan
    before = hill.weight.clone()
    with pytest.raises(TrainingDivergedError) as caught:
        next(hill.run())
    assert (caught.value.epoch, caught.value.report.epoch) == (1, 0)
    assert torch.equal(hill.weight, before)


@dataclass(frozen=True)
class Bound(Height):
    """A report with an ELBO: minus the largest weight."""

    def curve_point(self) -> dict[str, float]:
        height = self.height
        return {"epoch": self.epoch, "elbo": -height, "reconstruction_nll": height, "kl": 0.0}


class Measured(Downhill):
    """A training whose held-out figures are given: of epoch 0, 1 and so on."""

    def __init__(self, heights: list[float]) -> None:
        super().__init__()
        given = iter(heights)
        self.evaluated = lambda: next(given)

    def report(self) -> Bound:
        return Bound(**vars(super().report()))


@pytest.mark.parametrize(
    ("heights", "kept"),
    [
        ([3, 1e22, 2e22, 1e23, 1e23], 0),  # ruined at once
        ([3, 2, 3, 3.5, 3.1], 2),  # as bad as untrained is not worse
        ([3, 5, 2, 3.5, math.nan], 2),  # ruined before it left the numbers
    ],
)
def test_the_model_kept_is_the_last_that_was_no_worse_than_untrained(heights, kept):
    hill, weights = Measured(heights), []
    weights.append(hill.weight.clone())

    def follow() -> None:
        for _ in hill.run():
            weights.append(hill.weight.clone())

    with pytest.raises(TrainingDivergedError) as caught:
        follow()
    assert (caught.value.epoch, caught.value.report.epoch) == (4, kept)
    assert caught.value.report.curve_point()["elbo"] == -heights[kept]
    assert torch.equal(hill.weight, weights[kept])
    assert not torch.equal(hill.weight, weights[-1])
    said = "the untrained model was kept" if kept == 0 else "the model of epoch 2 was kept"
    assert said in str(caught.value)


def test_a_run_that_recovers_is_no_ruin():
    heights = [3.0, 9.0, 9.0, 9.0, 2.0]
    assert [report.height for report in Measured(heights).run()] == heights[1:]
