"""Where the numbers of the Overlap page come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ui.library import overlaps
from ui.library.loaded import LoadedModel
from ui.library.provenance import again, measured_on
from ui.overlap import measured
from vae_core.provenance import Provenance
from vae_core.storage.measured import COST_DRAWS

_COST = "What overlap costs"
_ENCODE = "from vae_core.evaluation.encodings import encode_images"


def headline(loaded: LoadedModel) -> Provenance:
    reproduction = again(
        loaded,
        "the mutual information MI(n;z), nats",
        overlaps.overlap(loaded).mutual_information.value,
        f"from vae_core.aggregate.overlap import measure_overlap\n{_ENCODE}",
        "encoded = encode_images(model, images)",
        "posteriors = encoded.mu_NZ, encoded.logvar_NZ, encoded.label_N",
        f"print(measure_overlap(*posteriors, classes={len(loaded.class_names)})"
        ".mutual_information.value)",
    )
    title = "Mutual information, equivocation, perplexity, identification error"
    return measured_on("How far the posteriors overlap", loaded, title, reproduction=reproduction)


def matrix(loaded: LoadedModel) -> Provenance:
    return measured_on("Which classes overlap", loaded, "Class matrix")


def cost(loaded: LoadedModel, title: str, family: Sequence[LoadedModel] = ()) -> Provenance:
    reproduction = again(
        loaded,
        f"the NLL of this decoder at its own widths, from {COST_DRAWS} draws, nats",
        measured.cost(loaded).model_nll.value,
        f"from vae_core.aggregate.best_decoder import reconstruction_cost\n{_ENCODE}",
        "encoded = encode_images(model, images)",
        f"draws = {{'scale': 1.0, 'draws': {COST_DRAWS}}}",
        "cost = reconstruction_cost(model, x_ND, encoded.mu_NZ, encoded.logvar_NZ, **draws)",
        "print(cost.model_nll.value)",
        as_likelihood=True,
    )
    others = [model for model in family if model.name != loaded.name]
    return measured_on(title, [loaded, *others], _COST, reproduction=reproduction)


def lens(loaded: LoadedModel, z_Z: NDArray[np.floating]) -> Provenance:
    place = ", ".join(f"{value:.6g}" for value in z_Z)
    return measured_on(
        "Responsibilities at a place", loaded, "Confusion lens", notes=[("z", f"({place})")]
    )
