"""What the runner says of each run: written into its folder, and again until that is possible.

A disk that is full or read-only must end nobody's turn: the runner keeps the outcome, tells the
server at once that it no longer holds the run, and writes what it kept when there is room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from vae_core.jobs.run_folder import IN_QUEUE, RunFolder, Status

Tell = Callable[[dict[str, str]], None]
"""Tells the server: {"over": folder, "state": ..., "message": ...} once the runner lets go of a
run, then {"written": folder} once its folder says so too."""


class Statuses:
    """One status a run; the latest counts."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._written: dict[RunFolder, Status] = {}  # of runs that are held
        self._unwritten: dict[RunFolder, Status] = {}

    @property
    def unwritten(self) -> bool:
        """Whether there is something to write again."""
        return bool(self._unwritten)

    def say(self, folder: RunFolder, status: Status) -> None:
        """Write a status, now or later."""
        if self._written.get(folder) == status:
            return
        self._unwritten[folder] = status
        if status.state not in IN_QUEUE:
            path = str(folder.path)
            self._tell({"over": path, "state": status.state, "message": status.message})
        self._write(folder)

    def write_again(self) -> None:
        """Try what could not be written before."""
        for folder in list(self._unwritten):
            self._write(folder)

    def state(self, folder: RunFolder) -> str:
        """The last that was said of a run and is not written; "" where the folder says it."""
        status = self._unwritten.get(folder)
        return status.state if status else ""

    def _write(self, folder: RunFolder) -> None:
        status = self._unwritten[folder]
        try:
            folder.write_status(**asdict(status))
        except OSError:
            if folder.path.is_dir():
                return
            # It was removed, and nobody asks for it any more.
        del self._unwritten[folder]
        if status.state in IN_QUEUE:
            self._written[folder] = status
        else:
            self._written.pop(folder, None)
            self._tell({"written": str(folder.path)})
