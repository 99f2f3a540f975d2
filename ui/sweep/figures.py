"""The figure of the Sweep page."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ui.common.drawn_once import drawn_once
from ui.common.palette import run_colour
from ui.runs.figures import CURVES
from vae_core.jobs.sweeps import SweepRow


@drawn_once
def sweep_figure(rows: Sequence[SweepRow]) -> go.Figure:
    """Mean and deviation over seeds against beta, which is given even steps."""
    figure = make_subplots(1, 3, subplot_titles=[title for _, title in CURVES])
    for column, (name, _) in enumerate(CURVES, start=1):
        spreads = [getattr(row, name) for row in rows]
        figure.add_scatter(
            x=[f"{row.beta:g}" for row in rows],
            y=[spread.mean for spread in spreads],
            error_y={"array": [spread.deviation for spread in spreads]},
            mode="lines+markers",
            line={"color": run_colour(0), "width": 1.5},
            marker={"size": 8},
            hovertemplate="β = %{x}: %{y:.2f} nats<extra></extra>",
            showlegend=False,
            row=1,
            col=column,
        )
    figure.update_layout(height=280, margin={"l": 60, "r": 10, "t": 30, "b": 50}, dragmode=False)
    figure.update_xaxes(title="β", type="category")
    figure.update_yaxes(title="nats per image", col=1)
    return figure
