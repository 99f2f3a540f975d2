"""The queue of the runner process: one event at a time, one thread, no locks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from os import getpid
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from vae_core.jobs.outcome import STOPPED, Outcome
from vae_core.jobs.process_identity import process_name
from vae_core.jobs.requests import Wishes
from vae_core.jobs.run_files import INTERRUPTED
from vae_core.jobs.run_folder import RunFolder, Status, read_json, sentence, write_json
from vae_core.jobs.run_view import read_state
from vae_core.jobs.sharing import Sharing, copy_result
from vae_core.jobs.statuses import Statuses, Tell
from vae_core.jobs.turns import Turns

if TYPE_CHECKING:
    from vae_core.jobs.cluster import Cluster, Standing

_WRITE_AGAIN_SECONDS = 2.0

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
    """What is wanted of a run now; its worker reads it in the folder."""

    folder: RunFolder
    wishes: Wishes


@dataclass(frozen=True)
class Finished:
    folder: RunFolder
    outcome: Outcome


@dataclass(frozen=True)
class ClusterChanged:
    """It has another ``standing`` than before."""


@dataclass(frozen=True)
class Close:
    pass


Event = Submit | Asked | Finished | ClusterChanged | Close


class Dispatcher:
    """Starts runs by turns of visitors, as many at once as the cluster has threads.

    A run that asks for what another one is training follows that one, and needs no place. A
    paused run is in none of the lists: it is on the disk alone, until it is asked to go on.

    Args:
        tell: tells the server which runs are held no longer, see ``Statuses``.
    """

    def __init__(self, cluster: Cluster, events: SimpleQueue[Event], tell: Tell) -> None:
        self._cluster = cluster
        self._events = events
        self._waiting: list[RunFolder] = []
        self._running: list[RunFolder] = []
        self._sharing = Sharing()
        self._turns = Turns()
        self._statuses = Statuses(tell)
        self._owner = process_name(getpid())

    def run(self) -> None:
        """Serve until ``Close``, then interrupt what is not over."""
        while True:
            wait = _WRITE_AGAIN_SECONDS if self._statuses.unwritten else None
            try:
                event = self._events.get(timeout=wait)
            except Empty:
                self._statuses.write_again()
            else:
                if isinstance(event, Close):
                    break
                if not isinstance(event, ClusterChanged):
                    self._for_one(event.folder, partial(self._handle, event))
            self._start_next()
        for folder in [*self._waiting, *self._running, *self._sharing.followers()]:
            with suppress(OSError):
                write_json(folder.control, {"stop": True})  # a worker of another cluster lives on
            self._say(folder, "interrupted", INTERRUPTED)
        self._cluster.close()

    def _for_one(self, folder: RunFolder, do: Callable[[], None]) -> None:
        """Whatever is wrong with the folder of one run ends that run: the queue goes on."""
        try:
            do()
        except Exception as error:
            if folder in self._waiting:
                self._waiting.remove(folder)
            if folder not in self._running:
                self._say(folder, "failed", sentence(error))

    def _handle(self, event: Submit | Asked | Finished) -> None:
        match event:
            case Submit(folder, anew):
                if anew:
                    self._sharing.keep_apart(folder)
                self._waiting.append(folder)
                self._cluster.try_again()
            case Asked(folder, wishes):
                self._do_as_asked(folder, wishes)
            case Finished(folder, outcome):
                self._running.remove(folder)
                self._end(folder, outcome)

    def _do_as_asked(self, folder: RunFolder, wishes: Wishes) -> None:
        if wishes.stop:
            if folder in self._running:  # it looks at its folder itself
                return
            if folder in self._waiting:
                self._waiting.remove(folder)
            elif not self._sharing.leave(folder) and self._state(folder) != "paused":
                return
            kept = folder.model.is_file()
            self._say(folder, "stopped", STOPPED if kept else "It was stopped before it began.")
            return
        # Steered by hand it is no longer what the others asked for.
        followed = self._sharing.leave(folder)
        self._waiting[:0] = self._sharing.keep_apart(folder)
        if followed:
            self._waiting.insert(0, folder)
        elif (
            folder not in self._waiting
            and folder not in self._running
            and self._state(folder) == "paused"
            and not wishes.holds(_epochs_done(folder))
        ):
            self._waiting.insert(0, folder)  # it has had its turn before
            self._cluster.try_again()

    def _end(self, folder: RunFolder, outcome: Outcome) -> None:
        if outcome.state == "interrupted":  # its worker may live on
            with suppress(OSError):
                write_json(folder.control, {"stop": True})
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
        self._say(folder, outcome.state, outcome.message)

    def _start_next(self) -> None:
        standing = self._cluster.standing
        ordered = self._turns.order(self._waiting, self._running)
        for folder in ordered:
            self._for_one(folder, partial(self._start_if_it_can, folder, standing))
        ahead = tuple(folder.run_id for folder in self._running)
        if not standing.places and not standing.message:
            return  # it is not known yet whether they have to wait
        left = [folder for folder in ordered if folder in self._waiting]
        for place, folder in enumerate(left, start=1):
            self._say(
                folder,
                "queued",
                standing.message,
                position=place,
                owner=self._owner,
                ahead=ahead,
            )

    def _start_if_it_can(self, folder: RunFolder, standing: Standing) -> None:
        done, running = self._sharing.same_as(folder)
        if done is not None and self._share(done, folder):
            self._waiting.remove(folder)
        elif running is not None:
            self._waiting.remove(folder)
            self._sharing.follow(running, folder)
            self._say(folder, "running", owner=self._owner, follows=running.run_id)
        elif standing.hopeless:
            raise OSError(standing.message)
        elif len(self._running) < standing.places:
            self._waiting.remove(folder)
            self._start(folder)

    def _share(self, first: RunFolder, other: RunFolder) -> bool:
        """Give a run what another came to; False if that is gone, or the disk is full."""
        try:
            copy_result(first, other)
        except OSError:
            self._sharing.keep_apart(other)
            return False
        self._say(other, "done", _SHARED)
        return True

    def _start(self, folder: RunFolder) -> None:
        self._say(folder, "running", owner=self._owner)
        try:
            self._cluster.start(folder, lambda how: self._events.put(Finished(folder, how)))
        except OSError as error:
            self._say(folder, "failed", sentence(f"the cluster cannot be used: {error}"))
            return
        self._running.append(folder)
        self._turns.took(folder)
        self._sharing.begin(folder)

    def _state(self, folder: RunFolder) -> str:
        return self._statuses.state(folder) or read_state(folder)[0]

    def _say(self, folder: RunFolder, state: str, message: str = "", **rest: Any) -> None:
        self._statuses.say(folder, Status(state, message, **rest))


def _epochs_done(folder: RunFolder) -> float:
    progress = read_json(folder.progress, {})
    return float(progress["step"] / progress["steps_per_epoch"])
