"""Ctrl-C, SIGTERM and SIGHUP: the end of a command, at once or where its work can be kept."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Interrupted(KeyboardInterrupt):
    """A signal ends the command.

    Attributes:
        number: of the signal; the exit status is 128 more, as shells have it.
    """

    def __init__(self, number: int, message: str = "interrupted") -> None:
        super().__init__(message)
        self.number = number


@contextmanager
def signals_end_the_command() -> Iterator[None]:
    """Within, a signal raises ``Interrupted``, so that nothing is left half-written."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number)

    with _handler(end):
        yield


@contextmanager
def signals_noted() -> Iterator[list[int]]:
    """Within, the first signal is only noted in the list that is yielded; a second one ends."""
    noted: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if noted:
            raise Interrupted(number)
        noted.append(number)

    with _handler(note):
        yield noted


@contextmanager
def _handler(handle: signal._HANDLER) -> Iterator[None]:
    try:
        before = {number: signal.signal(number, handle) for number in _SIGNALS}
    except ValueError:  # not the main thread: signals are somebody else's business
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
