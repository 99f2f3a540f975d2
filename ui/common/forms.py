"""How values stand in a link: short texts that do not change with the words on the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote, unquote

T = TypeVar("T")
Id = TypeVar("Id", bound=str | int | float)
Number = TypeVar("Number", int, float)

_LONGEST = 500  # characters of a text that somebody may put into a link


@dataclass(frozen=True)
class Form(Generic[T]):
    """How one kind of value stands in a link.

    Attributes:
        write: value -> text.
        read: text -> value, or ValueError.
        fits: whether a value that was kept from before can still be had.
    """

    write: Callable[[T], str]
    read: Callable[[str], T]
    fits: Callable[[T], bool] = lambda _: True


def _write_number(number: float) -> str:
    """As short as twelve digits allow: 1, 0.25, 1e-05."""
    return str(number) if isinstance(number, int) else f"{number + 0.0:.12g}"


def _read_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is not finite")
    return number


def number(low: Number, high: Number) -> Form[Number]:
    """A number between two others, both included, of their type."""
    kind = type(low)

    def fits(value: Number) -> bool:
        return isinstance(value, kind) and low <= value <= high

    def read(text: str) -> Number:
        found = kind(text) if kind is int else kind(_read_number(text))
        if not fits(found):
            raise ValueError(f"{text!r} is not between {low} and {high}")
        return found

    return Form(_write_number, read, fits)


def option(options: Collection[Id]) -> Form[Id]:
    """One of some ids."""

    def write(value: Id) -> str:
        return value if isinstance(value, str) else _write_number(value)

    by_text = {write(value): value for value in options}
    numbers = not any(isinstance(value, str) for value in options)

    def read(text: str) -> Id:
        if text not in by_text and numbers:
            text = _write_number(_read_number(text))  # 0.10 and 1e2 are numbers as well
        if text not in by_text:
            raise ValueError(f"{text!r} is none of the options")
        return by_text[text]

    return Form(write, read, lambda value: value in options)


def options(known: Collection[str], most: int) -> Form[list[str]]:
    """Up to ``most`` of some ids; what is none of them is left out."""

    def read(text: str) -> list[str]:
        found = [part for part in read_list(text) if part in known][:most]
        if text and not found:
            raise ValueError(f"{text!r} names none of the options")
        return found

    return Form(write_list, read, lambda kept: set(kept) <= set(known))


def names(most: int) -> Form[tuple[str, ...]]:
    """The first ``most`` of a list of names, whatever they are."""
    return Form(write_list, lambda text: read_list(text)[:most])


def _read_toggle(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _read_text(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError("longer than what a person would have typed")
    return text


SEED: Form[int] = number(0, 2**31)
TOGGLE: Form[bool] = Form(lambda on: str(on).lower(), _read_toggle)
TEXT: Form[str] = Form(str, _read_text)


def write_list(parts: Sequence[str]) -> str:
    """Texts as one, whatever is in them."""
    return ",".join(quote(part, safe=" ", errors="replace") for part in parts)


def read_list(text: str) -> tuple[str, ...]:
    """What ``write_list`` was given, without empty ones."""
    return tuple(unquote(part) for part in text.split(",") if part)
