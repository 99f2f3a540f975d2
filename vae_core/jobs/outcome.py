"""How a job ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        state: "done", "stopped" or "failed".
        message: one sentence on why; "" for a job that was simply done.
    """

    state: str
    message: str = ""
