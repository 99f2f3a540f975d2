"""The chooser of one held-out image, by class and number, pin, or a click on the plane."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from ui.canvas.latent import latent_canvas
from ui.common import links
from ui.common.image_by_class import choose_by_class, choose_this_image
from ui.common.palette import CLASS_COLOURS
from ui.common.pictures import show_images
from ui.common.state import Slot
from ui.library.loaded import (
    LoadedModel,
    decode,
    encodings_of,
    held_out,
    image_of,
)
from ui.library.provenance import measured_on
from ui.plane import pins, places, planes
from vae_core.models.vae import VAE

_SHARED = "elbo"  # the name in links since there was one page with a chooser


def need_two_dimensions(loaded: LoadedModel) -> None:
    """End the page with a sentence for a model whose plane is not its latent space."""
    dimensions = loaded.latent_dim
    if dimensions != 2:
        st.info(
            f"This page integrates over the whole latent space, which takes 2 dimensions; this "
            f"model has {dimensions}. Choose a 2-D model in the sidebar."
        )
        links.stop()


def choose_image(
    loaded: LoadedModel,
    show: Callable[[LoadedModel, int], None] | None = None,
    *,
    key: str = _SHARED,
    default: int = 0,
) -> int:
    """Index of a held-out image: by class and number, pin, or a click on this or another page.

    Args:
        show: draws it beside the chooser.
        key: choosers of one key, on whatever page, show one image.
        default: the class that is shown at first.
    """
    label_N = held_out(loaded.dataset).label_N.numpy()
    asked, last = _asked(key).get(), Slot[int | None](f"{key}_clicked", None)
    _asked(key).clear()
    clicked = places.last_image(loaded)
    if clicked is not None and clicked != last.get():
        last.set(clicked)
        asked = clicked
    if asked is not None:
        choose_this_image(asked, label_N, loaded.class_names, key)
    *choosers, pictures = st.columns([1, 1.15, 3.2], gap="medium")
    image = choose_by_class(
        choosers,
        label_N,
        loaded.class_names,
        key,
        default=default,
        help="An image clicked on the Latent space page is taken here too.",
    )
    if _has_plane(loaded) and choosers[0].button(
        "On the plane",
        icon=":material/ads_click:",
        key=f"{key}_pick",
        width="stretch",
        help="Choose the image with a click on the latent plane.",
    ):
        _pick(loaded, key)
    if show is not None:
        with pictures:
            show(loaded, image)
    _offer_pins(loaded, key)
    return image


def _has_plane(loaded: LoadedModel) -> bool:
    return loaded.latent_dim == 2 and isinstance(loaded.checkpoint.model, VAE)


@st.dialog("Click an image on the plane", width="large")
def _pick(loaded: LoadedModel, key: str) -> None:
    """The latent plane over the page, until an image on it is clicked."""
    latent_canvas(
        key=f"{key}_plane",
        planes=[planes.pane(loaded, "identity", "")],
        image_shape=loaded.image_shape,
        class_names=loaded.class_names,
        colours=CLASS_COLOURS,
        height=420,
        about=measured_on("Latent plane", loaded),
        on_click=lambda click: None if click.point is None else ask_for_image(click.point, key),
    )
    if _asked(key).is_set():
        st.rerun()


def _offer_pins(loaded: LoadedModel, key: str) -> None:
    """A button for every pinned image: its posterior is shown."""
    pinned = pins.pinned_images(loaded)
    if not pinned:
        return
    row = st.container(horizontal=True)
    for name, image in pinned.items():
        row.button(
            f"Pin {name}",
            icon=":material/keep:",
            key=f"{key}_pin_{name}",
            on_click=ask_for_image,
            args=(image, key),
        )


def ask_for_image(image: int, key: str = _SHARED) -> None:
    """Have the choosers of a key show an image from the next run on."""
    _asked(key).set(image)


def _asked(key: str) -> Slot[int | None]:
    return Slot(f"{key}_asked", None)


def show_with_decode(loaded: LoadedModel, image: int) -> None:
    """The image as the likelihood takes it, and the decode of the mean of its q."""
    mu_1Z = encodings_of(loaded).mu_NZ[image : image + 1]
    show_images(
        np.stack([image_of(loaded, image), decode(loaded, mu_1Z)[0]]),
        loaded.image_shape,
        [f"image {image}", "decoded from μ"],
        76,
    )
