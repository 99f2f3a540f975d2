"""The server's side: starts the runner process, hands runs to it, and ends it."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from vae_core.jobs.process_identity import may_live, process_name
from vae_core.jobs.requests import Request, Wishes, to_json
from vae_core.jobs.run_folder import UNFINISHED, RunFolder, new_run_id, read_json, write_json
from vae_core.jobs.run_view import read_state

MAX_UNFINISHED = 30
"""Runs that may be queued or running at once."""

_CLOSE_SECONDS = 15.0


class Runner:
    """The runner process of this server. It is started at once, so that its workers are warm
    when the first visitor trains, and started again when a run is submitted after it died.

    It ends when ``close`` is called, when this process exits, and when this process is killed:
    the end of its standard input is its sign.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[RunFolder, str] = {}  # of every unfinished run
        self._start()
        atexit.register(self.close)

    def _start(self) -> None:
        self._process = _start()
        self._name = process_name(self._process.pid)

    @property
    def pid(self) -> int:
        """The process id of the runner process."""
        return self._process.pid

    def submit(self, request: Request, session: str) -> str:
        """Queue a run; returns its run id. Raises as ``submit_all`` does."""
        return self.submit_all([request], session)[0]

    def submit_all(self, requests: Sequence[Request], session: str) -> list[str]:
        """Queue runs that belong together; returns their run ids.

        Args:
            session: who asks; new runs are taken when its earlier ones are over.

        Raises:
            ValueError: the session has an unfinished run, or the queue has no room for them.
            OSError: the runs folder cannot be written.
        """
        with self._lock:
            self._forget_finished()
            if session in self._sessions.values():
                raise ValueError("you have a run that is not finished; wait for it or stop it")
            room = MAX_UNFINISHED - len(self._sessions)
            if room <= 0:
                raise ValueError(
                    f"the queue is full: {MAX_UNFINISHED} runs are waiting; try again in a while"
                )
            if len(requests) > room:
                raise ValueError(f"the queue has room for {room} runs, got {len(requests)}")
            if not may_live(self._name):
                self._close_pipe()
                self._process.wait()  # a killed one may take a moment to be gone for good
                self._start()
            return [self._queue(request, session) for request in requests]

    def _queue(self, request: Request, session: str) -> str:
        folder = RunFolder.of(new_run_id())
        folder.snapshots.mkdir(parents=True)
        write_json(folder.request, to_json(request))
        folder.write_status("queued", owner=self._name)
        self._send({"submit": str(folder.path)})
        self._sessions[folder] = session
        return folder.run_id

    def ask(self, run_id: str, **wishes: Any) -> None:
        """Change what a run is asked to do; nothing happens if it is over.

        Args:
            wishes: fields of ``Wishes``; those not given stay as they are.

        Raises:
            ValueError: there is no run of that name, or a wish is out of range.
        """
        folder = RunFolder.of(run_id)
        if not folder.request.is_file():
            raise ValueError(f"there is no run {run_id}; it may have been removed")
        with self._lock:
            now = replace(Wishes(**read_json(folder.control, {})), **wishes)
            write_json(folder.control, asdict(now))
            if now.stop:
                self._send({"stop": str(folder.path)})

    def stop(self, run_id: str) -> None:
        """Ask a run to stop. The model so far is kept.

        Raises:
            ValueError: there is no run of that name.
        """
        self.ask(run_id, stop=True)

    def close(self) -> None:
        """End the runner process and its workers; runs that are not over become interrupted."""
        atexit.unregister(self.close)
        with self._lock:
            self._close_pipe()
            try:
                self._process.wait(_CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()  # its workers end when they find it gone
                self._process.wait()

    def _close_pipe(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def _send(self, command: dict[str, str]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died: its runs are interrupted, as ``read_run`` tells
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()

    def _forget_finished(self) -> None:
        for folder in list(self._sessions):
            state, _, _ = read_state(folder)
            if state not in UNFINISHED:
                del self._sessions[folder]


def _start() -> subprocess.Popen[bytes]:
    package_parent = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (package_parent, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "vae_core.jobs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
        # Ctrl-C in a terminal reaches the whole process group: the server closes us in good order.
        start_new_session=True,
    )
