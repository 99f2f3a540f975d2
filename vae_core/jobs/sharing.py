"""Identical requests are computed once: who follows whom, and whose result another one gets."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

from vae_core.jobs.run_folder import RunFolder, read_json

_RESULT = ("progress", "curve", "dimensions", "changes", "snapshot", "model")


class Sharing:
    """Which runs ask for the same: one request, to the last digit.

    A run that is steered by hand, paused, or trained anew on purpose is kept apart: nobody
    follows it, and nobody is given what it comes to.
    """

    def __init__(self) -> None:
        self._apart: set[RunFolder] = set()
        self._done: dict[str, RunFolder] = {}  # by request
        self._running: dict[str, RunFolder] = {}  # by request
        self._following: dict[RunFolder, list[RunFolder]] = {}

    def keep_apart(self, folder: RunFolder) -> list[RunFolder]:
        """Share this run no longer; returns those that followed it."""
        self._apart.add(folder)
        return self._let_go(folder)

    def begin(self, folder: RunFolder) -> None:
        """It is being computed."""
        if folder not in self._apart:
            self._running[_request(folder)] = folder

    def end(self, folder: RunFolder, *, shareable: bool) -> list[RunFolder]:
        """It is over; returns those that followed it."""
        for request in [key for key, first in self._running.items() if first == folder]:
            del self._running[request]
            # What has no model (a UMAP) is kept where it was asked for, and needs no second copy.
            if shareable and folder not in self._apart and folder.model.is_file():
                self._done[request] = folder
        return self._following.pop(folder, []) if shareable else self._let_go(folder)

    def _let_go(self, folder: RunFolder) -> list[RunFolder]:
        followers = self._following.pop(folder, [])
        for follower in followers:
            _take_along(folder, follower)
        return followers

    def same_as(self, folder: RunFolder) -> tuple[RunFolder | None, RunFolder | None]:
        """A finished run, and a running one, that asked for the same; None where there is none."""
        if folder in self._apart:
            return None, None
        request = _request(folder)
        running = self._running.get(request)
        return self._done.get(request), None if running in self._apart else running

    def follow(self, first: RunFolder, folder: RunFolder) -> None:
        """From now on ``folder`` gets what ``first`` comes to."""
        self._following.setdefault(first, []).append(folder)

    def leave(self, folder: RunFolder) -> bool:
        """Follow no longer, and go on alone from there; False if it followed none."""
        for first, followers in self._following.items():
            if folder in followers:
                followers.remove(folder)
                _take_along(first, folder)
                return True
        return False

    def followers(self) -> list[RunFolder]:
        """All that follow another."""
        return [folder for followers in self._following.values() for folder in followers]


def _request(folder: RunFolder) -> str:
    return json.dumps(read_json(folder.request, folder.run_id), sort_keys=True)


def copy_result(first: RunFolder, other: RunFolder) -> None:
    """Give ``other`` the files that the worker wrote for ``first``.

    Raises:
        OSError: a file is gone, or cannot be written.
    """
    shutil.copytree(
        first.snapshots,
        other.snapshots,
        ignore=shutil.ignore_patterns(".*"),  # half-written ones
        copy_function=_link_or_copy,
        dirs_exist_ok=True,
    )
    for name in _RESULT:
        if (source := getattr(first, name)).is_file():
            _link_or_copy(source, getattr(other, name))


def _take_along(first: RunFolder, follower: RunFolder) -> None:
    """Have a follower go on from the last model that both share; else it begins anew."""
    try:
        if first.model.is_file():
            copy_result(first, follower)
        steered = bool(read_json(follower.changes, []))
    except (OSError, ValueError):
        steered = True
    if steered:  # the worker was quicker: its model is no longer what the follower asked for
        shutil.rmtree(follower.snapshots, ignore_errors=True)
        with suppress(OSError):  # a disk that takes nothing ends it at its first report
            follower.snapshots.mkdir(exist_ok=True)
            for name in _RESULT:
                getattr(follower, name).unlink(missing_ok=True)


def _link_or_copy(source: str | Path, target: str | Path) -> None:
    """No file of a run is ever changed in place, so that two runs can have one as their own."""
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)
