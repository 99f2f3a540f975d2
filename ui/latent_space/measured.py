"""Caches of what the plane can show besides its points; keys as in ``ui.cached``."""

from __future__ import annotations

import streamlit as st

from ui.canvas.assets import Asset
from ui.latent_space import layers
from ui.library import overlaps
from ui.library.loaded import LoadedModel, encodings_of
from vae_core.web.specs import ContourSpec, FieldSpec, ValuesSpec


def values(loaded: LoadedModel, name: str) -> ValuesSpec:
    """One of ``layers.VALUES`` for every image, to colour points by."""
    spec, _asset = _values(loaded.digest, name, loaded)
    return spec


@st.cache_resource(show_spinner="Measuring every image …", max_entries=64)
def _values(digest: str, name: str, _loaded: LoadedModel) -> tuple[ValuesSpec, Asset]:
    return layers.make_values(name, encodings_of(_loaded), lambda: overlaps.overlap(_loaded))


def field(loaded: LoadedModel, name: str) -> FieldSpec:
    """A heat map of a two-dimensional latent space.

    Raises:
        ValueError: this model cannot have it.
    """
    spec, _asset = _field(loaded.digest, name, loaded)
    return spec


@st.cache_resource(show_spinner="Measuring the plane …", max_entries=64)
def _field(digest: str, name: str, _loaded: LoadedModel) -> tuple[FieldSpec, Asset]:
    return layers.make_field(name, _loaded.vae, encodings_of(_loaded))


def contours(loaded: LoadedModel, kind: str) -> tuple[ContourSpec, ...]:
    """Lines around the mass of q(z): of "all", or of each "class"."""
    specs, _assets = _contours(loaded.digest, kind, loaded)
    return specs


@st.cache_resource(show_spinner="Measuring the plane …", max_entries=64)
def _contours(
    digest: str, kind: str, _loaded: LoadedModel
) -> tuple[tuple[ContourSpec, ...], tuple[Asset, ...]]:
    return layers.make_contours(kind, encodings_of(_loaded))
