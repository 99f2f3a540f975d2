"""Named places, A, B, C ...: they last for the session, travel in the link, serve every page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from string import ascii_uppercase

import streamlit as st

from ui.common import links
from ui.common.forms import Form
from ui.common.state import Slot
from ui.common.text import minus
from ui.library.loaded import LoadedModel
from ui.plane import places
from ui.plane.places import Place, Spot
from vae_core.web.specs import Marker

_PINS: Slot[dict[str, Spot]] = Slot("pins", {})


@dataclass(frozen=True)
class Pin:
    """A pin where the current model has it.

    Attributes:
        name: A to Z.
        x, y: its place on the plane.
        image: index of the held-out image that it marks; None for empty ground.
    """

    name: str
    x: float
    y: float
    image: int | None


def all_pins(loaded: LoadedModel, projection: str) -> list[Pin]:
    """The pins that mean something on this plane, by name; they are in the link.

    A pinned image is followed to where this model puts it, on any model of its data set. A pinned
    place is one of the latent space, or of one model's projection.
    """

    def here(kept: dict[str, Spot]) -> list[Pin]:
        pins = []
        for name, spot in sorted(kept.items()):
            place = places.follow(spot, loaded, projection)
            if place is not None:
                pins.append(Pin(name, place.x, place.y, place.image))
        return pins

    form = Form(lambda kept: encode(here(kept), projection), lambda text: decode(text, loaded))
    return here(links.value(_PINS, form))


def pinned_images(loaded: LoadedModel) -> dict[str, int]:
    """The held-out images that are pinned, by the pins' names; they are in the link."""

    def here(kept: dict[str, Spot]) -> dict[str, int]:
        return {
            name: spot.place.image
            for name, spot in sorted(kept.items())
            if spot.place.image is not None and spot.dataset == loaded.dataset
        }

    def write(kept: dict[str, Spot]) -> str:
        return encode(
            [Pin(name, 0.0, 0.0, image) for name, image in here(kept).items()], "identity"
        )

    return here(links.value(_PINS, Form(write, lambda text: decode(text, loaded))))


def markers(pins: Sequence[Pin]) -> list[Marker]:
    """As the canvas draws them."""
    return [Marker(pin.x, pin.y, pin.name) for pin in pins]


def add(loaded: LoadedModel, projection: str, place: Place) -> None:
    """Pin a place under the first free letter; with 26 pins there is none, and nothing happens."""
    kept = _PINS.get()
    free = [name for name in ascii_uppercase if name not in kept]
    if free:
        spot = Spot(loaded.digest, loaded.dataset, projection, place)
        _PINS.set(kept | {free[0]: spot})


def remove(name: str) -> None:
    """Forget a pin; the others keep their names."""
    _PINS.set({other: spot for other, spot in _PINS.get().items() if other != name})


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
            what = (
                f"({minus(pin.x, 2)}, {minus(pin.y, 2)})"
                if pin.image is None
                else f"image {pin.image}"
            )
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
    return "~".join(
        pin.name + places.write_place(Place(pin.x, pin.y, pin.image), projection) for pin in pins
    )


def decode(link: str, loaded: LoadedModel) -> dict[str, Spot]:
    """Pins that a link names, by letter; whatever is no pin is left out."""
    found = {}
    for token in link.split("~")[: len(ascii_uppercase)]:
        if token[:1] in tuple(ascii_uppercase):
            with suppress(ValueError):
                found[token[0]] = places.read_place(token[1:], loaded)
    return found
