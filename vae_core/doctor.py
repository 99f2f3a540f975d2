"""What this machine lacks for the app and for training, said before somebody meets it.

Each check yields a ``Finding``; nothing is changed, and what is fetched or started by it is gone
when it ends.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal

import psutil

from vae_core.data import DATASETS
from vae_core.data.download import cache_folder
from vae_core.jobs.cluster import Cluster
from vae_core.paths import BUNDLED, runs_folder
from vae_core.storage.checkpoints import SUFFIX

_REQUIREMENTS = BUNDLED.parent / "requirements-core.txt"
_LITTLE_SPACE = 2**30  # bytes; a run with its snapshots is about 10 MB
_LITTLE_MEMORY = 1.5 * 2**30  # bytes; what a server with a class needs
_WORKERS_SECONDS = 10.0  # for a scheduler that answers and has no workers yet


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        about: what was looked at.
        state: "ok", "look" (works, but not as meant) or "bad" (something will fail).
        text: what is the case, and what to do unless it is well.
    """

    about: str
    state: Literal["ok", "look", "bad"]
    text: str


def examine() -> Iterator[Finding]:
    """Every finding, quick ones first."""
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.platform()}")
    yield _versions()
    yield _cores()
    yield _memory()
    yield _folder("runs", runs_folder(), "VAE_RUNS_DIR")
    yield _folder("data", cache_folder(), "VAE_DATA_DIR")
    yield _data_sets()
    yield _models()
    yield _scheduler()


def _versions() -> Finding:
    """Against requirements-core.txt where there is one: an installed vae_core has none."""
    if not _REQUIREMENTS.is_file():
        return Finding("packages", "ok", f"torch {importlib.metadata.version('torch')}")
    lines = _REQUIREMENTS.read_text("utf-8").splitlines()
    wanted = dict(line.split("==") for line in lines if "==" in line and line[0] != "#")
    others = []
    for name, version in wanted.items():
        try:
            found = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            found = "missing"
        if found != version:
            others.append(f"{name} {found} (tested with {version})")
    if others:
        todo = "pip install -r requirements.txt"
        return Finding("packages", "look", f"{', '.join(others)}: {todo}")
    return Finding("packages", "ok", f"{len(wanted)} as tested")


def _cores() -> Finding:
    affine = hasattr(os, "sched_getaffinity")  # a container may have fewer than the machine
    count = len(os.sched_getaffinity(0)) if affine else os.cpu_count() or 1
    if count == 1:
        text = "1: a training and the server share it; better have two"
        return Finding("cores", "look", text)
    return Finding("cores", "ok", str(count))


def _memory() -> Finding:
    memory = psutil.virtual_memory()
    text = f"{memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GB free"
    if memory.available < _LITTLE_MEMORY:
        return Finding("memory", "look", f"{text}; a server with a class needs 1.5")
    return Finding("memory", "ok", text)


def _folder(about: str, folder: Path, variable: str) -> Finding:
    """Whether files can be written there, and how many; what is missing is not made."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            free = shutil.disk_usage(there).free
    except OSError as error:
        text = f"{folder} cannot be written ({error.strerror}); let {variable} name another folder"
        return Finding(about, "bad", text)
    text = f"{folder}: {free / 2**30:.1f} GB free"
    if free < _LITTLE_SPACE:
        return Finding(about, "look", f"{text}; make room, or let {variable} name another folder")
    return Finding(about, "ok", text)


def _data_sets() -> Finding:
    here = [name for name, spec in DATASETS.items() if not spec.missing()]
    missing = [name for name in DATASETS if name not in here]
    text = f"{', '.join(here)} on this machine"
    return Finding("data sets", "ok", f"{text}; not yet: {', '.join(missing)}" if missing else text)


def _models() -> Finding:
    count = len(list(BUNDLED.glob(f"*{SUFFIX}")))
    if not count:
        return Finding("models", "look", "none are bundled with an installed vae_core")
    return Finding("models", "ok", f"{count} bundled")


def _scheduler() -> Finding:
    """As a server would find it; one of its own is not started for this."""
    address = os.environ.get("VAE_SCHEDULER", "")
    if not address:
        return Finding("training", "ok", "on half of the cores here; VAE_SCHEDULER is not set")
    changed = Event()
    cluster = Cluster(changed.set)
    try:
        while not cluster.standing.places and not cluster.standing.hopeless:
            changed.wait(_WORKERS_SECONDS)
            if not changed.is_set():
                break
            changed.clear()
        standing = cluster.standing
    finally:
        cluster.close()
    if standing.places:
        return Finding("training", "ok", f"{address}: {standing.places} at once")
    return Finding("training", "bad", standing.message or f"{address} said nothing")
