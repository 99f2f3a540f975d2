"""Named places, A, B, C ...: they last for the session, travel in the link, serve every page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import streamlit as st

from ui.common import state
from ui.library.loaded import LoadedModel, encodings_of
from ui.plane import places
from ui.plane.places import Place, Spot
from vae_core.web.specs import Marker

_IN_LINK = "pins"
# A17 is image 17; B0.5_-1.25 a place of the latent space; Baxes-1-4:0.5_-1.25 of a projection.
_NUMBER = r"(-?\d{1,6}\.\d{1,4})"
_TOKEN = re.compile(rf"([A-Z])(?:(\d{{1,9}})|(?:([a-z][a-z0-9.-]*):)?{_NUMBER}_{_NUMBER})")


@dataclass(frozen=True)
class Pin:
    """A pin where the current model has it.

    Attributes:
        name: A to Z.
        x, y: its place on the plane.
        point: index of the held-out image that it marks; None for empty ground.
    """

    name: str
    x: float
    y: float
    point: int | None


def all_pins(loaded: LoadedModel, projection: str) -> list[Pin]:
    """The pins that mean something on this plane, by name; the link is brought up to date.

    A pinned image is followed to where this model puts it, on any model of its data set. A pinned
    place is one of the latent space, or of one model's projection.
    """
    kept = _kept(loaded)
    pins = []
    for name, spot in sorted(kept.items()):
        place = places.follow(spot, loaded, projection)
        if place is not None:
            pins.append(Pin(name, place.x, place.y, place.point))
    link = encode(pins, projection)
    if st.query_params.get(_IN_LINK, "") != link:
        if link:
            st.query_params[_IN_LINK] = link
        else:
            st.query_params.pop(_IN_LINK, None)
    return pins


def markers(pins: Sequence[Pin]) -> list[Marker]:
    """As the canvas draws them."""
    return [Marker(pin.x, pin.y, pin.name) for pin in pins]


def add(loaded: LoadedModel, projection: str, place: Place) -> None:
    """Pin a place under the first free letter; with 26 pins there is none, and nothing happens."""
    kept = _kept(loaded)
    free = [name for name in ascii_uppercase if name not in kept]
    if free:
        spot = Spot(loaded.digest, loaded.dataset, projection, place)
        state.put("pins", kept | {free[0]: spot})


def remove(name: str) -> None:
    """Forget a pin; the others keep their names."""
    kept: dict[str, Spot] = state.keep("pins", {})
    state.put("pins", {other: spot for other, spot in kept.items() if other != name})


def show(loaded: LoadedModel, projection: str, pins: Sequence[Pin], chosen: Place | None) -> None:
    """A row of buttons: pin the chosen place, and take each pin away."""
    with st.container(horizontal=True, gap="small"):
        if chosen is not None:
            st.button(
                "Pin here",
                icon=":material/push_pin:",
                on_click=add,
                args=(loaded, projection, chosen),
                key="pin_here",
            )
        for pin in pins:
            what = f"({pin.x:.2f}, {pin.y:.2f})" if pin.point is None else f"image {pin.point}"
            st.button(
                f"{pin.name} · {what}",
                icon=":material/close:",
                on_click=remove,
                args=(pin.name,),
                key=f"unpin_{pin.name}",
                help=f"Remove pin {pin.name}",
            )


def encode(pins: Sequence[Pin], projection: str) -> str:
    """Pins as they stand in the link."""
    prefix = "" if projection == "identity" else f"{projection}:"
    return "~".join(
        f"{pin.name}{prefix}{pin.x:.4f}_{pin.y:.4f}"
        if pin.point is None
        else f"{pin.name}{pin.point}"
        for pin in pins
    )


def decode(link: str, loaded: LoadedModel) -> dict[str, Spot]:
    """Pins that a link names, by letter; whatever is no pin is left out."""
    found = {}
    count = len(encodings_of(loaded).label_N)
    for token in link.split("~")[: len(ascii_uppercase)]:
        match = _TOKEN.fullmatch(token)
        if match is None:
            continue
        name, image, projection, x, y = match.groups()
        if image is None:
            kind, place = projection or "identity", Place(float(x), float(y), None)
        elif int(image) < count:
            kind, place = "", Place(0.0, 0.0, int(image))  # follow() looks up where it is
        else:
            continue
        found[name] = Spot(loaded.digest, loaded.dataset, kind, place)
    return found


def _kept(loaded: LoadedModel) -> dict[str, Spot]:
    kept: dict[str, Spot] | None = state.keep("pins", None)
    if kept is None:
        kept = decode(st.query_params.get(_IN_LINK, ""), loaded)
        state.put("pins", kept)
    return kept
