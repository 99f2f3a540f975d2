"""The figure of what depends on the number of images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ui.common.drawn_once import drawn_once
from ui.common.palette import BEST, BOUND, OURS
from vae_core.aggregate.sample_size import AtSize


@drawn_once
def by_size_figure(
    training: Sequence[AtSize], held_out: tuple[int, float, float, float]
) -> go.Figure:
    """MI, marginal KL and holes against N; ± 2 standard errors; held-out images as a mark.

    Args:
        training: mixtures of training images.
        held_out: N, MI, marginal KL (nats) and share of holes of the held-out images.
    """
    titles = ("MI(n;z)", "KL[q(z) || p(z)]", "holes in the prior")
    figure = make_subplots(1, 3, subplot_titles=titles, horizontal_spacing=0.08)
    sizes = [one.images for one in training]
    columns = (
        [one.mutual_information for one in training],
        [one.marginal_kl for one in training],
        [one.holes for one in training],
    )
    for column, (estimates, mark) in enumerate(zip(columns, held_out[1:], strict=True), start=1):
        factor = 100 if column == 3 else 1
        figure.add_scatter(
            x=sizes,
            y=[factor * one.value for one in estimates],
            error_y={"array": [2 * factor * one.error for one in estimates], "thickness": 1},
            mode="lines+markers",
            line={"color": OURS, "width": 2},
            marker={"size": 7},
            name="training images",
            showlegend=column == 1,
            hovertemplate="N = %{x:,}: %{y:.2f}<extra></extra>",
            row=1,
            col=column,
        )
        figure.add_scatter(
            x=[held_out[0]],
            y=[factor * mark],
            mode="markers",
            marker={"size": 12, "symbol": "diamond", "color": BEST},
            name="held-out images",
            showlegend=column == 1,
            hovertemplate="N = %{x:,}: %{y:.2f}<extra></extra>",
            row=1,
            col=column,
        )
    most = [math.log(size) for size in sizes]
    figure.add_scatter(
        x=sizes,
        y=most,
        mode="lines",
        line={"color": BOUND, "width": 1.5, "dash": "dot"},
        name="log N, the most",
        hoverinfo="skip",
        row=1,
        col=1,
    )
    figure.update_xaxes(type="log", title="N, images", tickvals=sizes[::2] + sizes[-1:])
    figure.update_xaxes(ticktext=[f"{size:,}" for size in sizes[::2] + sizes[-1:]])
    figure.update_yaxes(title="nats", row=1, col=1)
    figure.update_yaxes(title="nats", row=1, col=2)
    figure.update_yaxes(title="%", row=1, col=3)
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(
        height=300,
        margin={"l": 60, "r": 10, "t": 30, "b": 50},
        legend={"orientation": "h", "y": -0.3, "x": 0},
        dragmode=False,
    )
    return figure
