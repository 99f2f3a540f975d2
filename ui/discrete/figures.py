"""Figures of the Discrete latents page: the simplex, frequencies, usage.

Shape suffixes: S draws, G places of a grid, N variables, K categories (A, B, C on the simplex).
"""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ui.common.drawn_once import drawn_once
from ui.common.palette import BEST, BOUND, OURS, THIRD

Array = NDArray[np.floating]

NAMES = ("A", "B", "C")
COLOURS = (OURS, BEST, THIRD)
SYMBOLS = ("circle", "diamond", "square")
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(3) / 2]])


def to_triangle(y_S3: Array) -> Array:
    """Points of the simplex -> places in an equilateral triangle of side 1, (S, 2)."""
    return np.asarray(y_S3 @ _CORNERS)


@drawn_once
def simplex_figure(
    y_S3: Array, p_3: Array, density: tuple[Array, Array] | None = None
) -> go.Figure:
    """Draws in the triangle whose corners are the one-hot vectors, and where p itself lies.

    Args:
        density: instead of the draws: places (G, 3) on the simplex and log densities there, (G,).
    """
    figure = go.Figure()
    if density is not None:
        _add_density(figure, *density)
    else:
        _add_draws(figure, y_S3)
    outline = np.vstack([_CORNERS, _CORNERS[:1]])
    figure.add_scatter(
        x=outline[:, 0],
        y=outline[:, 1],
        mode="lines",
        line={"color": BOUND, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    [[x, y]] = to_triangle(p_3[None])
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={"size": 15, "symbol": "x-thin", "line": {"width": 3.5, "color": "#d6336c"}},
        name="the probabilities p",
        hovertemplate="p = (%{customdata})<extra></extra>",
        customdata=[", ".join(f"{value:.2f}" for value in p_3)],
    )
    for (x, y), name, code, below in zip(
        _CORNERS, NAMES, ("1, 0, 0", "0, 1, 0", "0, 0, 1"), (True, True, False), strict=True
    ):
        figure.add_annotation(
            x=x,
            y=y,
            text=f"<b>{name}</b> = ({code})",
            showarrow=False,
            yshift=-14 if below else 14,
        )
    figure.update_layout(
        height=430,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top", "itemsizing": "constant"},
        dragmode=False,
    )
    figure.update_xaxes(visible=False, range=[-0.12, 1.12], fixedrange=True)
    figure.update_yaxes(
        visible=False, range=[-0.1, 0.97], fixedrange=True, scaleanchor="x", scaleratio=1
    )
    return figure


def _add_density(figure: go.Figure, place_G3: Array, log_density_G: Array) -> None:
    xy_G2 = to_triangle(place_G3)
    top = np.quantile(log_density_G, 0.995)
    figure.add_scatter(
        x=xy_G2[:, 0],
        y=xy_G2[:, 1],
        mode="markers",
        marker={
            "size": 10,
            "symbol": "hexagon",
            "color": np.clip(log_density_G, top - 7, top),
            "colorscale": "Cividis",
            "colorbar": {"title": "log density", "thickness": 12, "len": 0.7},
        },
        customdata=place_G3,
        hovertemplate="A %{customdata[0]:.2f}, B %{customdata[1]:.2f}, C %{customdata[2]:.2f}"
        "<extra></extra>",
        showlegend=False,
    )


def _add_draws(figure: go.Figure, y_S3: Array) -> None:
    xy_S2, most_S = to_triangle(y_S3), y_S3.argmax(axis=1)
    for k, name in enumerate(NAMES):
        mine = most_S == k
        figure.add_scatter(
            x=xy_S2[mine, 0],
            y=xy_S2[mine, 1],
            mode="markers",
            marker={
                "size": 5,
                "opacity": 0.45,
                "color": COLOURS[k],
                "symbol": SYMBOLS[k],
            },
            customdata=y_S3[mine],
            hovertemplate="A %{customdata[0]:.2f}, B %{customdata[1]:.2f}, "
            "C %{customdata[2]:.2f}<extra></extra>",
            name=f"largest: {name}",
        )


@drawn_once
def frequency_figure(p_3: Array, share_3: Array, error_3: Array, mean_3: Array) -> go.Figure:
    """Softmax probabilities, how often each category is the largest, and the mean draw."""
    figure = go.Figure()
    for name, values, errors, colour, pattern in (
        ("softmax probability p", p_3, None, BOUND, ""),
        ("share of draws in which it is the largest", share_3, 4 * error_3, OURS, ""),
        ("mean of the relaxed draws", mean_3, None, BEST, "/"),
    ):
        figure.add_bar(
            x=list(NAMES),
            y=values,
            name=name,
            marker={"color": colour, "pattern": {"shape": pattern}},
            error_y=None
            if errors is None
            else {"type": "data", "array": errors, "thickness": 2, "color": "#808080"},
            hovertemplate="%{x}: %{y:.3f}<extra></extra>",
        )
    figure.update_layout(
        height=340,
        margin={"l": 55, "r": 10, "t": 10, "b": 120},
        legend={"orientation": "h", "y": -0.3, "yanchor": "top", "x": 0},
        barmode="group",
        dragmode=False,
    )
    figure.update_xaxes(title="category", fixedrange=True)
    figure.update_yaxes(title="probability or share", range=[0, 1], fixedrange=True)
    return figure


@drawn_once
def usage_figure(share_NK: Array, kl_N: Array) -> go.Figure:
    """How often each category is used, and the mean KL of each variable, in the same rows.

    Args:
        share_NK: mean of q(z_n = k|x) over images.
        kl_N: nats.
    """
    variables, categories = share_NK.shape
    names = [f"z{n + 1}" for n in range(variables)]
    figure = make_subplots(
        rows=1, cols=2, column_widths=[0.62, 0.38], shared_yaxes=True, horizontal_spacing=0.2
    )
    figure.add_heatmap(
        z=100 * share_NK,
        x=[str(k) for k in range(categories)],
        y=names,
        colorscale="Cividis",
        zmin=0,
        zmax=200 / categories,  # twice an equal share; one favourite would darken all others
        xgap=1,
        ygap=1,
        colorbar={
            "title": "% of use<br> ",
            "thickness": 12,
            "x": 0.51,
            "len": 0.9,
            "tickvals": [0, 50 / categories, 100 / categories, 150 / categories, 200 / categories],
            "ticktext": [
                "0",
                f"{50 / categories:g}",
                f"{100 / categories:g}, equal",
                f"{150 / categories:g}",
                f"≥ {200 / categories:g}",
            ],
        },
        hovertemplate="%{y}, category %{x}: %{z:.1f}% of the images<extra></extra>",
        row=1,
        col=1,
    )
    figure.add_bar(
        x=kl_N,
        y=names,
        orientation="h",
        marker={"color": OURS},
        hovertemplate="%{y}: %{x:.2f} nats<extra></extra>",
        showlegend=False,
        row=1,
        col=2,
    )
    most = math.log(categories)
    figure.add_vline(x=most, line={"color": BOUND, "width": 1.5, "dash": "dash"}, row=1, col=2)
    figure.add_annotation(
        x=most, y=1.0, yref="paper", xref="x2", text="log K", showarrow=False, yanchor="bottom"
    )
    figure.update_layout(
        height=max(260, 19 * variables + 90),
        margin={"l": 45, "r": 10, "t": 24, "b": 45},
        dragmode=False,
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_yaxes(title="variable", row=1, col=1)
    figure.update_xaxes(title="category", type="category", fixedrange=True, row=1, col=1)
    figure.update_xaxes(
        title="mean KL, nats", range=[0, 1.08 * most], fixedrange=True, row=1, col=2
    )
    return figure
