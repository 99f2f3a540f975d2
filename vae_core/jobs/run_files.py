"""The files of a run as records, each checked when it is read: a disk, or a hand, may damage them.

Every reader here raises ``ValueError`` for what cannot be read, with the file's name in it.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.config import Change, ModelConfig, from_dict
from vae_core.jobs.requests import Request, TrainRequest, Wishes, from_json
from vae_core.jobs.run_folder import STATES, RunFolder, Status, is_run_id, read_json
from vae_core.settings import reads

INTERRUPTED = "The process that ran it ended before it was done; please start it again."

DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What may come of values that are none of those which were written."""

_PROGRESS = ("first", "step", "steps", "steps_per_epoch", "seconds")
_SNAPSHOT = re.compile(r"\d+(\.\d+)?")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except DAMAGE as error:
        raise ValueError(f"{path.name} cannot be read: {_reason(error):.80}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
        return "it is no JSON"
    if isinstance(error, ValueError):
        return " ".join(str(error).split())
    return "it holds other values than are written there"


def read_status(folder: RunFolder) -> Status:
    """How the run stands by its folder; interrupted, where nothing was written."""
    with _reading(folder.status):
        values = read_json(folder.status, {"state": "interrupted", "message": INTERRUPTED})
        if values["state"] not in STATES:
            raise ValueError(f"it has the state {values['state']!r:.40}")
        names = (field.name for field in fields(Status))
        status = Status(**{name: values[name] for name in names if name in values})
        if not all(isinstance(t, str) for t in (status.message, status.owner, status.follows)):
            raise ValueError("it has numbers or tables where texts stand")
        if status.owner and status.owner.count(":") < 2:
            raise ValueError(f"{status.owner!r:.40} names no process")
        _whole_number(status.position)
        for run_id in (*status.ahead, *filter(None, [status.follows])):
            if not is_run_id(run_id):
                raise ValueError(f"{run_id!r:.40} is not the name of a run")
        return status


def read_request(folder: RunFolder) -> Request:
    """What was asked for."""
    with _reading(folder.request):
        request = from_json(read_json(folder.request, {}))
        if isinstance(request, TrainRequest) and not isinstance(request.resume, str):
            raise ValueError("the run to go on from is no text")
        return request


def read_wishes(folder: RunFolder) -> Wishes:
    """What it is asked to do; nothing, where that cannot be read, so that it can be asked anew."""
    try:
        wishes = Wishes(**read_json(folder.control, {}))
        if wishes.hold is not None:
            _number(wishes.hold)
    except DAMAGE:
        return Wishes()
    return wishes


def read_progress(folder: RunFolder) -> dict[str, Any]:
    """Steps and seconds, all or none of them, and what it does meanwhile as "note"."""
    with _reading(folder.progress):
        progress: dict[str, Any] = dict(read_json(folder.progress, {}))
        if "step" in progress:
            for name in _PROGRESS:
                _number(progress[name])
            if progress["steps"] < 1 or progress["steps_per_epoch"] < 1:
                raise ValueError("it has no steps")
        if not isinstance(progress.get("note", ""), str):
            raise ValueError("its note is no text")
        return progress


def read_curve(folder: RunFolder, request: Request) -> tuple[Mapping[str, float], ...]:
    """One entry per epoch, with the figures of the kind of model that was asked for."""
    with _reading(folder.curve):
        points = tuple(dict(point) for point in read_json(folder.curve, []))
        needed = {"epoch", "seconds"}
        if isinstance(request, TrainRequest):
            classifies = reads(request.model.model, "labels_per_class")
            needed |= (
                {"accuracy", "log_loss"} if classifies else {"reconstruction_nll", "kl", "elbo"}
            )
        for point in points:
            if missing := sorted(needed - set(point)):
                raise ValueError(f"an epoch has no {missing[0]}")
            for value in point.values():
                _number(value)
        return points


def read_dimensions(folder: RunFolder) -> tuple[tuple[float, ...], ...]:
    """By epoch the KL of each latent dimension."""
    with _reading(folder.dimensions):
        rows = tuple(tuple(row) for row in read_json(folder.dimensions, []))
        for value in (value for row in rows for value in row):
            _number(value)
        if len({len(row) for row in rows}) > 1:
            raise ValueError("its rows differ in length")
        return rows


def read_changes(folder: RunFolder) -> tuple[Change, ...]:
    """What was changed by hand."""
    with _reading(folder.changes):
        return tuple(from_dict(Change, entry) for entry in read_json(folder.changes, []))


def snapshot_epochs(folder: RunFolder) -> tuple[float, ...]:
    """The epochs of which there are snapshots, ascending; an int where there is no fraction."""
    stems = [path.stem for path in folder.snapshots.glob("[0-9]*.npz")]
    epochs = [float(stem) for stem in stems if _SNAPSHOT.fullmatch(stem) and len(stem) < 30]
    return tuple(sorted({whole(epoch) for epoch in epochs}))


def whole(epoch: float) -> float:
    """As it stands in the curve: an int where it has no fraction."""
    return int(epoch) if epoch == int(epoch) else epoch


def is_snapshot(stored: Mapping[str, NDArray[Any]], model: ModelConfig) -> bool:
    """Whether arrays are a ``Snapshot`` of such a model."""
    names = ("epoch", "mu", "logvar", "label", "samples")
    if not set(names) <= set(stored):
        return False
    epoch, mu, logvar, label, samples = (stored[name] for name in names)
    count = len(label) if label.ndim == 1 else 0
    return bool(
        count > 0
        and all(array.dtype.kind in "fiu" for array in (epoch, mu, logvar, label, samples))
        and mu.shape == logvar.shape == (count, model.latent_size)
        and samples.ndim == 2
        and samples.shape[1] == model.pixels
        and math.isqrt(len(samples)) ** 2 == len(samples) > 0
        and epoch.shape == ()
        and 0 <= epoch < 2**52
        and np.isfinite(mu).all()
        and np.isfinite(logvar).all()
        and label.dtype.kind in "iu"
        and 0 <= label.min() <= label.max() < model.classes
    )


def seconds_left(progress: Mapping[str, float]) -> float | None:
    """By the pace so far; None before there is one."""
    here = progress.get("step", 0) - progress.get("first", 0)
    if here <= 0:
        return None
    return float(progress["seconds"] * (progress["steps"] - progress["step"]) / here)


def wait_seconds(position: int, ahead: Sequence[str]) -> float | None:
    """The runs in the places end one by one; those queued before are taken to be like them."""
    progresses = [read_progress(RunFolder.of(run_id)) for run_id in ahead]
    left = sorted(s for p in progresses if (s := seconds_left(p)) is not None)
    if not left:
        return None
    whole_run = sum(
        p["seconds"] * p["steps"] / (p["step"] - p["first"])
        for p in progresses
        if seconds_left(p) is not None
    ) / len(left)
    rounds, place = divmod(position - 1, len(left))
    return float(left[place] + rounds * whole_run)


def _number(value: object) -> None:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits or not abs(value) <= sys.float_info.max:  # type: ignore[arg-type]
        raise ValueError(f"{value!r:.40} is no finite number")


def _whole_number(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError(f"{value!r:.40} is no whole number from 0")
