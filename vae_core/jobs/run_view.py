"""What a page knows of a run: read from the files in its folder, at any time, by anyone.

Shape suffixes: N images of the fixed set, S samples, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.config import Change, from_dict
from vae_core.files import read_arrays
from vae_core.jobs.process_identity import may_live
from vae_core.jobs.requests import Request, TrainRequest, Wishes, from_json
from vae_core.jobs.run_folder import UNFINISHED, RunFolder, read_json
from vae_core.storage.record import Ended, TrainingRecord, training_record

_ENDED: dict[str, Ended] = {
    "done": "done",
    "failed": "failed",
    "interrupted": "cut off",
}

DEAD_BELOW = 0.01
"""Nats of KL, below which a latent dimension tells nothing of the image."""

INTERRUPTED = "The process that ran it ended before it was done; please start it again."


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
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"the folder of the run {run_id} is damaged: {error}") from error


def _view(folder: RunFolder) -> RunView:
    # The state first: once it says that a run is over, nothing else changes.
    state, message, position = read_state(folder)
    run_id, wishes = folder.run_id, Wishes(**read_json(folder.control, {}))
    ahead = read_json(folder.status, {}).get("ahead", ()) if state == "queued" else ()
    folder = _shown(folder)
    progress = read_json(folder.progress, {})
    steps, done = progress.get("steps", 0), progress.get("step", 0)
    if state == "running":
        message = progress.get("note", "")
    kept = sorted(_whole(float(path.stem)) for path in folder.snapshots.glob("[0-9]*.npz"))
    return RunView(
        run_id=run_id,
        request=from_json(read_json(folder.request, {})),
        state=state,
        message=message,
        position=position,
        ahead=len(ahead),
        wait_seconds=_wait_seconds(position, ahead),
        curve=tuple(read_json(folder.curve, [])),
        dimension_kl=tuple(tuple(row) for row in read_json(folder.dimensions, [])),
        fraction=1.0 if state == "done" else done / steps if steps else 0.0,
        seconds_left=_seconds_left(progress) if state == "running" else None,
        wishes=wishes,
        changes=tuple(from_dict(Change, entry) for entry in read_json(folder.changes, [])),
        paused=state == "paused" or (state == "running" and bool(progress.get("paused"))),
        snapshot_epochs=tuple(kept),
        model_path=folder.model if folder.model.is_file() else None,
        stopped_by=_stopped_by(progress),
    )


def _stopped_by(progress: Mapping[str, Any]) -> Ended:
    """As the worker says; a run that was stopped in the queue had none."""
    ended: Ended = progress.get("ended", "stopped")
    return ended if ended in ("limit", "unwatched") else "stopped"


def _whole(epoch: float) -> float:
    """As it stands in the curve: an int where it has no fraction."""
    return int(epoch) if epoch == int(epoch) else epoch


def _shown(folder: RunFolder) -> RunFolder:
    """Whose files tell of a run: its own, or those of the one that it follows."""
    status = read_json(folder.status, {})
    followed = status.get("follows") if status.get("state") == "running" else None
    return RunFolder.of(followed) if followed else folder


def _seconds_left(progress: Mapping[str, float]) -> float | None:
    """By the pace so far; None before there is one."""
    here = progress.get("step", 0) - progress.get("first", 0)
    if here <= 0:
        return None
    return float(progress["seconds"] * (progress["steps"] - progress["step"]) / here)


def _wait_seconds(position: int, ahead: Sequence[str]) -> float | None:
    """The runs in the places end one by one; those queued before are taken to be like them."""
    progresses = [read_json(RunFolder.of(run_id).progress, {}) for run_id in ahead]
    left = sorted(s for p in progresses if (s := _seconds_left(p)) is not None)
    if not left:
        return None
    whole = sum(
        p["seconds"] * p["steps"] / (p["step"] - p["first"])
        for p in progresses
        if _seconds_left(p) is not None
    ) / len(left)
    rounds, place = divmod(position - 1, len(left))
    return float(left[place] + rounds * whole)


def read_state(folder: RunFolder) -> tuple[str, str, int]:
    """State, message and position; a run whose owner has ended is interrupted.

    Raises:
        ValueError, KeyError: the file is damaged.
    """
    status = read_json(folder.status, {"state": "interrupted", "message": INTERRUPTED})
    state, owner = status["state"], status.get("owner")
    if state in UNFINISHED and folder.run_id in UNWRITTEN:
        return *UNWRITTEN[folder.run_id], 0
    if state in UNFINISHED and owner and not may_live(owner):
        # The owner may have written its last word between the two looks.
        status = read_json(folder.status, status)
        if status["state"] in UNFINISHED:
            return "interrupted", INTERRUPTED, 0
    return status["state"], status["message"], status.get("position", 0)


def read_snapshot(run_id: str, epoch: float | None = None) -> Snapshot | None:
    """The snapshot of an epoch, or the latest; None if there is none (yet).

    Raises:
        ValueError: ``run_id`` is no name of a run.
    """
    folder = _shown(RunFolder.of(run_id))
    path = folder.snapshot if epoch is None else folder.epoch_snapshot(epoch)
    stored = read_arrays(path)
    if stored is None or not {"epoch", "mu", "logvar", "label", "samples"} <= set(stored):
        return None
    return Snapshot(
        epoch=_whole(float(stored["epoch"])),
        mu_NZ=stored["mu"],
        logvar_NZ=stored["logvar"],
        label_N=stored["label"].astype(np.int64),
        samples_SD=stored["samples"].astype(np.float32) / np.float32(255),
    )
