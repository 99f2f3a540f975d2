"""How a job ended."""

from __future__ import annotations

from dataclasses import dataclass

KEPT = "the model so far was kept."
STOPPED = f"It was stopped; {KEPT}"
LOST = "The connection to the cluster was lost while it ran; the last model can be gone on from."


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        state: "done", "stopped", "failed", "interrupted" where its cluster was lost, or "paused":
            it is to be started again from its last model when somebody resumes it.
        message: one sentence on why; "" for a job that was simply done.
    """

    state: str
    message: str = ""
