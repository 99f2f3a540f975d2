"""What the canvas sends back: clicks, selections and the part of the planes that is looked at.

All is checked before anything uses it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from vae_core.web.specs import PlaneSpec

MOST_CORNERS = 1000


@dataclass(frozen=True)
class Click:
    """A place that was clicked, tapped, or chosen with Enter.

    Attributes:
        plane: index of the pane.
        x, y: the place on its plane.
        point: index of the image within 10 pixels of it; None on empty ground.
    """

    plane: int
    x: float
    y: float
    point: int | None


@dataclass(frozen=True)
class Selection:
    """A part of a plane that was drawn with the box or the lasso.

    Attributes:
        plane: index of the pane.
        polygon: its corners on the plane, at least 3; what is inside follows the even-odd rule.
        classes: labels that the legend let through.
    """

    plane: int
    polygon: tuple[tuple[float, float], ...]
    classes: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """What of the planes a person looks at.

    Attributes:
        views: of each pane: the place at its middle, and how much larger than in the opening view
            things are drawn; None for the opening view.
        hidden: labels that the legend hides.
    """

    views: tuple[tuple[float, float, float] | None, ...] = ()
    hidden: tuple[int, ...] = ()


def parse_click(value: object, planes: Sequence[PlaneSpec]) -> Click | None:
    """What the browser sent, as a Click; None for anything that the canvas would not send.

    A click on a plane that has since been exchanged for one with fewer images is no click.
    """
    if not isinstance(value, Mapping):
        return None
    plane, x, y, point = (value.get(name) for name in ("plane", "x", "y", "point"))
    if not _is_index(plane, len(planes)) or not (_is_finite(x) and _is_finite(y)):
        return None
    if point is not None and not _is_index(point, planes[plane].count):
        return None
    return Click(plane, float(x), float(y), point)


def parse_selection(value: object, planes: Sequence[PlaneSpec]) -> Selection | None:
    """What the browser sent, as a Selection; None for anything that the canvas would not send."""
    if not isinstance(value, Mapping):
        return None
    plane, polygon, classes = (value.get(name) for name in ("plane", "polygon", "classes"))
    if not _is_index(plane, len(planes)):
        return None
    if not isinstance(polygon, list) or not 3 <= len(polygon) <= MOST_CORNERS:
        return None
    for corner in polygon:
        if not isinstance(corner, list) or len(corner) != 2 or not all(map(_is_finite, corner)):
            return None
    if not isinstance(classes, list) or not all(_is_index(label, 256) for label in classes):
        return None
    return Selection(plane, tuple((float(x), float(y)) for x, y in polygon), tuple(classes))


def parse_part(value: object, planes: Sequence[PlaneSpec]) -> Part | None:
    """What the browser sent, as a Part; None for anything that the canvas would not send."""
    if not isinstance(value, Mapping):
        return None
    views, hidden = value.get("views"), value.get("hidden")
    if not isinstance(views, list) or len(views) != len(planes):
        return None
    for view in views:
        if view is None:
            continue
        if not isinstance(view, list) or len(view) != 3 or not all(map(_is_finite, view)):
            return None
        if view[2] <= 0:
            return None
    if not isinstance(hidden, list) or not all(_is_index(label, 256) for label in hidden):
        return None
    return Part(
        tuple(None if v is None else (float(v[0]), float(v[1]), float(v[2])) for v in views),
        tuple(hidden),
    )


def _is_index(value: object, length: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < length


def _is_finite(value: object) -> TypeGuard[float]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # JSON's whole numbers have no end; Python's floats have
        return False
