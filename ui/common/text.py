"""Numbers and messages as text."""

from __future__ import annotations

import math
import re
from html import escape
from typing import NoReturn

import streamlit as st

from ui.common import links
from vae_core.jobs.run_folder import capitalised

_HUGE = 1e9  # from here on a number is written with a power of ten
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def minus(value: float, digits: int = 3, *, grouped: bool = False) -> str:
    """So many decimals, with a minus sign instead of a hyphen, and none before a zero.

    What a diverged model has is written with a power of ten: 1.54 × 10²³.

    Args:
        grouped: thousands are separated by commas.
    """
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if abs(value) >= _HUGE:
        mantissa, power = f"{abs(value):.2e}".split("e+")
        text = f"{mantissa} × 10{str(int(power)).translate(_RAISED)}".replace(" ", "\u00a0")
    else:
        text = f"{abs(value):{',' if grouped else ''}.{digits}f}"
        if not text.strip("0."):
            return text
    return f"−{text}" if value < 0 else text


def in_formula(value: float, digits: int = 3) -> str:
    """The same for LaTeX."""
    if math.isinf(value):
        return r"-\infty" if value < 0 else r"\infty"
    if abs(value) >= _HUGE:
        mantissa, power = f"{value:.2e}".split("e+")
        return rf"{mantissa} \times 10^{{{int(power)}}}"
    return minus(value, digits).replace("−", "-")


def with_error(value: float, error: float, digits: int = 3) -> str:
    """A number ± its error, on one line; the number alone where the error is NaN.

    Beside a number with a power of ten the error has the same one, and as many digits.
    """
    if math.isnan(error):
        return minus(value, digits)
    error_text = minus(error, digits)
    if _HUGE <= abs(value) < math.inf and error < math.inf:
        power = int(f"{abs(value):.2e}".split("e+")[1])
        error_text = f"{error / 10**power:.2f} × 10{str(power).translate(_RAISED)}"
    return unbroken(f"{minus(value, digits)} ± {error_text}")


def unbroken(text: str) -> str:
    """On one line: a number must not be parted from its error."""
    return text.replace(" ", "\u00a0")


# The browser makes links of addresses and of mail after it has read the marks: escapes are gone by
# then. A joiner of no width leaves nothing that looks like one.
_BECOMES_A_LINK = re.compile(r"(?i)(?<=http)(?=s?:)|(?<=www)(?=\.)|(?=@)")
JOINER = "\u2060"

_LONGEST = 80  # characters of what came from a link, which is repeated in a sentence


def plain(text: str) -> str:
    """Text for a place that reads Markdown: what came from a person must not become a link."""
    text = _BECOMES_A_LINK.sub(JOINER, text)
    return "".join(f"\\{char}" if char in r"\`*_{}[]()<>#+!|~$:" else char for char in text)


def short(text: str) -> str:
    """What came from somebody, no longer than a sentence bears."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def in_figure(text: str) -> str:
    """Text for a label in a chart: Plotly reads tags there, links among them."""
    return escape(text, quote=False)


def sentence(error: Exception) -> str:
    """An error as a sentence, in which names stay as they are and Markdown reads nothing."""
    text = capitalised(plain(str(error)))
    return text + ("" if text.endswith(".") else ".")


def stop_with(text: str) -> NoReturn:
    """Say what is wrong and end the page there."""
    st.error(text, icon=":material/error:")
    links.stop()
