"""The browser component where q is moved by hand on the true posterior.

The browser gets log p(x|z) on two grids, once an image, and calculates the ELBO of the q that is
being moved from them. The q comes back when it is let go.

Shape suffixes: H rows and W columns of a grid, Z latent dimensions (2 here).
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.canvas.component import canvas_component
from vae_core.aggregate.density import Bounds
from vae_core.exact.posteriors import GaussianQ
from vae_core.models.networks import LOGVAR_MAX, LOGVAR_MIN

_FURTHEST = 16.0  # a centre beyond is no q that was dragged

# Told apart on the dark to bright ground of the heat map.
COLOURS = {"encoder": "#ff5d8f", "hand": "#4fd2ff", "best": "#cf7a1f"}

_component = canvas_component(
    "q_canvas",
    "posterior/q_canvas",
    [
        "shared/dom",
        "shared/theme",
        "shared/palettes",
        "shared/axes",
        "posterior/field",
        "posterior/bars",
        "posterior/map",
        "posterior/q_canvas",
    ],
)


@dataclass(frozen=True)
class Field:
    """log p(x|z) of one image on an even grid, edges included, row 0 the bottom; nats."""

    bounds: Bounds
    log_likelihood_HW: NDArray[np.float64]


def q_canvas(
    *,
    key: str,
    image: str,
    window: Field,
    plane: Field,
    log_p: float,
    mode_Z: NDArray[np.float64],
    mean_Z: NDArray[np.float64],
    encoder: GaussianQ,
    hand: GaussianQ | None,
    path: Sequence[GaussianQ],
    climbs: int,
    height: int,
    on_q: Callable[[str, GaussianQ], None],
) -> None:
    """Draw the true posterior in a window with the encoder's q and one to move.

    Args:
        key: of the component.
        image: names the image: with another one everything starts anew.
        window: what is drawn.
        plane: for the parts of a q outside the window.
        log_p, mode_Z, mean_Z: of p(z|x).
        hand: where the movable q is at first; by default the encoder's.
        path: the way to the best q, empty until it is asked for.
        climbs: how often it was asked for: whenever this changes, the movable q walks there.
        height: in pixels.
        on_q: called with ``image`` and the q once it is let go, before the page runs again.
    """

    def moved() -> None:
        found = parse_q(st.session_state.get(key), image)
        if found is not None:
            on_q(image, found)

    _component(
        key=key,
        data={
            "image": image,
            "bounds": list(window.bounds),
            "fields": [_packed(window), _packed(plane)],
            "log_p": log_p,
            "mode": mode_Z.tolist(),
            "mean": mean_Z.tolist(),
            "encoder": _plain(encoder),
            "hand": None if hand is None else _plain(hand),
            "path": [_plain(q) for q in path],
            "climbs": climbs,
            "colours": COLOURS,
            "height": height,
        },
        on_q_change=moved,
    )


def parse_q(state: object, image: str) -> GaussianQ | None:
    """The q in what the browser sent; None if it is of another image, or no q."""
    value = state.get("q") if isinstance(state, Mapping) else None
    if not isinstance(value, Mapping) or value.get("image") != image:
        return None
    mu, sigma = _pair(value.get("mu")), _pair(value.get("sigma"))
    if mu is None or sigma is None or min(sigma) <= 0 or max(map(abs, mu)) > _FURTHEST:
        return None
    return GaussianQ(np.array(mu), np.clip(2 * np.log(sigma), LOGVAR_MIN, LOGVAR_MAX))


def _pair(value: object) -> tuple[float, float] | None:
    if not isinstance(value, Sequence) or len(value) != 2:
        return None
    numbers = [float(one) for one in value if type(one) in (int, float) and math.isfinite(one)]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None


def _packed(field: Field) -> dict[str, object]:
    values = field.log_likelihood_HW.astype("<f4")
    return {
        "bounds": list(field.bounds),
        "steps": len(values),
        "values": b64encode(values.tobytes()).decode(),
    }


def _plain(q: GaussianQ) -> dict[str, list[float]]:
    return {"mu": q.mu_Z.tolist(), "sigma": q.sigma_Z.tolist()}
