"""How far the posteriors of a model's images overlap, measured once a model."""

from __future__ import annotations

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, encodings_of
from vae_core.aggregate.overlap import Overlap, measure_overlap


@cached("Comparing every image with every other …", max_entries=64)
def overlap(loaded: LoadedModel) -> Overlap:
    """How far the posteriors of the held-out images overlap."""
    encoded = encodings_of(loaded)
    classes = len(loaded.class_names)
    return measure_overlap(encoded.mu_NZ, encoded.logvar_NZ, encoded.label_N, classes=classes)
