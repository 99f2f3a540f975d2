"""The traversal sheet: what each latent dimension does by itself."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.common import controls
from ui.common.pictures import inline_png
from ui.library.loaded import LoadedModel, decode, encodings_of
from ui.plane import places
from vae_core.pictures.sheets import labelled_sheet, traversal_latents
from vae_core.planes.projections import Plane

_AROUND = {"place": "the chosen place", "origin": "the origin"}
_VALUES = tuple(np.linspace(-3, 3, 13).tolist())


def show(loaded: LoadedModel, projection: str, plane: Plane) -> None:
    """One row a dimension, those with the most KL first; nothing for two dimensions and fewer."""
    config = loaded.checkpoint.model_config
    if config.latent_dim <= 2:
        return
    st.subheader("Traversal")
    encodings = encodings_of(loaded)
    place = places.kept_place(loaded, projection)
    around = "origin"
    if place is not None:
        around = controls.segmented_control("Around", _AROUND, key="traversal_around")
    st.caption(
        "Each row sets one latent dimension to −3 … 3 prior standard deviations and leaves the "
        "others as they are. The dimensions that carry most information come first, with their "
        "mean KL over the held-out images; "
        f"{int(encodings.active_Z.sum())} of {config.latent_dim} are active (their posterior mean "
        "varies over the images, variance of at least 0.01); the others tell nothing of the image."
    )
    base_Z = np.zeros(config.latent_dim)
    if place is not None and around == "place":
        base_Z = places.latent_of(loaded, plane, place)
    order = [int(j) for j in np.argsort(-encodings.kl_Z, kind="stable")]
    images = decode(loaded, traversal_latents(base_Z, order, _VALUES))
    png = labelled_sheet(
        images,
        config.image_shape,
        [f"z{j + 1}: KL {encodings.kl_Z[j]:.2f} nats" for j in order],
        [f"{value:g}" for value in _VALUES],
        scale=max(1, 56 // config.image_shape[0]),
    )
    st.image(inline_png(png))
    st.download_button(
        "Download PNG",
        png,
        "traversal.png",
        "image/png",
        icon=":material/download:",
        on_click="ignore",
        key="traversal_png",
    )
