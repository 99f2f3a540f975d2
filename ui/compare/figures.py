"""Figures of the Compare page: curves of runs, and their ways through rate and distortion."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ui.common.drawn_once import drawn_once
from ui.common.palette import RUN_DASHES, run_colour
from ui.common.text import in_figure, minus
from ui.runs.figures import CURVES, Curve, LinearCurve, add_linear_curve


@drawn_once
def curves_figure(curves: Sequence[Curve]) -> go.Figure:
    """Reconstruction NLL, KL and ELBO of every run, in nats per image; epoch 0 is left out."""
    figure = make_subplots(1, 3, subplot_titles=[title for _, title in CURVES])
    for place, curve in enumerate(curves):
        trained = curve.points[1:] or curve.points
        for column, (name, _) in enumerate(CURVES, start=1):
            figure.add_scatter(
                x=[point["epoch"] for point in trained],
                y=[point[name] for point in trained],
                name=in_figure(curve.name),
                legendgroup=curve.name,
                showlegend=column == 1,
                line={"color": run_colour(place), "dash": RUN_DASHES[place % 6], "width": 2},
                mode="lines" if len(trained) > 1 else "markers",
                hovertemplate="epoch %{x}: %{y:.2f} nats<extra>" + curve.name + "</extra>",
                row=1,
                col=column,
            )
    figure.update_layout(
        height=300,
        margin={"l": 60, "r": 10, "t": 30, "b": 80},
        legend={"orientation": "h", "y": -0.28},
        dragmode=False,
    )
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="nats per image", col=1)
    return figure


@drawn_once
def paths_figure(
    curves: Sequence[Curve],
    points: Sequence[tuple[str, float, float]],
    exact: LinearCurve | None = None,
) -> go.Figure:
    """Every run as a path in (R, D) from its first epoch to its last, with lines of equal ELBO.

    Args:
        points: (name, R, D), nats per image, of models whose path is not known.
        exact: the linear VAE's optimum, drawn beneath; None for none.
    """
    figure = go.Figure()
    rates, distortions = [0.0], []
    if exact is not None:
        reached = [point["kl"] for curve in curves for point in curve.points]
        add_linear_curve(figure, exact, 2 * max(reached + [rate for _, rate, _ in points]))
    for place, curve in enumerate(curves):
        trained = curve.points[1:] or curve.points
        rate = [point["kl"] for point in trained]
        distortion = [point["reconstruction_nll"] for point in trained]
        rates += rate
        distortions += distortion
        figure.add_scatter(
            x=rate,
            y=distortion,
            name=in_figure(curve.name),
            mode="lines+markers",
            line={"color": run_colour(place), "dash": RUN_DASHES[place % 6], "width": 2},
            marker={"size": [4] * (len(rate) - 1) + [11]},
            customdata=[point["epoch"] for point in trained],
            hovertemplate="epoch %{customdata}: R %{x:.2f}, D %{y:.1f} nats<extra></extra>",
        )
    for place, (name, r, d) in enumerate(points, start=len(curves)):
        rates.append(r)
        distortions.append(d)
        figure.add_scatter(
            x=[r],
            y=[d],
            name=in_figure(name),
            mode="markers",
            marker={"symbol": "diamond", "size": 11, "color": run_colour(place)},
            hovertemplate="R %{x:.2f}, D %{y:.1f} nats<extra></extra>",
        )
    add_equal_elbo_lines(figure, max(rates), min(distortions), max(distortions))
    figure.update_layout(
        height=380,
        margin={"l": 60, "r": 10, "t": 10, "b": 50},
        legend={"x": 1, "y": 1, "xanchor": "right", "yanchor": "top"},
        dragmode=False,
    )
    figure.update_xaxes(title="R, KL in nats per image", range=[0, 1.05 * max(rates)])
    figure.update_yaxes(title="D, reconstruction NLL in nats per image")
    return figure


def add_equal_elbo_lines(figure: go.Figure, most_rate: float, low: float, high: float) -> None:
    """Dotted lines R + D = const through the region of the points, labelled with the ELBO.

    Args:
        most_rate: right end of the lines, nats.
        low, high: range of the distortions, nats.
    """
    least = max((high - low) / 8, (high - low + most_rate) / 60, 1.0)
    power = 10.0 ** math.floor(math.log10(least))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= least)
    rate = np.linspace(0, 1.05 * most_rate, 60)
    for total in np.arange(math.ceil(low / step) * step, high + most_rate, step):
        inside = (total - rate >= low - step) & (total - rate <= high + step)
        if inside.sum() < 2:
            continue
        figure.add_scatter(
            x=rate[inside],
            y=(total - rate)[inside],
            mode="lines+text",
            text=[f"ELBO {minus(-total, 0)}"] + [""] * (int(inside.sum()) - 1),
            textposition="top right",
            textfont={"size": 10, "color": "#808080"},
            line={"color": "#808080", "dash": "dot", "width": 1},
            showlegend=False,
            hoverinfo="skip",
        )
