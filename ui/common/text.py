"""Numbers and messages as text."""

from __future__ import annotations

import math
from typing import NoReturn

import streamlit as st

from ui.common import links


def minus(value: float, digits: int = 3) -> str:
    """So many decimals, with a minus sign instead of a hyphen, and none before a zero."""
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) != 0 else text


def with_error(value: float, error: float, digits: int = 3) -> str:
    """A number ± its error, on one line; the number alone where the error is NaN."""
    if math.isnan(error):
        return minus(value, digits)
    return unbroken(f"{minus(value, digits)} ± {error:.{digits}f}")


def unbroken(text: str) -> str:
    """On one line: a number must not be parted from its error."""
    return text.replace(" ", "\u00a0")


def plain(text: str) -> str:
    """Text for a place that reads Markdown: what came from a person must not become a link."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]()<>#+!|~$:" else char for char in text)


def sentence(error: Exception) -> str:
    """An error as a sentence: capital letter, full stop, nothing that Markdown would read."""
    text = plain(str(error))
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def stop_with(text: str) -> NoReturn:
    """Say what is wrong and end the page there."""
    st.error(text, icon=":material/error:")
    links.stop()
