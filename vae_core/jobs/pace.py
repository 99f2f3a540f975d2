"""Whether a training job takes its next step: what it is asked, its limits, and what it tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from vae_core.jobs.outcome import KEPT, LOST, STOPPED, Outcome
from vae_core.jobs.requests import ABANDONED_SECONDS, HOLD_SECONDS, MAX_SECONDS, Wishes
from vae_core.jobs.run_files import read_wishes
from vae_core.jobs.run_folder import RunFolder, write_json
from vae_core.storage.record import Ended
from vae_core.training.loop import Controls

_LOOK_SECONDS = 0.05
TELL_SECONDS = 0.25


@dataclass
class Pace:
    """Asked before every step; looks at the clock, and now and then at the folder."""

    folder: RunFolder
    steps_per_epoch: int
    epochs: int
    step: int  # the next one
    first: int  # of this run; not 0 where it goes on from another one
    before: float  # seconds that this run took before it was paused
    wanted: Callable[[], bool] = lambda: True  # false once the scheduler is lost
    started: float = field(default_factory=time.monotonic)
    ended: Ended = "done"
    outcome: Outcome | None = None  # where a person or a limit ended it
    held: float = 0.0  # seconds
    paused: bool = False
    _wishes: Wishes = field(default_factory=Wishes)
    _look_at: float = 0.0
    _tell_at: float = 0.0
    _seen: int = 0
    _seen_at: float = field(default_factory=time.monotonic)

    def controls(self) -> Controls:
        """What is wanted of the next step; comes back only when there is to be one, or an end."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look(now)
            self._hold()
        wishes = self._wishes
        go_on = self.outcome is None
        self.step += go_on
        pause = self.outcome is not None and self.outcome.state == "paused"
        return Controls(go_on, wishes.beta, wishes.learning_rate, pause)

    @property
    def epochs_done(self) -> float:
        return self.step / self.steps_per_epoch

    @property
    def _seconds(self) -> float:
        return self.before + time.monotonic() - self.started - self.held

    def epoch_done(self) -> None:
        """The next step looks at the folder whatever the clock says: a single epoch ends there."""
        self._look_at = 0.0
        self.tell()

    def _look(self, now: float) -> None:
        self._look_at = now + _LOOK_SECONDS
        if now >= self._tell_at:
            self._tell_at = now + TELL_SECONDS
            self.tell()
        self._wishes = read_wishes(self.folder)
        if self._wishes.stop:
            self._end("stopped", Outcome("stopped", STOPPED))
        elif not self.wanted():
            self._end("cut off", Outcome("interrupted", LOST))
        elif self._seconds > MAX_SECONDS:
            message = f"It was stopped at the limit of {MAX_SECONDS // 60} minutes; {KEPT}"
            self._end("limit", Outcome("stopped", message))
        elif self._abandoned():
            minutes = ABANDONED_SECONDS // 60
            message = f"It was paused, since nobody had looked at it for {minutes} minutes."
            self._end("unwatched", Outcome("paused", message))

    def _end(self, ended: Ended, outcome: Outcome) -> None:
        self.ended, self.outcome = ended, outcome
        self.tell()

    def _abandoned(self) -> bool:
        # When somebody looked is a time of the clock, which may step, and may be another
        # machine's: that it has changed is all that is taken from it.
        now = time.monotonic()
        with suppress(OSError):  # nobody has looked yet
            seen = self.folder.seen.stat().st_mtime_ns
            if seen != self._seen:
                self._seen, self._seen_at = seen, now
        return now - self._seen_at > ABANDONED_SECONDS

    def _hold(self) -> None:
        if not self._holding():
            return
        since = time.monotonic()
        self.paused = True
        self.tell()
        while self._holding():
            time.sleep(_LOOK_SECONDS)
            self._look(time.monotonic())
            if self._holding() and time.monotonic() - since > HOLD_SECONDS:
                self._end("stopped", Outcome("paused"))
        self.paused = False
        self.held += time.monotonic() - since
        self.tell()

    def _holding(self) -> bool:
        return self.outcome is None and self._wishes.holds(self.epochs_done)

    def tell(self) -> None:
        write_json(
            self.folder.progress,
            {
                "first": self.first,
                "step": self.step,
                "steps": self.steps_per_epoch * self.epochs,
                "steps_per_epoch": self.steps_per_epoch,
                "seconds": self._seconds,
                "paused": self.paused,
                "hold": self._wishes.hold,
                "ended": self.ended,
            },
        )
