"""Which plane of a model to show."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.common import controls
from ui.library.loaded import LoadedModel, encodings_of
from vae_core.planes.projections import PROJECTIONS, plane_name, projections_for
from vae_core.planes.umap_layout import DEFAULT_UMAP, UmapSettings


def choose_projection(loaded: LoadedModel) -> str:
    """Which plane to show, by ``plane_name``; nothing to choose for one and two dimensions."""
    choices = projections_for(loaded.latent_dim)
    if len(choices) == 1:
        return choices[0]
    kind = controls.radio(
        "Plane", {name: PROJECTIONS[name] for name in choices}, key="projection", at=st.sidebar
    )
    if kind == "axes":
        return plane_name(kind, axes=_choose_axes(loaded))
    return plane_name(kind, umap=_choose_umap()) if kind == "umap" else kind


def _choose_axes(loaded: LoadedModel) -> tuple[int, int]:
    """Two latent dimensions, those with the most KL first."""
    order = [int(j) for j in np.argsort(-encodings_of(loaded).kl_Z, kind="stable")]
    names = [f"z{j + 1}" for j in order]
    columns = st.sidebar.columns(2)
    x = controls.selectbox(
        "Along x",
        names,
        key="axis_x",
        at=columns[0],
        help="The dimensions that carry most information (KL, nats) come first.",
    )
    others = [name for name in names if name != x]
    y = controls.selectbox("Along y", others, key="axis_y", at=columns[1])
    return int(x[1:]) - 1, int(y[1:]) - 1


def _choose_umap() -> UmapSettings:
    neighbours = controls.select_slider(
        "UMAP: neighbours",
        [5, 15, 30, 50, 100],
        default=DEFAULT_UMAP.neighbours,
        key="umap_neighbours",
        at=st.sidebar,
        help="n_neighbors: few show detail, many the whole.",
    )
    min_dist = controls.select_slider(
        "UMAP: smallest distance",
        [0.0, 0.1, 0.25, 0.5, 0.9],
        default=DEFAULT_UMAP.min_dist,
        key="umap_min_dist",
        at=st.sidebar,
        help="min_dist: 0 packs clusters tightly, more spreads their points.",
    )
    return UmapSettings(neighbours, min_dist)
