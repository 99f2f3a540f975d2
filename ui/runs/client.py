"""The server's connection to the process that runs jobs."""

from __future__ import annotations

from ui.common.state import Slot
from ui.library.cache import cached
from vae_core.jobs import Runner

STARTED: Slot[tuple[str, ...]] = Slot("started_runs", ())
"""The trainings that this session asked for, oldest first."""


@cached()
def runner() -> Runner:
    """The process that trains, one per server."""
    return Runner()
