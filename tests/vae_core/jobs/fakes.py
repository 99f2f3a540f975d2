"""Both halves of the queue alone: a dispatcher without processes, and a server whose runner process
only says what a test has it say.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from vae_core.jobs import Runner, client, run_folder
from vae_core.jobs.cluster import Standing
from vae_core.jobs.dispatcher import Asked, Close, ClusterChanged, Dispatcher, Submit
from vae_core.jobs.outcome import Outcome
from vae_core.jobs.ownership import mark_owner
from vae_core.jobs.requests import Request, Wishes, to_json
from vae_core.jobs.run_folder import RunFolder, new_run_id, write_json


class FakeCluster:
    """As ``Cluster``: jobs begin in ``running`` and end by ``end``."""

    def __init__(self, places: int = 1) -> None:
        self.standing = Standing(places)
        self.asked = 0  # to try again
        self.started: list[RunFolder] = []
        self.running: dict[RunFolder, Callable[[Outcome], None]] = {}

    def try_again(self) -> None:
        self.asked += 1

    def start(self, folder: RunFolder, done: Callable[[Outcome], None]) -> None:
        self.started.append(folder)
        self.running[folder] = done

    def end(self, folder: RunFolder, state: str = "done", message: str = "") -> None:
        self.running.pop(folder)(Outcome(state, message))

    def close(self) -> None:
        pass


class Queue:
    """A dispatcher in a thread, as the runner process has it."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.news: list[dict[str, str]] = []  # as the server gets it
        self._events: SimpleQueue = SimpleQueue()
        dispatcher = Dispatcher(cluster, self._events, self.news.append)  # type: ignore[arg-type]
        self._thread = threading.Thread(target=dispatcher.run)
        self._thread.start()

    def submit(self, request: Request, owner: str = "a") -> RunFolder:
        folder = made(request, owner)
        self._events.put(Submit(folder))
        return folder

    def ask(self, folder: RunFolder, **wishes: Any) -> None:
        self._events.put(Asked(folder, Wishes(**wishes)))

    def cluster_changed(self) -> None:
        self._events.put(ClusterChanged())

    def over(self, folder: RunFolder) -> bool:
        """Whether the runner has let go of a run."""
        return any(news.get("over") == str(folder.path) for news in self.news)

    def written(self, folder: RunFolder) -> bool:
        """Whether it has also written how the run ended."""
        return {"written": str(folder.path)} in self.news

    def close(self) -> None:
        self._events.put(Close())
        self._thread.join()


@contextmanager
def queue(cluster: FakeCluster) -> Iterator[Queue]:
    held = Queue(cluster)
    try:
        yield held
    finally:
        held.close()


def made(request: Request, owner: str = "a") -> RunFolder:
    """A folder as the server makes it."""
    folder = RunFolder.of(new_run_id())
    folder.snapshots.mkdir(parents=True)
    mark_owner(folder, owner)
    write_json(folder.request, to_json(request))
    return folder


class Disk:
    """A disk that takes nothing while it is full; installed in place of ``replace_file``."""

    def __init__(self) -> None:
        self.full = False
        self.refused = 0
        self._replace = run_folder.replace_file

    def __call__(self, path, content):
        if self.full:
            self.refused += 1
            raise OSError(28, "No space left on device", str(path))
        self._replace(path, content)


# Lines that begin with "say " are said back; what else the server sends is let pass.
SAYS = """
import sys
for line in sys.stdin:
    if line.startswith("say "):
        print(line[4:], end="", flush=True)
"""


class TalkingRunner(Runner):
    """A server's side whose process does nothing but talk."""

    def say(self, **news: str) -> None:
        self._process.stdin.write(b"say " + json.dumps(news).encode() + b"\n")
        self._process.stdin.flush()


@pytest.fixture
def talking(monkeypatch: pytest.MonkeyPatch) -> Iterator[TalkingRunner]:
    command = [sys.executable, "-S", "-E", "-c", SAYS]
    pipe = subprocess.PIPE
    start = lambda: subprocess.Popen(command, stdin=pipe, stdout=pipe)  # noqa: E731
    monkeypatch.setattr(client, "_start", start)
    held = TalkingRunner()
    yield held
    held.close()
