"""Garbage collection, which Streamlit asks for after every script run."""

from __future__ import annotations

import gc
import sys

_modules_then = 0


def settle() -> None:
    """Set aside what imports left behind, whenever there have been new ones.

    A collection would walk it all each time: with torch imported a click took 300 ms, and what the
    pages themselves import cost 33 ms of every click.
    """
    global _modules_then
    if len(sys.modules) > _modules_then:
        _modules_then = len(sys.modules)
        gc.collect()
        gc.freeze()
