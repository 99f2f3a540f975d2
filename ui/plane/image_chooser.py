"""The chooser of one held-out image, by class and number, pin, or a click on the plane."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from ui.canvas.latent import latent_canvas
from ui.common.image_by_class import choose_by_class, choose_this_image
from ui.common.palette import CLASS_COLOURS
from ui.common.pictures import show_images
from ui.common.state import Slot
from ui.library.loaded import (
    LoadedModel,
    decode,
    encodings_of,
    image_of,
)
from ui.plane import pins, places, planes

_ASKED: Slot[int | None] = Slot("elbo_asked", None)
_CLICKED: Slot[int | None] = Slot("elbo_clicked", None)


def need_two_dimensions(loaded: LoadedModel) -> None:
    """End the page with a sentence for a model whose plane is not its latent space."""
    dimensions = loaded.latent_dim
    if dimensions != 2:
        st.info(
            f"This page integrates over the whole latent space, which takes 2 dimensions; this "
            f"model has {dimensions}. Choose a 2-D model in the sidebar."
        )
        st.stop()


def choose_image(loaded: LoadedModel, show: Callable[[LoadedModel, int], None]) -> int:
    """Class and number of a held-out image; one clicked on another page comes first.

    Args:
        show: draws it beside the chooser.
    """
    label_N = encodings_of(loaded).label_N
    names = loaded.class_names
    asked = _ASKED.get()
    _ASKED.clear()
    place = places.last_place(loaded, "identity")
    clicked = None if place is None else place.point
    if clicked is not None and clicked != _CLICKED.get():
        _CLICKED.set(clicked)
        asked = clicked
    if asked is not None:
        choose_this_image(asked, label_N, names, "elbo")
    *choosers, pictures = st.columns([1, 1.15, 3.2], gap="medium")
    n = choose_by_class(
        choosers,
        label_N,
        names,
        "elbo",
        help="An image clicked on the Latent space page is taken here too.",
    )
    if loaded.latent_dim == 2 and choosers[0].button(
        "On the plane",
        icon=":material/ads_click:",
        key="elbo_pick",
        width="stretch",
        help="Choose the image with a click on the latent plane.",
    ):
        _pick(loaded)
    with pictures:
        show(loaded, n)
    _offer_pins(loaded)
    return n


@st.dialog("Click an image on the plane", width="large")
def _pick(loaded: LoadedModel) -> None:
    """The latent plane over the page, until an image on it is clicked."""
    latent_canvas(
        key="elbo_plane",
        planes=[planes.pane(loaded, "identity", "")],
        image_shape=loaded.image_shape,
        class_names=loaded.class_names,
        colours=CLASS_COLOURS,
        height=420,
        on_click=lambda click: None if click.point is None else ask_for_image(click.point),
    )
    if _ASKED.is_set():
        st.rerun()


def _offer_pins(loaded: LoadedModel) -> None:
    """A button for every pinned image: its posterior is shown."""
    pinned = [pin for pin in pins.all_pins(loaded, "identity") if pin.point is not None]
    if not pinned:
        return
    row = st.container(horizontal=True)
    for pin in pinned:
        row.button(
            f"Pin {pin.name}",
            icon=":material/keep:",
            key=f"elbo_pin_{pin.name}",
            on_click=ask_for_image,
            args=(pin.point,),
        )


def ask_for_image(n: int) -> None:
    """Have the chooser show an image from the next run on."""
    _ASKED.set(n)


def show_with_decode(loaded: LoadedModel, n: int) -> None:
    """The image as the likelihood takes it, and the decode of the mean of its q."""
    mu_1Z = encodings_of(loaded).mu_NZ[n : n + 1]
    show_images(
        np.stack([image_of(loaded, n), decode(loaded, mu_1Z)[0]]),
        loaded.image_shape,
        [f"image {n}", "decoded from μ"],
        76,
    )
