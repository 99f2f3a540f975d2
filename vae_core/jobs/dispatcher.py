"""The queue of the runner process: one event at a time, one thread, no locks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from os import getpid
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from vae_core.jobs.process_identity import process_name
from vae_core.jobs.run_folder import RunFolder, sentence, write_json
from vae_core.jobs.run_view import INTERRUPTED

if TYPE_CHECKING:
    from distributed import Future

    from vae_core.jobs.cluster import Cluster
    from vae_core.jobs.outcome import Outcome

_LOOK_AGAIN_SECONDS = 5.0  # a cluster may have grown meanwhile


@dataclass(frozen=True)
class Submit:
    folder: RunFolder


@dataclass(frozen=True)
class Stop:
    folder: RunFolder


@dataclass(frozen=True)
class Finished:
    run_id: str


@dataclass(frozen=True)
class Close:
    pass


Event = Submit | Stop | Finished | Close


class Dispatcher:
    """Starts runs in their order, as many at once as the cluster has threads."""

    def __init__(self, cluster: Cluster, events: SimpleQueue[Event]) -> None:
        self._cluster = cluster
        self._events = events
        self._waiting: list[RunFolder] = []
        self._running: dict[str, tuple[RunFolder, Future[Outcome]]] = {}
        self._owner = process_name(getpid())

    def run(self) -> None:
        """Serve until ``Close``, then interrupt what is not over."""
        while True:
            try:
                event = self._events.get(timeout=_LOOK_AGAIN_SECONDS if self._waiting else None)
            except Empty:
                self._start_next()
                continue
            if isinstance(event, Close):
                break
            self._handle(event)
            self._start_next()
        for folder in [*self._waiting, *(folder for folder, _ in self._running.values())]:
            with suppress(OSError):
                write_json(folder.control, {"stop": True})  # a worker of another cluster lives on
            _tell(folder, "interrupted", INTERRUPTED)
        self._cluster.close()

    def _handle(self, event: Event) -> None:
        match event:
            case Submit(folder):
                self._waiting.append(folder)
            case Stop(folder) if folder in self._waiting:  # a running one looks at its folder
                self._waiting.remove(folder)
                _tell(folder, "stopped", "It was stopped before its turn came.")
            case Finished(run_id):
                from vae_core.jobs.cluster import outcome_of

                folder, future = self._running.pop(run_id)
                outcome = outcome_of(future)
                _tell(folder, outcome.state, outcome.message)

    def _start_next(self) -> None:
        capacity = self._cluster.capacity() if self._waiting else 0
        while self._waiting and len(self._running) < capacity:
            self._start(self._waiting.pop(0))
        for place, folder in enumerate(self._waiting, start=1):
            _tell(folder, "queued", position=place, owner=self._owner)

    def _start(self, folder: RunFolder) -> None:
        _tell(folder, "running", owner=self._owner)
        try:
            future = self._cluster.start(folder)
        except OSError as error:
            _tell(folder, "failed", sentence(f"the cluster cannot be used: {error}"))
            return
        self._running[folder.run_id] = (folder, future)
        # Called in a thread of dask's: it only leaves a note.
        future.add_done_callback(lambda _: self._events.put(Finished(folder.run_id)))


def _tell(
    folder: RunFolder, state: str, message: str = "", position: int = 0, owner: str = ""
) -> None:
    # A folder that was removed, or a full disk, is one run's trouble: the queue goes on.
    with suppress(OSError):
        folder.write_status(state, message, position, owner)
