"""What the decoder draws along one path or two: strips, lengths, steps, and files of them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.common.charts import show_chart
from ui.interpolate.figures import step_length_figure
from ui.interpolate.path_choice import Ends, Walk
from vae_core.pictures.image_files import to_gif, to_png
from vae_core.provenance import Provenance

_LENGTH_HELP = (
    "Length in the Fisher metric of the pixels: a short step of length s changes their "
    "distribution by s²/2 nats of KL, and one pixel from black to white is a length of π."
)


def show_strips(path: Walk, other: Walk | None, ends: Ends, image_shape: tuple[int, int]) -> None:
    """The decodes at equal steps, one strip above the other with the same columns."""
    st.subheader("The strips" if other else "The strip", help=_LENGTH_HELP)
    for walk in filter(None, (path, other)):
        st.image(
            to_png(walk.strip_TD, image_shape, scale=4),
            width="stretch",
            caption=f"**{walk.kind}**, Fisher length **{walk.length:.1f}**"
            + (_compared(path, other) if other and walk is path else "")
            + (f", the shortest from {walk.path.starts} starts" if walk.path.starts > 1 else "")
            + f": {len(walk.strip_TD)} decodes at equal steps from {ends.names[0]} (left) to "
            f"{ends.names[1]} (right)",
        )


def _compared(path: Walk, straight: Walk) -> str:
    if straight.length == 0:
        return ""
    share = path.length / straight.length - 1
    if abs(share) < 0.0005:
        return ", as long as the straight path"
    return f", {abs(share):.1%} {'shorter' if share < 0 else 'longer'} than the straight path"


def show_steps(path: Walk, other: Walk | None, about: Provenance) -> None:
    """How much the image changes at each step, and what that means."""
    st.subheader("How much each step changes the image", help=_LENGTH_HELP)
    shown = [walk for walk in (path, other) if walk is not None]
    st.caption(
        " ".join(f"{_range_of(walk)}." for walk in shown)
        + " Where a line peaks, the strip jumps; where it is flat, the image changes evenly."
    )
    show_chart(
        step_length_figure({walk.kind: walk.path.length_S for walk in shown}),
        "interpolate_steps",
        about=about,
    )


def _range_of(walk: Walk) -> str:
    low, high = float(walk.path.length_S.min()), float(walk.path.length_S.max())
    if high - low < 0.05 * high:
        return f"On the {walk.kind} path every step has a length of about {high:.2f}"
    return f"On the {walk.kind} path steps have lengths from {low:.2f} to {high:.2f}"


def offer_downloads(path: Walk, other: Walk | None, image_shape: tuple[int, int]) -> None:
    """The walk as a GIF, and the strips as a PNG."""

    def strips() -> bytes:
        strips_TD = np.concatenate([walk.strip_TD for walk in (path, other) if walk is not None])
        return to_png(strips_TD, image_shape, columns=len(path.strip_TD), scale=8)

    # Functions: a file that nobody asks for is not made.
    gif, png = st.columns([1, 1], width=420)
    gif.download_button(
        "Download GIF",
        lambda: to_gif(path.there_and_back_TD, image_shape, scale=8),
        "walk.gif",
        "image/gif",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    png.download_button(
        "Download PNG",
        strips,
        "walk.png",
        "image/png",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
