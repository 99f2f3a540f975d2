"""What a page knows of a run: read from the files in its folder, at any time, by anyone.

Shape suffixes: N images of the fixed set, S samples, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.config import Change
from vae_core.files import read_arrays
from vae_core.jobs.process_identity import may_live
from vae_core.jobs.requests import Request, TrainRequest, Wishes
from vae_core.jobs.run_files import (
    DAMAGE,
    INTERRUPTED,
    is_snapshot,
    read_changes,
    read_curve,
    read_dimensions,
    read_progress,
    read_request,
    read_status,
    read_wishes,
    seconds_left,
    snapshot_epochs,
    wait_seconds,
    whole,
)
from vae_core.jobs.run_folder import UNFINISHED, RunFolder
from vae_core.storage.record import Ended, TrainingRecord, training_record

_ENDED: dict[str, Ended] = {
    "done": "done",
    "failed": "failed",
    "interrupted": "cut off",
}

DEAD_BELOW = 0.01
"""Nats of KL, below which a latent dimension tells nothing of the image."""

UNWRITTEN: dict[str, tuple[str, str]] = {}
"""State and message of runs that are over, by run id, until their folders say so too: the runner
told them to this process, see ``Runner``. A disk may be full, or read-only, for long."""


@dataclass(frozen=True)
class RunView:
    """A run at one moment.

    Attributes:
        run_id: its name, as in links.
        request: what was asked for.
        state: "queued", "running", "paused", "done", "stopped", "failed" or "interrupted".
        message: a sentence on why it stands there, or on what it does; "" if all is said.
        position: place in the queue, 1 is next; 0 unless queued.
        ahead: how many runs hold the places for which a queued one waits.
        wait_seconds: until a queued one's turn, by the pace of those; None before there is one.
        curve: one entry per epoch, ``EpochReport.curve_point``; epoch 0 is untrained.
        dimension_kl: by epoch, as ``curve``: the mean KL of each latent dimension over the fixed
            set of images, nats.
        fraction: of the training that is done, 0 to 1.
        seconds_left: an estimate from the pace so far; None before there is one.
        wishes: what it is asked to do meanwhile.
        changes: what was changed by hand so far.
        paused: it waits to be resumed, in its place for a moment, then on the disk alone.
        snapshot_epochs: which epochs' snapshots are kept, ascending.
        model_path: the model so far, in the end the result; None if there is none.
        stopped_by: of one that was stopped: whether a person or which limit did it.
    """

    run_id: str
    request: Request
    state: str
    message: str
    position: int
    ahead: int
    wait_seconds: float | None
    curve: tuple[Mapping[str, float], ...]
    dimension_kl: tuple[tuple[float, ...], ...]
    fraction: float
    seconds_left: float | None
    wishes: Wishes
    changes: tuple[Change, ...]
    paused: bool
    snapshot_epochs: tuple[float, ...]
    model_path: Path | None
    stopped_by: Ended = "stopped"

    @property
    def shared(self) -> bool:
        """Whether it was given the result of another run that asked for the same."""
        return self.state == "done" and bool(self.message)

    @property
    def unfinished(self) -> bool:
        """Whether more is to come."""
        return self.state in UNFINISHED

    def dead_dimensions(self, until: float = math.inf) -> dict[int, float]:
        """Dimensions that have collapsed, with the epoch since when: {index from 0: epoch}.

        Collapsed is a mean KL below ``DEAD_BELOW`` from that epoch to the last, or to ``until``.
        """
        dead: dict[int, float] = {}
        for point, row in zip(self.curve, self.dimension_kl, strict=False):
            if point["epoch"] > until:
                break
            for dimension, kl in enumerate(row):
                if kl >= DEAD_BELOW:
                    dead.pop(dimension, None)
                else:
                    dead.setdefault(dimension, point["epoch"])
        return dead

    @property
    def epoch(self) -> float:
        """Epochs that are done, 0 before the first; a fraction where it was stopped within one."""
        return self.curve[-1]["epoch"] if self.curve else 0

    @property
    def record(self) -> TrainingRecord:
        """What was done so far, of a run that trains.

        Raises:
            TypeError: it does something else.
        """
        if not isinstance(self.request, TrainRequest):
            raise TypeError(f"the run {self.run_id} trains no model")
        train, latent_dim = self.request.train, self.request.model.latent_dim
        ended = "unfinished" if self.unfinished else _ENDED.get(self.state, self.stopped_by)
        return training_record(self.curve, train, latent_dim, self.changes, ended)


@dataclass(frozen=True)
class Snapshot:
    """A model's view of a fixed set of held-out images after an epoch.

    Attributes:
        epoch: 0 is the untrained model; a fraction where a run was stopped within one.
        mu_NZ, logvar_NZ: posterior means and log-variances, float32, shape (N, Z), N <= 1000.
        label_N: classes of the images, shape (N,).
        samples_SD: decodes of the same S latents every time, in [0, 1], shape (S, D): for Z = 2 a
            square sheet over the prior's quantiles, read from its upper left corner; else draws
            of the prior.
    """

    epoch: float
    mu_NZ: NDArray[np.float32]
    logvar_NZ: NDArray[np.float32]
    label_N: NDArray[np.int64]
    samples_SD: NDArray[np.float32]

    def to_bytes(self) -> bytes:
        """As an .npz file."""
        buffer = BytesIO()
        np.savez(
            buffer,
            epoch=np.float64(self.epoch),
            mu=self.mu_NZ.astype(np.float32),
            logvar=self.logvar_NZ.astype(np.float32),
            label=self.label_N.astype(np.uint8),
            samples=np.rint(self.samples_SD * 255).astype(np.uint8),
        )
        return buffer.getvalue()


def read_run(run_id: str, *, watch: bool = True) -> RunView:
    """How a run stands. To look is to be interested: a run that nobody looks at is paused.

    Args:
        watch: False for a look in passing, in a list of many.

    Raises:
        ValueError: there is no such run, or its folder is damaged; one clear sentence.
    """
    folder = RunFolder.of(run_id)
    if not folder.request.is_file():
        raise ValueError(f"there is no run {run_id}; it may have been removed")
    try:
        if watch:
            with suppress(OSError):  # a full disk: what there is can be read all the same
                folder.seen.touch()
                if (shown := _shown(folder)) != folder:
                    shown.seen.touch()
        return _view(folder)
    except DAMAGE as error:
        raise ValueError(f"the folder of the run {run_id} is damaged: {error!s:.120}") from error


def _view(folder: RunFolder) -> RunView:
    # The state first: once it says that a run is over, nothing else changes.
    state, message, position = read_state(folder)
    run_id, wishes = folder.run_id, read_wishes(folder)
    ahead = read_status(folder).ahead if state == "queued" else ()
    folder = _shown(folder)
    request, progress = read_request(folder), read_progress(folder)
    steps, done = progress.get("steps", 0), progress.get("step", 0)
    if state == "running":
        message = progress.get("note", "")
    return RunView(
        run_id=run_id,
        request=request,
        state=state,
        message=message,
        position=position,
        ahead=len(ahead),
        wait_seconds=wait_seconds(position, ahead),
        curve=read_curve(folder, request),
        dimension_kl=read_dimensions(folder),
        fraction=1.0 if state == "done" else done / steps if steps else 0.0,
        seconds_left=seconds_left(progress) if state == "running" else None,
        wishes=wishes,
        changes=read_changes(folder),
        paused=state == "paused" or (state == "running" and bool(progress.get("paused"))),
        snapshot_epochs=snapshot_epochs(folder),
        model_path=folder.model if folder.model.is_file() else None,
        stopped_by=_stopped_by(progress),
    )


def _stopped_by(progress: Mapping[str, Any]) -> Ended:
    """As the worker says; a run that was stopped in the queue had none."""
    ended: Ended = progress.get("ended", "stopped")
    return ended if ended in ("limit", "unwatched") else "stopped"


def _shown(folder: RunFolder) -> RunFolder:
    """Whose files tell of a run: its own, or those of the one that it follows."""
    status = read_status(folder)
    return RunFolder.of(status.follows) if status.state == "running" and status.follows else folder


def read_state(folder: RunFolder) -> tuple[str, str, int]:
    """State, message and position; a run whose owner has ended is interrupted.

    Raises:
        ValueError: the file is damaged.
    """
    if folder.run_id in UNWRITTEN and _says_unfinished(folder):
        return *UNWRITTEN[folder.run_id], 0
    status = read_status(folder)
    if status.state in UNFINISHED and status.owner and not may_live(status.owner):
        # The owner may have written its last word between the two looks.
        status = read_status(folder)
        if status.state in UNFINISHED:
            return "interrupted", INTERRUPTED, 0
    return status.state, status.message, status.position


def _says_unfinished(folder: RunFolder) -> bool:
    """Whether a run that is over is not so by its folder, or that cannot be read."""
    try:
        return read_status(folder).state in UNFINISHED
    except ValueError:
        return True


def read_snapshot(run_id: str, epoch: float | None = None) -> Snapshot | None:
    """The snapshot of an epoch, or the latest; None if there is none (yet).

    Raises:
        ValueError: ``run_id`` is no name of a run.
    """
    folder = RunFolder.of(run_id)
    try:
        folder = _shown(folder)
        request = read_request(folder)
    except ValueError:  # damaged, as ``read_run`` says
        return None
    path = folder.snapshot if epoch is None else folder.epoch_snapshot(epoch)
    stored = read_arrays(path)
    if stored is None or not isinstance(request, TrainRequest):
        return None
    if not is_snapshot(stored, request.model):
        return None
    return Snapshot(
        epoch=whole(float(stored["epoch"])),
        mu_NZ=stored["mu"],
        logvar_NZ=stored["logvar"],
        label_N=stored["label"].astype(np.int64),
        samples_SD=stored["samples"].astype(np.float32) / np.float32(255),
    )
