"""What the canvas with the true posterior and q is given.

Shape suffixes: H rows and W columns of a grid, Z latent dimensions (2 here).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_core.aggregate.density import Bounds
from vae_core.exact.posteriors import GaussianQ
from vae_core.web.packing import in_base64

# Told apart on the dark to bright ground of the heat map.
COLOURS = {"encoder": "#ff5d8f", "hand": "#4fd2ff", "best": "#cf7a1f"}


@dataclass(frozen=True)
class Field:
    """log p(x|z) of one image on an even grid, edges included, row 0 the bottom; nats."""

    bounds: Bounds
    log_likelihood_HW: NDArray[np.float64]


def posterior_data(
    *,
    image: str,
    fields: Sequence[Field],
    log_p: float,
    mode_Z: NDArray[np.float64],
    mean_Z: NDArray[np.float64],
    encoder: GaussianQ,
    hand: GaussianQ | None,
    path: Sequence[GaussianQ],
    climbs: int,
    height: int,
    opening: int = 0,
) -> dict[str, object]:
    """As JSON; ``posterior/types.d.ts`` names the same fields.

    Args:
        image: names the image: with another one everything starts anew.
        fields: the first is the window that is drawn; the others, ever wider, are for the parts
            of a q outside it.
        log_p, mode_Z, mean_Z: of p(z|x); nats.
        hand: where the movable q is at first; by default the encoder's.
        path: the way to the best q, empty until it is asked for.
        climbs: how often it was asked for: whenever this changes, the movable q walks there.
        height: in pixels.
        opening: of the page: with another one the movable q is taken from ``hand``.
    """
    return {
        "image": image,
        "bounds": list(fields[0].bounds),
        "fields": [pack_field(field) for field in fields],
        "log_p": log_p,
        "mode": mode_Z.tolist(),
        "mean": mean_Z.tolist(),
        "encoder": _plain(encoder),
        "hand": None if hand is None else _plain(hand),
        "path": [_plain(q) for q in path],
        "climbs": climbs,
        "colours": COLOURS,
        "height": height,
        "opening": opening,
    }


def pack_field(field: Field) -> dict[str, object]:
    """Bounds, places along each axis, and the values as float32, row by row."""
    return {
        "bounds": list(field.bounds),
        "steps": len(field.log_likelihood_HW),
        "values": in_base64(field.log_likelihood_HW, "<f4"),
    }


def _plain(q: GaussianQ) -> dict[str, list[float]]:
    return {"mu": q.mu_Z.tolist(), "sigma": q.sigma_Z.tolist()}
