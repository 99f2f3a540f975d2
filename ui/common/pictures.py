"""Images on a page, pixel for pixel."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.common.text import plain
from vae_core.pictures.image_files import to_gif, to_png


def show_image(
    image_D: NDArray[np.floating],
    image_shape: tuple[int, int],
    caption: str,
    width: int = 112,
) -> None:
    """One image, enlarged in whole pixels, with a caption of plain text."""
    show_images(image_D[None], image_shape, [caption], width)


def show_images(
    images_ND: NDArray[np.floating],
    image_shape: tuple[int, int],
    captions: Sequence[str],
    width: int = 72,
) -> None:
    """A row of images that wraps, each with a caption of plain text.

    They are sent pixel for pixel; the frame's style tells the browser to enlarge them unblurred.
    """
    st.image(
        [inline_png(to_png(image_D, image_shape)) for image_D in images_ND],
        caption=[plain(caption) for caption in captions],
        width=width,
    )


def show_moving(
    frames_TD: NDArray[np.floating], image_shape: tuple[int, int], caption: str, width: int
) -> None:
    """Frames one after the other, for ever; Streamlit would keep only the first of a GIF."""
    gif = b64encode(to_gif(frames_TD, image_shape)).decode()
    st.image(f"data:image/gif;base64,{gif}", caption=plain(caption), width=width)


def inline_png(png: bytes) -> str:
    """A PNG as an address that holds it: Streamlit would shrink, blur and encode it anew."""
    return f"data:image/png;base64,{b64encode(png).decode()}"
