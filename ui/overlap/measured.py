"""Cached results of the Overlap page."""

from __future__ import annotations

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, binary_images, encodings_of
from ui.library.shipped import shipped
from vae_core.aggregate.best_decoder import Cost
from vae_core.aggregate.pairs import Pair, most_confusable_pairs
from vae_core.storage.measured import SIGMA_SCALES, cost_of


@cached("Looking for the most confusable pairs …", max_entries=64)
def confusable_pairs(loaded: LoadedModel, across_classes: bool) -> list[Pair]:
    """The twelve pairs of held-out images whose posteriors overlap most."""
    encoded = encodings_of(loaded)
    label_N = encoded.label_N if across_classes else None
    return most_confusable_pairs(encoded.mu_NZ, encoded.logvar_NZ, 12, label_N=label_N)


def cost(loaded: LoadedModel) -> Cost:
    """What the overlap costs, at the widths of the model."""
    return widened_cost(loaded, 1.0)


@cached("Comparing with the best decoder …", max_entries=512)
def widened_cost(loaded: LoadedModel, scale: float) -> Cost:
    """What the overlap costs with every posterior ``scale`` times as wide."""
    known = shipped(loaded)
    for cost in () if known is None else known.costs:
        if cost.scale == scale:
            return cost
    binary_ND = binary_images(loaded.dataset).x_ND
    return cost_of(loaded.vae, binary_ND, encodings_of(loaded), scale)


@cached("Widening and narrowing every posterior …", max_entries=64)
def widened_costs(loaded: LoadedModel) -> list[Cost]:
    """What the overlap costs at each of ``SIGMA_SCALES``."""
    return [widened_cost(loaded, scale) for scale in SIGMA_SCALES]
