"""Cached results of the Overlap page."""

from __future__ import annotations

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, binary_images, encodings_of
from vae_core.aggregate.best_decoder import Cost, reconstruction_cost
from vae_core.aggregate.pairs import Pair, most_confusable_pairs

SIGMA_SCALES = tuple(2 ** (step / 2) for step in range(-4, 5))
"""By what the widths of all posteriors are multiplied in the experiment: 1/4 to 4."""

COST_DRAWS = 600
"""Draws of z from which a reconstruction cost is estimated: 0.2 s."""


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
    encoded = encodings_of(loaded)
    return reconstruction_cost(
        loaded.vae,
        binary_images(loaded.dataset).x_ND,
        encoded.mu_NZ,
        encoded.logvar_NZ,
        scale=scale,
        draws=COST_DRAWS,
    )


@cached("Widening and narrowing every posterior …", max_entries=64)
def widened_costs(loaded: LoadedModel) -> list[Cost]:
    """What the overlap costs at each of ``SIGMA_SCALES``."""
    return [widened_cost(loaded, scale) for scale in SIGMA_SCALES]
