"""The server's connection to the process that runs jobs."""

from __future__ import annotations

from ui.common.state import Slot, owner
from ui.library.cache import cached
from vae_core.jobs import Runner
from vae_core.jobs.ownership import is_owner

STARTED: Slot[tuple[str, ...]] = Slot("started_runs", ())
"""The trainings that this session asked for, and those they began from, oldest first."""


@cached()
def runner() -> Runner:
    """The process that trains, one per server."""
    return Runner()


def mine(run_id: str) -> bool:
    """Whether this browser started a run; whoever else has its link watches."""
    return is_owner(run_id, owner())
