"""Cached results of the Overlap page."""

from __future__ import annotations

import streamlit as st

from ui.library.loaded import LoadedModel, binary_images, encodings_of
from vae_core.aggregate.best_decoder import Cost, reconstruction_cost
from vae_core.aggregate.pairs import Pair, most_confusable_pairs

SIGMA_SCALES = tuple(2 ** (step / 2) for step in range(-4, 5))
"""By what the widths of all posteriors are multiplied in the experiment: 1/4 to 4."""

COST_DRAWS = 600
"""Draws of z from which a reconstruction cost is estimated: 0.2 s."""


def confusable_pairs(loaded: LoadedModel, across_classes: bool) -> list[Pair]:
    """The twelve pairs of held-out images whose posteriors overlap most."""
    return _confusable_pairs(loaded.digest, across_classes, loaded)


@st.cache_resource(show_spinner="Looking for the most confusable pairs …", max_entries=64)
def _confusable_pairs(digest: str, across_classes: bool, _loaded: LoadedModel) -> list[Pair]:
    encoded = encodings_of(_loaded)
    label_N = encoded.label_N if across_classes else None
    return most_confusable_pairs(encoded.mu_NZ, encoded.logvar_NZ, 12, label_N=label_N)


def cost(loaded: LoadedModel) -> Cost:
    """What the overlap costs, at the widths of the model."""
    return _cost(loaded.digest, 1.0, loaded)


@st.cache_resource(show_spinner="Comparing with the best decoder …", max_entries=512)
def _cost(digest: str, scale: float, _loaded: LoadedModel) -> Cost:
    encoded = encodings_of(_loaded)
    return reconstruction_cost(
        _loaded.vae,
        binary_images(_loaded.checkpoint.dataset).x_ND,
        encoded.mu_NZ,
        encoded.logvar_NZ,
        scale=scale,
        draws=COST_DRAWS,
    )


def widened_costs(loaded: LoadedModel) -> list[Cost]:
    """What the overlap costs at each of ``SIGMA_SCALES``."""
    return _widened_costs(loaded.digest, loaded)


@st.cache_resource(show_spinner="Widening and narrowing every posterior …", max_entries=64)
def _widened_costs(digest: str, _loaded: LoadedModel) -> list[Cost]:
    return [_cost(digest, scale, _loaded) for scale in SIGMA_SCALES]
