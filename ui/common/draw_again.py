"""The button for other random draws."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.common import forms, links
from ui.common.state import Slot

_SEEDS = 2**31


def draw_again(
    key: str,
    *,
    label: str = "Draw again",
    first: int = 0,
    at: DeltaGenerator | None = None,
    on_draw: Callable[[int], None] | None = None,
    help: str | None = None,
) -> int:
    """A button for the next draw; returns the seed of the one to show, kept and in the link.

    Args:
        key: of the button; ``key_seed`` is the seed's.
        first: the seed before the button is pressed.
        at: where the button stands; where the page is by default.
        on_draw: called with the new seed when the button is pressed.
    """
    slot = Slot(f"{key}_seed", first)
    seed = links.value(slot, forms.SEED, label)

    def draw() -> None:
        slot.set((seed + 1) % _SEEDS)
        if on_draw is not None:
            on_draw(slot.get())

    (st if at is None else at).button(
        label,
        icon=":material/casino:",
        key=key,
        on_click=draw,
        width="content" if at is None else "stretch",
        help=help,
    )
    return seed
