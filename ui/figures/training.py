"""Figures of a run: its curves, and the plane of a fixed set of images as it forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.palette import CLASS_COLOURS
from vae_core.projections import Plane

_CURVES = (("reconstruction_nll", "Reconstruction NLL"), ("kl", "KL"), ("elbo", "ELBO (β = 1)"))
HEIGHT = 384
"""Of either figure, pixels: it is the figure's own, so that the page never waits for a layout."""

_GAP = 0.13  # between two panels, for the title of the lower one; share of the height

# Half-widths of the plane: few steps, so that the axes seldom change while the cloud grows.
_LIMITS = (3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024)
_LINE = "#2f8ad0"  # reads on both themes

PRIOR_RADIUS = 2.0
"""The circle around 86% of a two-dimensional standard normal."""


def curves_figure(curve: Sequence[Mapping[str, float]], epochs: int) -> go.Figure:
    """Three panels over the epochs: means over the held-out images, nats per image.

    The untrained model of epoch 0 is far off; panels are scaled to what follows.

    Args:
        curve: one entry per epoch, see ``EpochReport.curve_point``.
        epochs: how many there will be: the axis keeps its length while the run goes on.
    """
    figure = go.Figure()
    height = (1 - 2 * _GAP) / 3
    x = [point["epoch"] for point in curve]
    for panel, (name, title) in enumerate(_CURVES):
        axis = str(panel + 1) if panel else ""
        y = [point[name] for point in curve]
        figure.add_scatter(
            x=x,
            y=y,
            xaxis=f"x{axis}",
            yaxis=f"y{axis}",
            mode="lines+markers" if len(curve) < 3 else "lines",
            line={"color": _LINE},
            hovertemplate="epoch %{x}: %{y:.1f} nats<extra></extra>",
        )
        top = 1 - panel * (height + _GAP)
        bottom = max(top - height, 0)
        last = panel == len(_CURVES) - 1
        figure.update_layout(
            {
                f"xaxis{axis}": {
                    "anchor": f"y{axis}",
                    "range": [0, epochs],
                    "showticklabels": last,
                    "title": "epoch" if last else None,
                },
                f"yaxis{axis}": {
                    "domain": [bottom, top],
                    "range": _range(y[1:]),
                    "nticks": 4,
                    "title": "nats per image" if panel == 1 else None,
                },
            }
        )
        value = f": <b>{signed(y[-1])}</b>" if y else ""
        figure.add_annotation(
            text=f"{title}{value}",
            **{"x": 0, "y": top, "xref": "paper", "yref": "paper"},
            **{"xanchor": "left", "yanchor": "bottom", "showarrow": False},
        )
    figure.update_layout(
        height=HEIGHT,
        showlegend=False,
        uirevision="curves",
        margin={"l": 56, "r": 8, "t": 26, "b": 40},
    )
    return figure


def plane_figure(
    plane: Plane, label_N: NDArray[np.integer], class_names: Sequence[str], latent_dim: int
) -> go.Figure:
    """The images on the plane, coloured by class, both axes in one scale.

    Args:
        plane: where they are.
        label_N: their classes, shape (N,).
        latent_dim: of the model; the prior is drawn for two, and for one the height means nothing.
    """
    figure = go.Figure()
    for label, name in enumerate(class_names):
        xy_N2 = plane.xy_N2[label_N == label]
        figure.add_scatter(
            x=xy_N2[:, 0],
            y=xy_N2[:, 1],
            name=name,
            mode="markers",
            marker={
                "size": 5,
                "opacity": 0.85,
                "color": CLASS_COLOURS[label % len(CLASS_COLOURS)],
            },
            hoverinfo="name",
        )
    limit = _limit(plane.xy_N2 if latent_dim > 1 else plane.xy_N2[:, :1])
    x_title, y_title = plane.axis_titles
    figure.update_layout(
        height=HEIGHT,
        uirevision="plane",
        margin={"l": 48, "r": 8, "t": 10, "b": 40},
        legend={"itemsizing": "constant", "tracegroupgap": 0, "itemwidth": 30},
        xaxis={"title": x_title, "range": [-limit, limit], "constrain": "domain"},
        yaxis={"title": y_title, "range": [-limit, limit], "constrain": "domain"},
    )
    if latent_dim == 1:
        figure.update_yaxes(range=[-1.6, 1.6], showticklabels=False, showgrid=False)
    else:
        figure.update_yaxes(scaleanchor="x")
    if latent_dim == 2:
        corner = {"x0": -PRIOR_RADIUS, "y0": -PRIOR_RADIUS, "x1": PRIOR_RADIUS, "y1": PRIOR_RADIUS}
        figure.add_shape(
            type="circle", **corner, line={"dash": "dash", "width": 1, "color": "#888"}
        )
    return figure


def signed(value: float) -> str:
    """One decimal, with a minus sign as it is printed."""
    return f"{value:.1f}".replace("-", "−")


def _limit(values: NDArray[np.floating]) -> float:
    """The smallest step that holds all but the outermost images."""
    reach = float(np.quantile(np.abs(values), 0.998))
    return next((limit for limit in _LIMITS if reach <= 0.97 * limit), 1.1 * reach)


def _range(values: Sequence[float]) -> list[float] | None:
    if not values:
        return None  # plotly's own choice
    low, high = min(values), max(values)
    margin = 0.08 * (high - low) or 1.0
    return [low - margin, high + margin]
