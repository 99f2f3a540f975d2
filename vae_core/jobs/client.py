"""The server's side: starts the runner process, hands runs to it, and ends it."""

from __future__ import annotations

import atexit
import json
import math
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from vae_core.jobs.cleaning import clean_runs, require_room
from vae_core.jobs.ownership import mark_owner, require_owner
from vae_core.jobs.process_identity import may_live, process_name
from vae_core.jobs.requests import (
    Request,
    TrainRequest,
    require_kl_term,
    to_json,
)
from vae_core.jobs.run_files import read_request, read_wishes
from vae_core.jobs.run_folder import IN_QUEUE, RunFolder, new_run_id, write_json
from vae_core.jobs.run_view import UNWRITTEN, read_state

MAX_UNFINISHED = 300
MAX_EACH = 30
"""Runs that may be queued or running at once, in all and of one visitor."""

_CLOSE_SECONDS = 15.0
_CLEAN_EVERY_SECONDS = 60 * 60.0


@dataclass(frozen=True)
class _Asked:
    session: str
    owner: str


class Runner:
    """The runner process of this server. It is started at once, so that its workers are warm
    when the first visitor trains, and started again when a run is submitted after it died.

    It ends when ``close`` is called, when this process exits, and when this process is killed:
    the end of its standard input is its sign.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unfinished: dict[RunFolder, _Asked] = {}
        self._cleaned_at = -math.inf
        self._start()
        atexit.register(self.close)

    def _start(self) -> None:
        self._process = _start()
        self._name = process_name(self._process.pid)
        # What a process that died held, nobody holds.
        self._unfinished.clear()
        threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()

    def _listen(self, output: IO[bytes]) -> None:
        """What the runner says, whatever the disk does, until it has ended."""
        with output:
            for line in output:
                news = json.loads(line)
                if "over" in news:
                    folder = RunFolder(Path(news["over"]))
                    UNWRITTEN[folder.run_id] = news["state"], news["message"]
                    with self._lock:
                        self._unfinished.pop(folder, None)
                else:
                    UNWRITTEN.pop(Path(news["written"]).name, None)

    @property
    def name(self) -> str:
        """Names the runner process, see ``process_name``."""
        return self._name

    @property
    def pid(self) -> int:
        """The process id of the runner process."""
        return self._process.pid

    def submit(self, request: Request, session: str, owner: str = "", *, anew: bool = False) -> str:
        """Queue a run; returns its run id. See ``submit_all``."""
        return self.submit_all([request], session, owner, anew=anew)[0]

    def submit_all(
        self, requests: Sequence[Request], session: str, owner: str = "", *, anew: bool = False
    ) -> list[str]:
        """Queue runs that belong together; returns their run ids.

        Args:
            session: who asks; new runs are taken when its earlier ones are over, or paused.
            owner: the secret of whom they belong to, see ``ownership``; that of the session
                unless it is given.
            anew: compute them even if the same was trained before.

        Raises:
            ValueError: the session has a run that is queued or running, the queue or the disk has
                no room for them, for all or for one visitor, or a run that one goes on from is
                somebody else's.
            OSError: the runs folder cannot be written.
        """
        asked = _Asked(session, owner or session)
        for request in requests:
            if isinstance(request, TrainRequest) and request.resume:
                require_owner(request.resume, asked.owner)
        if owner:  # a visitor of the app; who works on the command line has the disk as well
            require_room(owner, len(requests))
        with self._lock:
            self._require_process()
            self._require_turn(asked, len(requests))
            self._clean_now_and_then()
            return self._queue(requests, asked, anew)

    def _require_turn(self, asked: _Asked, runs: int) -> None:
        self._forget_finished()
        unfinished = list(self._unfinished.values())
        if asked.session and any(asked.session == other.session for other in unfinished):
            raise ValueError(
                "you have a run that is not finished; wait for it, pause it or stop it"
            )
        own = sum(asked.owner == other.owner for other in unfinished)
        if own + runs > MAX_EACH:
            raise ValueError(
                f"one visitor can have {MAX_EACH} runs that wait or train; you have {own}, and "
                f"asked for {runs} more"
            )
        if len(unfinished) + runs > MAX_UNFINISHED:
            raise ValueError(
                f"the queue is full: {len(unfinished)} of {MAX_UNFINISHED} places are taken; try "
                "again in a while"
            )

    def _clean_now_and_then(self) -> None:
        if time.monotonic() - self._cleaned_at > _CLEAN_EVERY_SECONDS:
            self._cleaned_at = time.monotonic()
            # It looks at every file of every run, for which nobody should wait.
            threading.Thread(target=clean_runs, daemon=True).start()

    def _require_process(self) -> None:
        if not may_live(self._name):
            self._close_pipe()
            self._process.wait()  # a killed one may take a moment to be gone for good
            self._start()

    def _queue(self, requests: Sequence[Request], asked: _Asked, anew: bool) -> list[str]:
        """All of them or none: what cannot be written whole leaves no folder."""
        folders = [RunFolder.of(new_run_id()) for _ in requests]
        try:
            for folder, request in zip(folders, requests, strict=True):
                folder.snapshots.mkdir(parents=True)
                mark_owner(folder, asked.owner)
                write_json(folder.request, to_json(request))
                folder.write_status("queued", owner=self._name)
        except BaseException:
            for folder in folders:
                shutil.rmtree(folder.path, ignore_errors=True)
            raise
        for folder in folders:
            self._send({"submit": str(folder.path), "anew": anew})
            self._unfinished[folder] = asked
        return [folder.run_id for folder in folders]

    def ask(self, run_id: str, owner: str, **wishes: Any) -> None:
        """Change what a run is asked to do; nothing happens if it is over.

        A paused run that is to go on is queued again, before its owner's that have not begun.

        Args:
            owner: the secret of who started it.
            wishes: fields of ``Wishes``; those not given stay as they are.

        Raises:
            ValueError: there is no run of that name, it is somebody else's, a wish is out of
                range or means nothing to this kind of model, or the queue has no room for one
                that is to go on.
            OSError: the wish cannot be written.
        """
        folder = require_owner(run_id, owner)
        request = read_request(folder)
        if wishes.get("beta") is not None and isinstance(request, TrainRequest):
            require_kl_term(request)
        with self._lock:
            now = replace(read_wishes(folder), **wishes)
            if read_state(folder)[0] == "paused":
                self._require_process()
                if "hold" in wishes and not now.stop:
                    asked = _Asked("", owner)  # whichever session goes on with it
                    self._require_turn(asked, 1)
                    self._unfinished[folder] = asked
                    UNWRITTEN.pop(run_id, None)
            try:
                write_json(folder.control, asdict(now))
            except OSError:
                if not now.stop:  # what waits can be stopped without the disk
                    raise
            self._send({"asked": str(folder.path), "wishes": asdict(now)})

    def stop(self, run_id: str, owner: str) -> None:
        """Ask a run to stop. The model so far is kept.

        Raises:
            ValueError: there is no run of that name, or it is somebody else's.
        """
        self.ask(run_id, owner, stop=True)

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

    def _send(self, command: dict[str, object]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died: its runs are interrupted, as ``read_run`` tells
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()

    def _forget_finished(self) -> None:
        """Those whose folders say it; of the others the runner says it, see ``_listen``."""
        for folder in list(self._unfinished):
            with suppress(OSError, ValueError, KeyError, TypeError):  # a damaged folder
                if read_state(folder)[0] not in IN_QUEUE:
                    del self._unfinished[folder]


def _start() -> subprocess.Popen[bytes]:
    package_parent = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (package_parent, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "vae_core.jobs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        # Ctrl-C in a terminal reaches the whole process group: the server closes us in good order.
        start_new_session=True,
    )
