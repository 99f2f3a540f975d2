"""The KL family as points: what the latents cost against what they buy."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go


def rate_distortion_figure(
    kl: Sequence[float], reconstruction_nll: Sequence[float], betas: Sequence[float]
) -> go.Figure:
    """One labelled point a model, joined in the order of beta.

    Args:
        kl: mean KL of each model, nats per image; shown on a log scale, since beta = 0 lets it go.
        reconstruction_nll: mean reconstruction NLL of each model, nats per image.
        betas: labels of the points.
    """
    figure = go.Figure(
        go.Scatter(
            x=list(kl),
            y=list(reconstruction_nll),
            text=[f"β = {beta:g}" for beta in betas],
            mode="lines+markers+text",
            textposition="top right",
            marker={"size": 9},
            line={"width": 1.5, "dash": "dot"},
            hovertemplate="%{text}<br>KL %{x:.2f} nats<br>reconstruction NLL %{y:.1f} nats"
            "<extra></extra>",
            cliponaxis=False,
        )
    )
    figure.update_layout(
        height=300,
        margin={"l": 60, "r": 50, "t": 20, "b": 50},
        showlegend=False,
        dragmode=False,
    )
    figure.update_xaxes(title="KL, nats per image (log scale)", type="log", dtick=1)
    figure.update_yaxes(title="reconstruction NLL, nats")
    return figure
