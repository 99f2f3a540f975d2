"""What every training loop shares: controls, seeds of the random streams, and how one ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from vae_core.config import Change

# Seeds of the streams that one run draws from, so that a change in one (more epochs of
# noise, say) leaves the others as they were.
WEIGHTS, STEPS, HELD_OUT, BINARISE = range(4)


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


class TrainingDivergedError(RuntimeError):
    """Training left the finite numbers. ``report`` holds the last finite model."""

    def __init__(self, epoch: int, report: Any) -> None:
        super().__init__(
            f"training diverged in epoch {epoch}; the model of epoch {report.epoch} was kept. "
            "Try a smaller learning rate or a larger batch"
        )
        self.epoch = epoch
        self.report = report


def untouched() -> Controls:
    """Nothing is changed while the run goes on."""
    return Controls()


def moved(before: Controls, now: Controls, epoch: float) -> list[Change]:
    return [
        Change(epoch, name, getattr(now, name))
        for name in ("beta", "learning_rate")
        if getattr(now, name) != getattr(before, name)
    ]


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


def stream_seed(seed: int, stream: int) -> int:
    # Multiplying by an odd constant keeps neighbouring seeds' streams apart.
    return (seed * 4 + stream) * 0x9E3779B97F4A7C15 % 2**63
