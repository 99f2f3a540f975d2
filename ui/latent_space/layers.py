"""What the plane can show besides its points, as the canvas takes it: colours, heat maps, lines.

Nothing here is cached; ``measured`` does that, and keeps the assets alive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ui.canvas.assets import Asset
from ui.common.palette import CLASS_COLOURS
from vae_core.aggregate.density import Bounds, density_levels, log_density_grid, log_prior_grid
from vae_core.aggregate.overlap import Overlap
from vae_core.evaluation.encodings import Encodings
from vae_core.models.vae import VAE
from vae_core.planes.geometry import magnification_grid
from vae_core.web.packing import pack_floats
from vae_core.web.specs import ContourSpec, FieldSpec, Level, ValuesSpec

_ROWS, _COLUMNS = 160, 288  # of a heat map
_ASPECT = _COLUMNS / _ROWS
_SHARES = {0.5: "50%", 0.9: "90%"}
_ROBUST = (1, 99)  # percentiles at the ends of a colour scale: one outlier must not take it all
# Nats. log q/p is no lower in the picture: beyond e^-6 a place is as empty as empty can be.
_HOLES_SHOWN = 6.0

_ValuesOf = Callable[[Encodings, Callable[[], Overlap]], ArrayLike]

# name -> (title of the chooser and the colour bar, unit, values of all images)
VALUES: dict[str, tuple[str, str, _ValuesOf]] = {
    "kl": ("KL", "nats", lambda e, _: e.kl_N),
    "reconstruction": ("reconstruction NLL", "nats", lambda e, _: e.reconstruction_nll_N),
    "elbo": ("ELBO", "nats", lambda e, _: e.elbo_N),
    "width": ("posterior width", "σ", lambda e, _: np.exp(0.5 * e.logvar_NZ.mean(axis=1))),
    "overlap": ("overlap", "nats", lambda _, overlap: overlap().equivocation_N),
}


def make_values(
    name: str, encodings: Encodings, overlap: Callable[[], Overlap]
) -> tuple[ValuesSpec, Asset]:
    """One of VALUES for all images, on a scale from the 1st to the 99th percentile."""
    title, unit, values_of = VALUES[name]
    values_N = np.asarray(values_of(encodings, overlap), np.float64)
    low, high = np.percentile(values_N, _ROBUST)
    asset = Asset(pack_floats(values_N))
    return ValuesSpec(asset.url, title, unit, float(low), float(high)), asset


def bounds_of(mu_N2: NDArray[np.floating]) -> Bounds:
    """The part of a latent plane that a heat map covers: the points and the prior, with a margin.

    As wide as a pane is; the outermost 0.5% of the points on each side do not count.
    """
    low, high = np.percentile(mu_N2, (0.5, 99.5), axis=0)
    x, y = ((low + high) / 2).tolist()
    half = max(float((high - low)[1]) * 0.7, float((high - low)[0]) * 0.7 / _ASPECT, 3.2 + abs(y))
    return x - half * _ASPECT, x + half * _ASPECT, y - half, y + half


def make_field(name: str, model: VAE, encodings: Encodings) -> tuple[FieldSpec, Asset]:
    """One of HEAT_MAPS for a two-dimensional latent space.

    Raises:
        ValueError: the model cannot have it.
    """
    return HEAT_MAPS[name].make(model, encodings, bounds_of(encodings.mu_NZ))


def _density(_model: VAE, encodings: Encodings, bounds: Bounds) -> tuple[FieldSpec, Asset]:
    log_q_HW = _log_q(encodings, bounds)
    high = float(log_q_HW.max())
    return _field(log_q_HW, bounds, "log q(z)", "nats", "sequential", high - 8, high)


def _holes(_model: VAE, encodings: Encodings, bounds: Bounds) -> tuple[FieldSpec, Asset]:
    ratio_HW = _log_q(encodings, bounds) - log_prior_grid(bounds, _COLUMNS, _ROWS)
    # Outside, the prior itself has next to nothing, and the ratio means nothing.
    ratio_HW[~_within_sigmas(bounds, 2.0)] = np.nan
    ratio_HW = np.clip(ratio_HW, -_HOLES_SHOWN, None)
    return _field(
        ratio_HW, bounds, "log q(z)/p(z)", "nats", "diverging", -_HOLES_SHOWN, _HOLES_SHOWN
    )


def _magnification(model: VAE, _encodings: Encodings, bounds: Bounds) -> tuple[FieldSpec, Asset]:
    values_HW = magnification_grid(model, bounds, _COLUMNS // 2, _ROWS // 2)
    low, high = np.percentile(values_HW, _ROBUST)
    return _field(values_HW, bounds, "log √det G", "", "sequential", low, high)


def _log_q(encodings: Encodings, bounds: Bounds) -> NDArray[np.float64]:
    return log_density_grid(encodings.mu_NZ, encodings.logvar_NZ, bounds, _COLUMNS, _ROWS)


@dataclass(frozen=True)
class HeatMap:
    """One row of ``HEAT_MAPS``.

    Attributes:
        title: how the chooser names it.
        about: a sentence or two on what there is to see.
        make: (model, encodings, bounds) -> the field over these bounds.
    """

    title: str
    about: str
    make: Callable[[VAE, Encodings, Bounds], tuple[FieldSpec, Asset]]


HEAT_MAPS: dict[str, HeatMap] = {
    "density": HeatMap(
        "density of q(z)",
        "The stronger the colour, the more of q(z), the mean of all posteriors, lies there.",
        _density,
    ),
    "holes": HeatMap(
        "holes: log q(z)/p(z)",
        "Look for deep blue inside the dashed circle: a hole, where the prior draws from and no "
        "image lies. Click one to decode it.",
        _holes,
    ),
    "magnification": HeatMap(
        "magnification",
        "√det G is how much the picture changes per unit of area: where the colour is strong, a "
        "small move changes many pixels; where it is faint, little happens.",
        _magnification,
    ),
}


def _within_sigmas(bounds: Bounds, sigmas: float) -> NDArray[np.bool_]:
    left, right, bottom, top = bounds
    x_W = left + (np.arange(_COLUMNS) + 0.5) * (right - left) / _COLUMNS
    y_H = bottom + (np.arange(_ROWS) + 0.5) * (top - bottom) / _ROWS
    return np.asarray(np.hypot(x_W[None, :], y_H[:, None]) <= sigmas)


def _field(
    values_HW: NDArray[np.floating],
    bounds: Bounds,
    title: str,
    unit: str,
    palette: Literal["sequential", "diverging"],
    low: float,
    high: float,
) -> tuple[FieldSpec, Asset]:
    height, width = values_HW.shape
    asset = Asset(pack_floats(values_HW))
    spec = FieldSpec(
        asset.url, width, height, bounds, title, unit, palette, float(low), float(high)
    )
    return spec, asset


def make_contours(
    kind: str, encodings: Encodings
) -> tuple[tuple[ContourSpec, ...], tuple[Asset, ...]]:
    """Lines that enclose 50% and 90% of q(z), or 50% of each class's share of it."""
    bounds = bounds_of(encodings.mu_NZ)
    if kind == "all":
        pairs = [_contour(encodings, np.full(len(encodings.label_N), True), bounds, None)]
    else:
        pairs = [
            _contour(encodings, encodings.label_N == label, bounds, int(label))
            for label in np.unique(encodings.label_N)
        ]
    specs, assets = zip(*pairs, strict=True)
    return specs, assets


def _contour(
    encodings: Encodings, of_N: NDArray[np.bool_], bounds: Bounds, label: int | None
) -> tuple[ContourSpec, Asset]:
    grid_HW = log_density_grid(
        encodings.mu_NZ[of_N], encodings.logvar_NZ[of_N], bounds, _COLUMNS, _ROWS
    )
    shares = list(_SHARES) if label is None else [0.5]
    levels = density_levels(grid_HW, shares)
    asset = Asset(pack_floats(grid_HW))
    spec = ContourSpec(
        asset.url,
        _COLUMNS,
        _ROWS,
        bounds,
        tuple(
            Level(level, _SHARES[share] if label is None else "")
            for share, level in zip(shares, levels, strict=True)
        ),
        None if label is None else CLASS_COLOURS[label % len(CLASS_COLOURS)],
        label,
    )
    return spec, asset
