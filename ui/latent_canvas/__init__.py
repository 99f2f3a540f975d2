"""The browser component: a latent plane that decodes under the pointer, without a round trip.

The page gives ``PlaneSpec`` records that say where the browser fetches weights and points
(``assets``); moving, zooming and decoding happen there. Only a click comes back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeGuard

import streamlit as st

_FOLDER = Path(__file__).parent
# One module for the browser, in this order: each file uses names of those before it.
_SCRIPTS = (
    "dom",
    "assets",
    "theme",
    "decoder",
    "plane",
    "view",
    "points",
    "overlay",
    "card",
    "gestures",
    "pane",
    "canvas",
)


@dataclass(frozen=True)
class PlaneSpec:
    """One pane: a model's plane.

    Attributes:
        title: plain text above the pane, for example "KL on (β = 1)".
        decoder_url: where ``pack_decoder``'s bytes are, see ``assets.Asset``.
        points_url: where ``pack_points``'s bytes are.
        layers: widths of the decoder, (Z, 256, ..., D); its output is passed through a sigmoid.
        activation: between the layers: silu, gelu, relu or tanh.
        count: N, the number of images.
        latent_dim: Z.
        projected: False where the plane is the latent space itself: x is z1 and y is z2 (with
            Z = 1, y only spreads the points). True: a place is decoded through the latents of
            the nearest images, as ``vae_core.projections.plane_to_latent`` does.
        axis_titles: of x and y; an axis with an empty title gets no ticks.
    """

    title: str
    decoder_url: str
    points_url: str
    layers: tuple[int, ...]
    activation: str
    count: int
    latent_dim: int
    projected: bool
    axis_titles: tuple[str, str]


@dataclass(frozen=True)
class Marker:
    """A labelled pin on the plane.

    Attributes:
        x, y: its place.
        label: a letter or a short word; plain text.
        colour: "#rrggbb"; None takes the theme's text colour.
        plane: index of the pane that shows it; None shows it in all.
    """

    x: float
    y: float
    label: str
    colour: str | None = None
    plane: int | None = None


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


_component = st.components.v2.component(
    "latent_canvas",
    # Keeps the room until the script has run, so that the page below does not jump.
    html='<div class="room"></div>\n',
    css=(_FOLDER / "canvas.css").read_text("utf-8"),
    js="\n".join((_FOLDER / f"{name}.js").read_text("utf-8") for name in _SCRIPTS),
)


def latent_canvas(
    *,
    key: str,
    planes: Sequence[PlaneSpec],
    image_shape: tuple[int, int],
    class_names: Sequence[str],
    colours: Sequence[str],
    height: int,
    card: bool = True,
    path: Sequence[tuple[float, float]] = (),
    path_position: float | None = None,
    markers: Sequence[Marker] = (),
    on_click: Callable[[Click], None] | None = None,
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
        path: places to join by a line, drawn in every pane.
        path_position: 0..1, a dot on the path by its length.
        on_click: called once per click, before the page runs again.

    Returns:
        The last click since the component was first shown; None before.

    Raises:
        ValueError: no plane or more than three, or fewer colours than classes.
    """
    if not 1 <= len(planes) <= 3:
        raise ValueError(f"the canvas shows 1 to 3 planes, got {len(planes)}")
    if len(colours) < len(class_names):
        raise ValueError(f"{len(class_names)} classes need as many colours, got {len(colours)}")

    def clicked() -> None:
        click = parse_click(_state_of(st.session_state.get(key)), planes)
        if click is not None and on_click is not None:
            on_click(click)

    result = _component(
        key=key,
        data={
            "planes": [asdict(plane) for plane in planes],
            "image_shape": list(image_shape),
            "class_names": list(class_names),
            "colours": list(colours[: len(class_names)]),
            "height": height,
            "card": card,
            "path": [[float(x), float(y)] for x, y in path],
            "path_position": path_position,
            "markers": [asdict(marker) for marker in markers],
        },
        on_click_change=clicked,
    )
    return parse_click(_state_of(result), planes)


def _state_of(result: object) -> object:
    return result.get("click") if isinstance(result, Mapping) else None


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


def _is_index(value: object, length: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < length


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
