"""How far the posteriors of a model's images overlap, measured once a model."""

from __future__ import annotations

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, encodings_of
from ui.library.shipped import shipped
from vae_core.aggregate.overlap import Overlap
from vae_core.storage.measured import overlap_of


@cached("Comparing every image with every other …", max_entries=64)
def overlap(loaded: LoadedModel) -> Overlap:
    """How far the posteriors of the held-out images overlap."""
    if (known := shipped(loaded)) is not None:
        return known.overlap
    return overlap_of(encodings_of(loaded), len(loaded.class_names))
