"""The server's connection to the process that runs jobs."""

from __future__ import annotations

from ui.library.cache import cached
from vae_core.jobs import Runner


@cached()
def runner() -> Runner:
    """The process that trains, one per server."""
    return Runner()
