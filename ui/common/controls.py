"""The controls of all pages: each keeps its value when its page is left, and is in the link.

A control's key is its name in the link. A choice stands there by its option's id, never by what
the control says for it; a number in its shortest form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, TypeVar, Unpack

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.common import forms, links
from ui.common.forms import Form, Id, Number
from ui.common.state import Slot

T = TypeVar("T")


class Looks(TypedDict, total=False):
    """What every control may be given besides; see Streamlit."""

    help: str | None
    label_visibility: Literal["visible", "hidden", "collapsed"]
    on_change: Callable[[], None]
    format: str


def _control(
    kind: str,
    label: str,
    slot: Slot[T],
    form: Form[T],
    at: DeltaGenerator | None,
    **arguments: Any,
) -> T:
    """Draw a control that shows a slot's value, and have that in the link."""
    # Of several of a list the page itself says which cannot be had, and why.
    links.bring(slot, form, None if kind == "multiselect" else label)
    draw = getattr(st if at is None else at, kind)
    # No default is given: Streamlit would warn of two where a value is set as well.
    chosen: T = draw(label, key=slot.name, persist_state="session", **arguments)
    links.tell(slot, form)
    return chosen


def _choice(
    kind: str,
    label: str,
    options: Mapping[Id, str] | Sequence[Id],
    key: str,
    default: Id | None,
    at: DeltaGenerator | None,
    **arguments: Any,
) -> Id:
    values = list(options)
    if isinstance(options, Mapping):
        arguments["format_func"] = lambda value: options[value]
    slot = Slot(key, values[0] if default is None else default)
    return _control(kind, label, slot, forms.option(values), at, options=values, **arguments)


def selectbox(
    label: str,
    options: Mapping[Id, str] | Sequence[Id],
    *,
    key: str,
    default: Id | None = None,
    at: DeltaGenerator | None = None,
    **looks: Unpack[Looks],
) -> Id:
    """A list to choose from, kept and in the link.

    Args:
        options: ids, which stand in the link, with what the control says for each.
        key: of the control, and its name in the link.
        default: an id; the first one by default.
        at: where the control stands; where the page is by default.
    """
    return _choice("selectbox", label, options, key, default, at, **looks)


def radio(
    label: str,
    options: Mapping[Id, str] | Sequence[Id],
    *,
    key: str,
    default: Id | None = None,
    at: DeltaGenerator | None = None,
    **looks: Unpack[Looks],
) -> Id:
    """As ``selectbox``, with every option on screen."""
    return _choice("radio", label, options, key, default, at, **looks)


def segmented_control(
    label: str,
    options: Mapping[Id, str] | Sequence[Id],
    *,
    key: str,
    default: Id | None = None,
    at: DeltaGenerator | None = None,
    **looks: Unpack[Looks],
) -> Id:
    """As ``selectbox``, with the options side by side."""
    return _choice("segmented_control", label, options, key, default, at, required=True, **looks)


def select_slider(
    label: str,
    options: Mapping[Id, str] | Sequence[Id],
    *,
    key: str,
    default: Id | None = None,
    at: DeltaGenerator | None = None,
    **looks: Unpack[Looks],
) -> Id:
    """As ``selectbox``, with the options along a line."""
    return _choice("select_slider", label, options, key, default, at, **looks)


def slider(
    label: str,
    low: Number,
    high: Number,
    default: Number,
    step: Number | None = None,
    *,
    key: str,
    at: DeltaGenerator | None = None,
    **looks: Unpack[Looks],
) -> Number:
    """A number from ``low`` to ``high``, both included, kept and in the link."""
    bounds = {"min_value": low, "max_value": high, "step": step}
    return _control(
        "slider", label, Slot(key, default), forms.number(low, high), at, **bounds, **looks
    )


def number_input(
    label: str,
    low: Number,
    high: Number,
    default: Number,
    step: Number | None = None,
    *,
    key: str,
    at: DeltaGenerator | None = None,
    **looks: Unpack[Looks],
) -> Number:
    """As ``slider``, typed."""
    bounds = {"min_value": low, "max_value": high, "step": step}
    return _control(
        "number_input", label, Slot(key, default), forms.number(low, high), at, **bounds, **looks
    )


def toggle(
    label: str,
    default: bool = False,
    *,
    key: str,
    at: DeltaGenerator | None = None,
    **looks: Unpack[Looks],
) -> bool:
    """On or off, kept and in the link."""
    return _control("toggle", label, Slot(key, default), forms.TOGGLE, at, **looks)


def text_input(
    label: str,
    default: str,
    *,
    key: str,
    at: DeltaGenerator | None = None,
    **looks: Unpack[Looks],
) -> str:
    """A text, kept and in the link."""
    return _control("text_input", label, Slot(key, default), forms.TEXT, at, **looks)


def multiselect(
    label: str,
    options: Mapping[str, str],
    *,
    key: str,
    default: Sequence[str],
    most: int,
    at: DeltaGenerator | None = None,
    **looks: Unpack[Looks],
) -> list[str]:
    """Up to ``most`` of a list, kept and in the link.

    What is no id there is left out, and the page says why.
    """
    return _control(
        "multiselect",
        label,
        Slot(key, list(default)),
        forms.options(options, most),
        at,
        options=list(options),
        format_func=options.__getitem__,
        max_selections=most,
        **looks,
    )
