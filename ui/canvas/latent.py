"""The browser component: a latent plane that decodes under the pointer, without a round trip.

The page gives ``PlaneSpec`` records that say where the browser fetches weights, points and the
rest (``assets``); moving, zooming, sampling and decoding happen there. Only clicks and
selections come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TypeVar

import streamlit as st

from ui.canvas.component import canvas_component
from ui.canvas.events import (
    Click,
    Part,
    Selection,
    parse_click,
    parse_part,
    parse_selection,
)
from vae_core.provenance import About
from vae_core.web.specs import ContourSpec, FieldSpec, Level, Look, Marker, PlaneSpec, ValuesSpec

__all__ = [
    "Click",
    "ContourSpec",
    "FieldSpec",
    "Level",
    "Look",
    "Marker",
    "Part",
    "PlaneSpec",
    "Selection",
    "ValuesSpec",
    "latent_canvas",
    "parse_click",
    "parse_selection",
]

Event = TypeVar("Event", Click, Selection, Part)

_component = canvas_component("latent_canvas", "latent")


def latent_canvas(
    *,
    key: str,
    planes: Sequence[PlaneSpec],
    image_shape: tuple[int, int],
    class_names: Sequence[str],
    colours: Sequence[str],
    height: int,
    card: bool = True,
    look: Look | None = None,
    shown_classes: Sequence[int] | None = None,
    path: Sequence[tuple[float, float]] = (),
    path_position: float | None = None,
    other_path: Sequence[tuple[float, float]] = (),
    other_path_label: str = "",
    markers: Sequence[Marker] = (),
    selection: Selection | None = None,
    part: Part | None = None,
    opening: int = 0,
    about: About,
    on_click: Callable[[Click], None] | None = None,
    on_select: Callable[[Selection], None] | None = None,
    on_part: Callable[[Part], None] | None = None,
) -> Click | None:
    """Draw one to three planes side by side.

    Args:
        key: of the widget; without "__". The same key keeps view and legend across reruns.
        image_shape: (height, width) of a decoded image.
        class_names: of the labels 0..K-1.
        colours: "#rrggbb" for each class.
        height: of the whole component in pixels, at least; it takes 62% of a taller window. On a
            narrow screen panes stand below one another and take more.
        card: show the decode enlarged beside or below the plane, not only at the pointer.
        look: by default posterior means and the prior's ring at 2 standard deviations.
        shown_classes: labels that the legend lets through at first, and again whenever this
            argument changes; None for all.
        path: places to join by a line, drawn in every pane.
        path_position: 0..1, a dot on the path by its length.
        other_path: places to join by a dashed line under the path, for comparison.
        other_path_label: a word at its middle; plain text.
        selection: drawn as an outline, the images inside it stand out.
        part: what of the planes is seen at first, and again whenever ``opening`` changes.
        opening: of the page.
        about: where its points come from; goes into files that a person saves.
        on_click: called once per click, before the page runs again.
        on_select: called once per box or lasso; without it there are no such tools.
        on_part: called when a person has moved the view, or has hidden or shown a class.

    Returns:
        The last click since the component was first shown; None before.

    Raises:
        ValueError: no plane or more than three, or fewer colours than classes.
    """
    if not 1 <= len(planes) <= 3:
        raise ValueError(f"the canvas shows 1 to 3 planes, got {len(planes)}")
    if len(colours) < len(class_names):
        raise ValueError(f"{len(class_names)} classes need as many colours, got {len(colours)}")

    data = {
        "planes": [asdict(plane) for plane in planes],
        "image_shape": list(image_shape),
        "class_names": list(class_names),
        "colours": list(colours[: len(class_names)]),
        "height": height,
        "card": card,
        "look": asdict(look or Look()),
        "shown_classes": None if shown_classes is None else [int(n) for n in shown_classes],
        "path": [[float(x), float(y)] for x, y in path],
        "path_position": path_position,
        "other_path": [[float(x), float(y)] for x, y in other_path],
        "other_path_label": other_path_label,
        "markers": [asdict(marker) for marker in markers],
        "selectable": on_select is not None,
        "selection": None if selection is None else asdict(selection),
        "part": None if part is None else asdict(part),
        "opening": opening,
        "sends_part": on_part is not None,
        "about": {
            "title": about.title,
            "file": about.file_stem,
            "lines": [list(line) for line in about.lines()],
        },
    }
    result = _component(
        key=key,
        data=data,
        on_click_change=_heard(key, "click", parse_click, planes, on_click),
        on_selection_change=_heard(key, "selection", parse_selection, planes, on_select),
        on_part_change=_heard(key, "part", parse_part, planes, on_part),
    )
    return parse_click(_state_of(result, "click"), planes)


def _heard(
    key: str,
    name: str,
    parse: Callable[[object, Sequence[PlaneSpec]], Event | None],
    planes: Sequence[PlaneSpec],
    act: Callable[[Event], None] | None,
) -> Callable[[], None]:
    """What Streamlit calls when the browser has sent an event of this name."""

    def changed() -> None:
        event = parse(_state_of(st.session_state.get(key), name), planes)
        if event is not None and act is not None:
            act(event)

    return changed


def _state_of(result: object, name: str) -> object:
    return result.get(name) if isinstance(result, Mapping) else None
