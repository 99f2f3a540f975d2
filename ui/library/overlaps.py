"""How far the posteriors of a model's images overlap, measured once a model."""

from __future__ import annotations

import streamlit as st

from ui.library.loaded import LoadedModel, encodings_of
from vae_core.aggregate.overlap import Overlap, measure_overlap
from vae_core.data import DATASETS


def overlap(loaded: LoadedModel) -> Overlap:
    """How far the posteriors of the held-out images overlap."""
    return _overlap(loaded.digest, loaded)


@st.cache_resource(show_spinner="Comparing every image with every other …", max_entries=64)
def _overlap(digest: str, _loaded: LoadedModel) -> Overlap:
    encoded = encodings_of(_loaded)
    classes = len(DATASETS[_loaded.checkpoint.dataset].class_names)
    return measure_overlap(encoded.mu_NZ, encoded.logvar_NZ, encoded.label_N, classes=classes)
