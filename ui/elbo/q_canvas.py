"""The browser component where q is moved by hand on the true posterior.

The browser gets log p(x|z) on two grids, once an image, and calculates the ELBO of the q that is
being moved from them. The q comes back when it is let go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from ui.canvas.component import canvas_component
from ui.common.state import Slot
from ui.common.tabular import blocks_csv
from vae_core.exact.posteriors import GaussianQ
from vae_core.exact.quadrature import log_prior
from vae_core.models.networks import LOGVAR_MAX, LOGVAR_MIN
from vae_core.provenance import Line
from vae_core.web.posterior_data import Field

_FURTHEST = 16.0  # a centre beyond is no q that was dragged

_component = canvas_component("q_canvas", "posterior")


def q_canvas(
    *,
    key: str,
    image: str,
    data: Mapping[str, object],
    on_q: Callable[[str, GaussianQ], None],
) -> None:
    """Draw the true posterior in a window with the encoder's q and one to move.

    Args:
        key: of the component.
        image: names the image that ``data`` is of.
        data: from ``posterior_data``.
        on_q: called with ``image`` and the q once it is let go, before the page runs again.
    """

    def moved() -> None:
        found = parse_q(Slot[object](key, None).get(), image)
        if found is not None:
            on_q(image, found)

    _component(key=key, data=dict(data), on_q_change=moved)


def q_csv(field: Field, qs: Mapping[str, GaussianQ], about: Iterable[Line]) -> str:
    """The numbers of the canvas: every q, and log p(x, z) over the window.

    Args:
        field: log p(x|z) over the window.
    """
    left, right, bottom, top = field.bounds
    z2_H, z1_W = (
        np.linspace(low, high, steps)
        for (low, high), steps in zip(
            ((bottom, top), (left, right)), field.log_likelihood_HW.shape, strict=True
        )
    )
    joint_HW = field.log_likelihood_HW + log_prior(
        np.stack(np.meshgrid(z1_W, z2_H), axis=-1).reshape(-1, 2)
    ).reshape(field.log_likelihood_HW.shape)
    heads = ["q", "mean z₁", "mean z₂", "σ of z₁", "σ of z₂"]
    rows = [[name, *q.mu_Z.tolist(), *q.sigma_Z.tolist()] for name, q in qs.items()]
    grid = [
        [z1, z2, joint_HW[row, column]]
        for row, z2 in enumerate(z2_H.tolist())
        for column, z1 in enumerate(z1_W.tolist())
    ]
    return blocks_csv([[heads, *rows], [["z₁", "z₂", "log p(x, z), nats"], *grid]], about)


def parse_q(state: object, image: str) -> GaussianQ | None:
    """The q in what the browser sent; None if it is of another image, or no q."""
    value = state.get("q") if isinstance(state, Mapping) else None
    if not isinstance(value, Mapping) or value.get("image") != image:
        return None
    mu, sigma = _pair(value.get("mu")), _pair(value.get("sigma"))
    return None if mu is None or sigma is None else q_of(mu, sigma)


def q_of(mu: tuple[float, float], sigma: tuple[float, float]) -> GaussianQ | None:
    """The q with this centre and these widths; None if no hand can have dragged it there."""
    if not all(map(math.isfinite, (*mu, *sigma))):
        return None
    if min(sigma) <= 0 or max(map(abs, mu)) > _FURTHEST:
        return None
    return GaussianQ(np.array(mu), np.clip(2 * np.log(sigma), LOGVAR_MIN, LOGVAR_MAX))


def _pair(value: object) -> tuple[float, float] | None:
    if not isinstance(value, Sequence) or len(value) != 2:
        return None
    if not all(type(one) in (int, float) for one in value):
        return None
    try:
        first, second = map(float, value)
    except OverflowError:  # JSON's whole numbers have no end; Python's floats have
        return None
    return (first, second) if math.isfinite(first) and math.isfinite(second) else None
