"""The queue of the runner process: one event at a time, one thread, no locks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from os import getpid
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from vae_core.jobs.outcome import STOPPED, Outcome
from vae_core.jobs.process_identity import process_name
from vae_core.jobs.requests import Wishes
from vae_core.jobs.run_folder import RunFolder, read_json, sentence, write_json
from vae_core.jobs.run_view import INTERRUPTED, read_state
from vae_core.jobs.sharing import Sharing, copy_result

if TYPE_CHECKING:
    from distributed import Future

    from vae_core.jobs.cluster import Cluster

_LOOK_AGAIN_SECONDS = 5.0  # a cluster may have grown meanwhile

_SHARED = (
    "The same had been trained before (same settings, seed and images), so that it was not "
    "computed again."
)


@dataclass(frozen=True)
class Submit:
    """Queue a run; ``anew``: even if the same was trained before."""

    folder: RunFolder
    anew: bool = False


@dataclass(frozen=True)
class Asked:
    """What is wanted of a run stands in its folder, see ``Wishes``."""

    folder: RunFolder


@dataclass(frozen=True)
class Finished:
    run_id: str


@dataclass(frozen=True)
class Close:
    pass


Event = Submit | Asked | Finished | Close


class Dispatcher:
    """Starts runs in their order, as many at once as the cluster has threads.

    A run that asks for what another one is training follows that one, and needs no place. A
    paused run is in none of the lists: it is on the disk alone, until it is asked to go on.
    """

    def __init__(self, cluster: Cluster, events: SimpleQueue[Event]) -> None:
        self._cluster = cluster
        self._events = events
        self._waiting: list[RunFolder] = []
        self._running: dict[str, tuple[RunFolder, Future[Outcome]]] = {}
        self._sharing = Sharing()
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
        running = [folder for folder, _ in self._running.values()]
        for folder in [*self._waiting, *running, *self._sharing.followers()]:
            with suppress(OSError):
                write_json(folder.control, {"stop": True})  # a worker of another cluster lives on
            _tell(folder, "interrupted", INTERRUPTED)
        self._cluster.close()

    def _handle(self, event: Event) -> None:
        match event:
            case Submit(folder, anew):
                if anew:
                    self._sharing.keep_apart(folder)
                self._waiting.append(folder)
            case Asked(folder):
                with suppress(OSError, ValueError, KeyError, TypeError):  # a damaged folder
                    self._do_as_asked(folder, Wishes(**read_json(folder.control, {})))
            case Finished(run_id):
                from vae_core.jobs.cluster import outcome_of

                folder, future = self._running.pop(run_id)
                self._end(folder, outcome_of(future))

    def _do_as_asked(self, folder: RunFolder, wishes: Wishes) -> None:
        if wishes.stop:
            if folder.run_id in self._running:  # it looks at its folder itself
                return
            if folder in self._waiting:
                self._waiting.remove(folder)
            elif not self._sharing.leave(folder) and read_state(folder)[0] != "paused":
                return
            kept = folder.model.is_file()
            _tell(folder, "stopped", STOPPED if kept else "It was stopped before it began.")
            return
        # Steered by hand it is no longer what the others asked for.
        followed = self._sharing.leave(folder)
        self._waiting[:0] = self._sharing.keep_apart(folder)
        if followed:
            self._waiting.insert(0, folder)
        elif (
            folder not in self._waiting
            and folder.run_id not in self._running
            and read_state(folder)[0] == "paused"
            and not wishes.holds(_epochs_done(folder))
        ):
            self._waiting.insert(0, folder)  # it has had its turn before

    def _end(self, folder: RunFolder, outcome: Outcome) -> None:
        followers = self._sharing.end(folder, shareable=outcome.state == "done")
        for follower in followers:
            if outcome.state != "done" or not self._share(folder, follower):
                self._waiting.insert(0, follower)
        if outcome.state == "paused":
            # From here on it has neither the draws nor the optimiser of an undisturbed run.
            self._sharing.keep_apart(folder)
            held_for = read_json(folder.progress, {}).get("hold")
            wishes = Wishes(**read_json(folder.control, {}))
            if wishes.stop:
                outcome = Outcome("stopped", STOPPED)
            elif wishes.hold != held_for:  # it was asked to go on while it went to the disk
                self._waiting.insert(0, folder)
                return
        _tell(folder, outcome.state, outcome.message)

    def _start_next(self) -> None:
        capacity = self._cluster.capacity() if self._waiting else 0
        for folder in list(self._waiting):
            done, running = self._sharing.same_as(folder)
            if done is not None and self._share(done, folder):
                self._waiting.remove(folder)
            elif running is not None:
                self._waiting.remove(folder)
                self._sharing.follow(running, folder)
                _tell(folder, "running", owner=self._owner, follows=running.run_id)
            elif len(self._running) < capacity:
                self._waiting.remove(folder)
                self._start(folder)
        for place, folder in enumerate(self._waiting, start=1):
            ahead = tuple(self._running)
            _tell(folder, "queued", position=place, owner=self._owner, ahead=ahead)

    def _share(self, first: RunFolder, other: RunFolder) -> bool:
        """Give a run what another came to; False if that is gone, or the disk is full."""
        try:
            copy_result(first, other)
        except OSError:
            self._sharing.keep_apart(other)
            return False
        _tell(other, "done", _SHARED)
        return True

    def _start(self, folder: RunFolder) -> None:
        _tell(folder, "running", owner=self._owner)
        try:
            future = self._cluster.start(folder)
        except OSError as error:
            _tell(folder, "failed", sentence(f"the cluster cannot be used: {error}"))
            return
        self._running[folder.run_id] = (folder, future)
        self._sharing.begin(folder)
        # Called in a thread of dask's: it only leaves a note.
        future.add_done_callback(lambda _: self._events.put(Finished(folder.run_id)))


def _epochs_done(folder: RunFolder) -> float:
    progress = read_json(folder.progress, {})
    return float(progress["step"] / progress["steps_per_epoch"])


def _tell(
    folder: RunFolder,
    state: str,
    message: str = "",
    position: int = 0,
    owner: str = "",
    ahead: Sequence[str] = (),
    follows: str = "",
) -> None:
    # A folder that was removed, or a full disk, is one run's trouble: the queue goes on.
    with suppress(OSError):
        folder.write_status(state, message, position, owner, ahead, follows)
