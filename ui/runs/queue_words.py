"""Why a run waits, and for about how long."""

from __future__ import annotations

from ui.common.text import plain
from vae_core.jobs import RunView


def duration(seconds: float) -> str:
    """ "about 40 s", "about 3 min"."""
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"


def waiting(view: RunView) -> str:
    """Why a queued run waits: its place, what is ahead of it, and about for how long."""
    if not view.position:
        return "about to start"
    text = f"number {view.position} in the queue"
    if view.message:
        text += f"; {plain(view.message)}"
    elif view.ahead:
        ahead = "one run trains" if view.ahead == 1 else f"{view.ahead} runs train"
        text += f": {ahead} now, and there is room for no more"
    if view.wait_seconds is not None:
        text += f"; its turn comes in {duration(view.wait_seconds)}"
    return text


def waiting_sentence(view: RunView) -> str:
    """The same as a sentence."""
    text = waiting(view)
    return f"{text[0].upper()}{text[1:]}."
