"""Caches of what the plane can show besides its points."""

from __future__ import annotations

from ui.canvas.assets import Asset
from ui.latent_space import layers
from ui.library import overlaps
from ui.library.cache import cached
from ui.library.loaded import LoadedModel, encodings_of
from vae_core.web.specs import ContourSpec, FieldSpec, ValuesSpec


def values(loaded: LoadedModel, name: str) -> ValuesSpec:
    """One of ``layers.VALUES`` for every image, to colour points by."""
    spec, _asset = _values(loaded, name)
    return spec


@cached("Measuring every image …", max_entries=64)
def _values(loaded: LoadedModel, name: str) -> tuple[ValuesSpec, Asset]:
    return layers.make_values(name, encodings_of(loaded), lambda: overlaps.overlap(loaded))


def field(loaded: LoadedModel, name: str) -> FieldSpec:
    """A heat map of a two-dimensional latent space.

    Raises:
        ValueError: this model cannot have it.
    """
    spec, _asset = _field(loaded, name)
    return spec


@cached("Measuring the plane …", max_entries=64)
def _field(loaded: LoadedModel, name: str) -> tuple[FieldSpec, Asset]:
    return layers.make_field(name, loaded.vae, encodings_of(loaded))


def contours(loaded: LoadedModel, kind: str) -> tuple[ContourSpec, ...]:
    """Lines around the mass of q(z): of "all", or of each "class"."""
    specs, _assets = _contours(loaded, kind)
    return specs


@cached("Measuring the plane …", max_entries=64)
def _contours(loaded: LoadedModel, kind: str) -> tuple[tuple[ContourSpec, ...], tuple[Asset, ...]]:
    return layers.make_contours(kind, encodings_of(loaded))
