"""Numbers as text."""

from __future__ import annotations


def minus(value: float, digits: int = 3) -> str:
    """So many decimals, with a minus sign instead of a hyphen."""
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 else text
