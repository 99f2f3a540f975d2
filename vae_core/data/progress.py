"""How a long fetch tells that it is alive."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""


def no_progress(done: int, total: int) -> None:
    """Say nothing."""
