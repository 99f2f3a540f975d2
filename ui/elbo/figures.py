"""The importance-weighted bounds of the ELBO page, climbing towards log p(x)."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from ui.common.drawn_once import drawn_once
from ui.common.palette import BEST, OURS
from ui.common.text import minus


@drawn_once
def bounds_figure(
    counts: Sequence[int], values: Sequence[float], errors: Sequence[float], log_p: float
) -> go.Figure:
    """Importance-weighted bounds against the number of samples, under the exact value."""
    figure = go.Figure(
        go.Scatter(
            x=list(counts),
            y=list(values),
            error_y={"array": list(errors), "thickness": 2},
            mode="lines+markers",
            line={"color": OURS, "width": 2},
            marker={"size": 8},
            hovertemplate="K = %{x}: %{y:.3f} nats<extra></extra>",
            showlegend=False,
        )
    )
    figure.add_hline(
        y=log_p,
        line={"width": 2, "color": BEST, "dash": "dash"},
        annotation={"text": f"log p(x) = {minus(log_p)}", "yanchor": "bottom"},
        annotation_position="top left",
    )
    span = max(log_p - min(values), 0.1)
    figure.update_layout(height=300, margin={"l": 65, "r": 15, "t": 25, "b": 50}, dragmode=False)
    figure.update_xaxes(
        title="K, samples of z in one bound",
        type="log",
        tickvals=list(counts),
        ticktext=[f"{count:,}" for count in counts],
    )
    figure.update_yaxes(title="nats", range=[log_p - 1.15 * span, log_p + 0.2 * span])
    return figure
