"""The runs on the disk, as they are listed to who started them."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vae_core.files import read_regular
from vae_core.jobs.requests import TrainRequest
from vae_core.jobs.run_files import DAMAGE, read_curve, read_request
from vae_core.jobs.run_folder import (
    UNFINISHED,
    RunFolder,
    is_name,
    is_run_id,
    read_json,
)
from vae_core.jobs.run_view import read_state
from vae_core.ownership import hashed
from vae_core.paths import runs_folder


@dataclass(frozen=True)
class ListedRun:
    """A training on the disk.

    Attributes:
        run_id: its name, as in links.
        name: what its owner calls it; "" for nothing.
        state: see ``RunView``.
        started: seconds since 1970.
        request: what was asked for.
        epochs: done.
        has_model: whether there is one to go on from.
    """

    run_id: str
    name: str
    state: str
    started: float
    request: TrainRequest
    epochs: float
    has_model: bool


@dataclass
class _Note:
    """What is known of a run's folder for as long as nothing in it changes.

    Attributes:
        changed: when a file was last put into it, in ns; every file is replaced, never written to.
        owner: the hash of the secret of who started it; empty for nobody.
        run: None until somebody asks, while it is not over, and where the folder is damaged.
    """

    changed: int
    owner: bytes
    run: ListedRun | None = None


_notes: dict[Path, _Note] = {}
_SETTLED_NS = 1_000_000_000  # a file system's clock is coarse: two changes may have one time


def list_runs(owner: str) -> list[ListedRun]:
    """The trainings that somebody started, newest first; a damaged folder is left out."""
    mine, found = hashed(owner).encode(), []
    present: dict[Path, _Note] = {}
    for folder in run_folders():
        try:
            note = _note_of(folder)
            if note.owner == mine and owner:
                run = note.run or _listed(folder)
                found.append(run)
                note.run = run if run.state not in UNFINISHED else None
        except DAMAGE:
            continue
        if abs(time.time_ns() - note.changed) > _SETTLED_NS:
            present[folder.path] = note
    # Another session may be at it as well: what one of them forgets is read again.
    _notes.clear()
    _notes.update(present)
    return sorted(found, key=lambda run: run.started, reverse=True)


def _note_of(folder: RunFolder) -> _Note:
    changed = folder.path.stat().st_mtime_ns
    known = _notes.get(folder.path)
    if known is not None and known.changed == changed:
        return known
    try:
        return _Note(changed, read_regular(folder.started_by))
    except OSError:
        return _Note(changed, b"")


def _listed(folder: RunFolder) -> ListedRun:
    request = read_request(folder)
    if not isinstance(request, TrainRequest):
        raise ValueError("it trains no model")
    curve = read_curve(folder, request)
    return ListedRun(
        run_id=folder.run_id,
        name=_name(folder),
        state=read_state(folder)[0],
        started=folder.request.stat().st_mtime,
        request=request,
        epochs=curve[-1]["epoch"] if curve else 0,
        has_model=folder.model.is_file(),
    )


def _name(folder: RunFolder) -> str:
    """What its owner calls it; nothing, where that is damaged."""
    try:
        name = read_json(folder.name, "")
    except (OSError, ValueError, RecursionError):
        return ""
    return name if isinstance(name, str) and is_name(name) else ""


def run_folders() -> list[RunFolder]:
    """All there are; links to folders elsewhere are none of ours."""
    root = runs_folder().resolve()
    with suppress(FileNotFoundError), os.scandir(root) as found:
        return [
            RunFolder(root / entry.name)
            for entry in found
            if is_run_id(entry.name) and entry.is_dir(follow_symlinks=False)
        ]
    return []
