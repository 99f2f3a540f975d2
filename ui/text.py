"""Numbers as text."""

from __future__ import annotations


def minus(value: float, digits: int = 3) -> str:
    """So many decimals, with a minus sign instead of a hyphen."""
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 else text


def unbroken(text: str) -> str:
    """On one line: a number must not be parted from its error."""
    return text.replace(" ", "\u00a0")
