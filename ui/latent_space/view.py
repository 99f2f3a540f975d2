"""What the plane shows: the choosers, and the canvas's records that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from ui.common import controls
from ui.common.text import sentence
from ui.latent_space import layers, measured
from ui.library.loaded import LoadedModel, decode
from ui.plane import planes
from vae_core.evaluation.encodings import manifold_grid
from vae_core.pictures.image_files import to_png
from vae_core.planes.projections import Plane
from vae_core.web.specs import Look, PlaneSpec

_COLOURS = {"class": "class"} | {name: title for name, (title, _, _) in layers.VALUES.items()}
_POINTS = {
    "means": "posterior means",
    "sample": "one sample per image",
    "resample": "new samples each second",
    "none": "no points",
}
_ELLIPSES = {
    "pointer": "under the pointer",
    "selection": "of the selection",
    "all": "of all images",
    "none": "none",
}
_RINGS = {"2": "2σ", "3": "1σ, 2σ, 3σ", "none": "none"}
_BACKDROPS = {
    "none": "none",
    "manifold": "decoded images",
} | {name: row.title for name, row in layers.HEAT_MAPS.items()}
_CONTOURS = {"none": "none", "all": "q(z)", "class": "each class"}
_LAYOUTS = {"regular": "even steps", "quantiles": "prior's quantiles"}

_FIRST_WORDS = (
    "Each point is one image. Move over the plane: what you see is what the decoder draws from "
    "that place. Click to look closer."
)
_SAMPLED = "Each point is one draw of z from its image's q(z|x); wide posteriors scatter most."


@dataclass(frozen=True)
class View:
    """What was chosen.

    Attributes:
        pane: the plane with colours, heat map and lines.
        look: how it is drawn.
        about: what there is to see.
    """

    pane: PlaneSpec
    look: Look
    about: str


def choose_view(loaded: LoadedModel, projection: str, plane: Plane) -> View:
    """The choosers of the sidebar, kept across pages and in the link."""
    pane = planes.pane(loaded, projection, "")
    latent_space = not plane.projected and loaded.latent_dim == 2
    with st.sidebar:
        st.markdown("**What the plane shows**")
        colour = controls.selectbox("Colour by", _COLOURS, key="colour")
        shapes = colour == "class" and controls.toggle("A shape for each class", key="shapes")
        about = []
        points, ellipses = "means", "none"
        if pane.posteriors_url is None:
            about.append(
                "This plane is not linear: a Gaussian posterior is no ellipse on it, so it shows "
                "means alone."
            )
        else:
            points = controls.selectbox("Points", _POINTS, key="points")
            ellipses = controls.selectbox("Posteriors q(z|x), 1σ and 2σ", _ELLIPSES, key="ellipses")
        possible = _BACKDROPS if latent_space else dict(list(_BACKDROPS.items())[:2])
        backdrop = controls.selectbox("Backdrop", possible, key="backdrop")
        layout, opacity = "none", 0.5
        if backdrop == "manifold":
            layout = (
                controls.selectbox("Decoded at", _LAYOUTS, key="layout")
                if latent_space
                else "regular"
            )
            opacity = controls.slider("Opacity", 0.1, 1.0, 0.5, 0.05, key="opacity")
        contours, rings = "none", "2"
        if latent_space:
            contours = controls.selectbox("Lines around the mass of", _CONTOURS, key="contours")
        if not plane.projected:
            rings = controls.selectbox("The prior's rings", _RINGS, key="rings")
    if points in ("sample", "resample"):
        about.append(_SAMPLED)
    if backdrop not in ("none", "manifold"):
        try:
            pane = replace(pane, field=measured.field(loaded, backdrop))
            about.append(layers.HEAT_MAPS[backdrop].about)
        except ValueError as error:
            about.append(sentence(error))
    if colour != "class":
        pane = replace(pane, values=measured.values(loaded, colour))
    if contours != "none":
        pane = replace(pane, contours=measured.contours(loaded, contours))
    return View(
        pane,
        Look(
            points=points,  # type: ignore[arg-type]
            ellipses=ellipses,  # type: ignore[arg-type]
            rings={"2": (2,), "3": (1, 2, 3), "none": ()}[rings],
            shapes=shapes,
            manifold=layout,  # type: ignore[arg-type]
            manifold_opacity=opacity,
        ),
        " ".join(about) or _FIRST_WORDS,
    )


def offer_manifold_sheet(loaded: LoadedModel) -> None:
    """The plane as one picture of decoded images, for a two-dimensional latent space."""
    if loaded.latent_dim != 2:
        return
    with st.popover("Manifold as a picture", icon=":material/grid_on:"):
        side = controls.slider("Images along each side", 5, 40, 20, key="sheet")
        st.caption("Decoded at even quantiles of the prior, z₂ upwards.")
        st.download_button(
            "Download PNG",
            lambda: manifold_sheet(loaded, side),
            "manifold.png",
            "image/png",
            icon=":material/download:",
            on_click="ignore",
        )


def manifold_sheet(loaded: LoadedModel, side: int) -> bytes:
    """The sheet that the command ``decode --grid`` writes, as a PNG."""
    images = decode(loaded, manifold_grid(side))
    return to_png(images, loaded.image_shape, columns=side)
