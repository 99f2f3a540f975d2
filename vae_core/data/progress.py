"""How a long fetch tells that it is alive."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all); never, if the size is not known beforehand."""


def no_progress(done: int, total: int) -> None:
    """Say nothing."""
