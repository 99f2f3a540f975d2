"""What of a plane a person looks at: kept for the session, and in the link."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from ui.canvas.events import Part
from ui.common import links
from ui.common.forms import Form
from ui.common.state import Slot


class PartOfPlane(TypedDict):
    """Arguments of ``latent_canvas``."""

    part: Part
    opening: int
    on_part: Callable[[Part], None]


def part_of(name: str, planes: str) -> PartOfPlane:
    """The part of the planes that is kept, for the canvas that shows them.

    Args:
        name: in the link.
        planes: names the planes: with others the whole of them is shown.
    """
    slot: Slot[tuple[str, Part]] = Slot(name, ("", Part()))
    of_planes, part = links.value(slot, _form(planes), "part of the plane")
    return {
        "part": part if of_planes == planes else Part(),
        "opening": links.opening(),
        "on_part": lambda part: slot.set((planes, part)),
    }


def _form(planes: str) -> Form[tuple[str, Part]]:
    """0.5_-1.25_3 is a view of a pane, ~ stands between two; behind h are the hidden labels."""

    def write(kept: tuple[str, Part]) -> str:
        of_planes, part = kept
        if of_planes != planes:
            return ""
        seen = (view and "_".join(f"{value + 0.0:.5g}" for value in view) for view in part.views)
        views = "~".join(one or "" for one in seen) if any(part.views) else ""
        return views + ("h" + "-".join(map(str, part.hidden)) if part.hidden else "")

    def read(text: str) -> tuple[str, Part]:
        views, _, hidden = text.partition("h")
        return planes, Part(
            tuple(_view(one) if one else None for one in views.split("~")) if views else (),
            tuple(int(label) for label in hidden.split("-")) if hidden else (),
        )

    return Form(write, read)


def _view(text: str) -> tuple[float, float, float]:
    x, y, zoom = (float(part) for part in text.split("_"))
    if not (abs(x) < 1e6 and abs(y) < 1e6 and 1e-3 < zoom < 1e6):
        raise ValueError(f"{text!r} is no view of a plane")
    return x, y, zoom
