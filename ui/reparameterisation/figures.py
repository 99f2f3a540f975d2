"""Figures of the Reparameterisation page: z on the density of q, histograms of gradients.

Shape suffix: N draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ui.common.drawn_once import drawn_once
from ui.common.palette import BEST, BOUND, OURS, THIRD
from ui.common.text import minus
from ui.reparameterisation.graph_figure import RANDOM
from ui.runs.figures import Curve
from vae_core.gradients.estimators import Scatter

_REACH = 4.0
# Dark dashes on white: seen on every bar, and on a page of either theme.
_EXACT_LINES = ({"width": 5, "color": "#ffffff"}, {"width": 2, "color": "#111111", "dash": "dash"})
_SHOWN_NATS = 90.0
# In the order of the comparison; the rows of the figure are named as well.
COLOURS = (OURS, BEST, THIRD, "#5e8c31")


@drawn_once
def density_figure(
    mu: float, sigma: float, noise: float, others_N: NDArray[np.floating]
) -> go.Figure:
    """The density of q with z = mu + sigma * noise on it, and where other noise would take z."""
    z = mu + sigma * noise
    peak = float(_density(np.array(mu), mu, sigma))
    z_G = np.linspace(-_REACH, _REACH, 401)
    figure = go.Figure(
        go.Scatter(
            x=z_G,
            y=_density(z_G, mu, sigma),
            mode="lines",
            line={"color": OURS, "width": 2},
            fill="tozeroy",
            fillcolor="rgba(50, 136, 204, 0.15)",
            name="density of q",
            hovertemplate="q(%{x:.2f}) = %{y:.2f}<extra></extra>",
        )
    )
    figure.add_scatter(
        x=mu + sigma * others_N,
        y=np.full(len(others_N), -0.06 * peak),
        mode="markers",
        marker={"symbol": "line-ns", "size": 9, "line": {"width": 1.5, "color": BOUND}},
        name=f"z of {len(others_N)} other ε",
        hovertemplate="z = %{x:.2f}<extra></extra>",
    )
    at = float(_density(np.array(z), mu, sigma))
    figure.add_scatter(
        x=[z, z],
        y=[at, 0],
        mode="lines+markers",
        line={"color": RANDOM, "width": 2, "dash": "dot"},
        marker={"size": [13, 0], "color": RANDOM},
        name="z of your ε",
        hovertemplate="z = %{x:.2f}<extra></extra>",
    )
    figure.add_vline(x=mu, line={"color": BOUND, "width": 1, "dash": "dash"})
    figure.add_annotation(
        x=mu, y=1.2 * peak, text="μ", showarrow=False, xanchor="left", xshift=3, yanchor="top"
    )
    if abs(z - mu) > 0.15:
        figure.add_annotation(
            x=z,
            y=0.04 * peak,
            ax=mu,
            ay=0.04 * peak,
            xref="x",
            yref="y",
            axref="x",
            ayref="y",
            text="",
            showarrow=True,
            arrowhead=2,
            arrowwidth=2.5,
            arrowcolor=RANDOM,
        )
        figure.add_annotation(
            x=(z + mu) / 2, y=0.06 * peak, text="<b>σε</b>", showarrow=False, yanchor="bottom"
        )
    figure.update_layout(
        height=400,
        margin={"l": 55, "r": 10, "t": 10, "b": 75},
        legend={"orientation": "h", "y": -0.17, "x": 0},
        dragmode=False,
    )
    figure.update_xaxes(title="z", range=[-_REACH, _REACH], fixedrange=True, zeroline=False)
    figure.update_yaxes(
        title="density per unit of z", range=[-0.13 * peak, 1.22 * peak], fixedrange=True
    )
    return figure


@drawn_once
def training_figure(curves: Sequence[Curve], epochs: int) -> go.Figure:
    """The ELBO of every run over its epochs, cut off far below the best."""
    figure = go.Figure()
    points = [point["elbo"] for curve in curves for point in curve.points[1:]]
    for place, curve in enumerate(curves):
        trained = curve.points[1:]
        figure.add_scatter(
            x=[point["epoch"] for point in trained],
            y=[point["elbo"] for point in trained],
            name=curve.name,
            mode="lines+markers",
            line={"color": COLOURS[place], "width": 2, "dash": ("solid", "dash", "dot")[place]},
            marker={"size": 6},
            hovertemplate="epoch %{x}: %{y:.1f} nats<extra></extra>",
        )
    best = max(points)
    low = max(min(points), best - _SHOWN_NATS)
    figure.update_layout(
        height=340,
        margin={"l": 60, "r": 10, "t": 10, "b": 50},
        legend={"x": 1, "y": 0.02, "xanchor": "right", "yanchor": "bottom"},
        showlegend=True,
        dragmode=False,
    )
    figure.update_xaxes(title="epoch", range=[0.5, epochs + 0.5], fixedrange=True)
    figure.update_yaxes(
        title="ELBO, nats per image",
        range=[low - 0.05 * (best - low) - 1, best + 0.1 * (best - low) + 1],
        fixedrange=True,
    )
    return figure


def _density(z: NDArray[np.floating], mu: float, sigma: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-0.5 * ((z - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi)))


@drawn_once
def histogram_figure(
    scatters: Mapping[str, Scatter], exact: float, unit: str, *, one_scale: bool
) -> go.Figure:
    """A row for each estimator: how densely the gradients of single draws lie.

    Args:
        exact: the gradient that they all estimate, a line in every row.
        unit: of the gradient, for the axis.
        one_scale: the rows have one horizontal axis; else each the one that suits it.
    """
    rows = len(scatters)
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=one_scale,
        vertical_spacing=(0.24 if one_scale else 0.48) / rows,
        subplot_titles=[
            f"{name}: standard deviation {_plain(scatter.deviation)}"
            for name, scatter in scatters.items()
        ],
    )
    bars, lines = [], []
    for row, (scatter, colour) in enumerate(zip(scatters.values(), COLOURS, strict=False), start=1):
        axis = "" if row == 1 else str(row)
        bars.append(
            go.Bar(
                x=(scatter.edge_K1[1:] + scatter.edge_K1[:-1]) / 2,
                width=np.diff(scatter.edge_K1),
                y=scatter.share_K / np.diff(scatter.edge_K1),
                xaxis=f"x{axis}",
                yaxis=f"y{axis}",
                marker={"color": colour, "line": {"width": 0}},
                showlegend=False,
                customdata=scatter.share_K,
                hovertemplate="around %{x:.4g}: %{customdata:.1%} of the draws<extra></extra>",
            )
        )
        ends = {"x0": exact, "x1": exact, "y0": 0, "y1": 1}
        refs = {"xref": f"x{axis}", "yref": f"y{axis} domain"}
        lines += [{"type": "line", "line": line, **ends, **refs} for line in _EXACT_LINES]
    legend = go.Scatter(
        x=[None],
        y=[None],
        mode="lines",
        line={**_EXACT_LINES[1], "color": BOUND},
        name=f"dashed: the gradient itself, {_plain(exact)}",
    )
    figure.add_traces([*bars, legend])
    figure.update_layout(
        shapes=lines,
        height=130 * rows + (90 if one_scale else 130),
        margin={"l": 60, "r": 10, "t": 50, "b": 50},
        legend={"x": 1, "xanchor": "right", "y": 1.0, "yref": "container"},
        showlegend=True,
        bargap=0,
        dragmode=False,
    )
    figure.update_yaxes(rangemode="tozero", nticks=4, exponentformat="none", fixedrange=True)
    figure.update_yaxes(title="density of draws", row=(rows + 1) // 2, col=1)
    figure.update_xaxes(fixedrange=True)
    figure.update_xaxes(title=f"gradient from one draw, {unit}", row=rows, col=1)
    return figure


def _plain(value: float) -> str:
    """Three significant digits with thousands separated and a real minus sign."""
    size = abs(value)
    digits = max(0, 2 - int(np.floor(np.log10(size)))) if size > 0 else 0
    return minus(value, min(digits, 4), grouped=True)
