"""A beta schedule as a line."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from ui.common.drawn_once import drawn_once
from vae_core.config import TrainConfig
from vae_core.training.schedules import beta_at

_POINTS = 400


@drawn_once
def schedule_figure(config: TrainConfig) -> go.Figure:
    """Weight of the KL term over the epochs of a run."""
    epochs = np.linspace(0, config.epochs, _POINTS, endpoint=False)
    figure = go.Figure(
        go.Scatter(
            x=epochs,
            y=[beta_at(epoch, config) for epoch in epochs],
            mode="lines",
            line={"width": 2},
            hovertemplate="epoch %{x:.1f}: β = %{y:.3g}<extra></extra>",
        )
    )
    figure.update_layout(
        height=150, margin={"l": 36, "r": 6, "t": 6, "b": 36}, showlegend=False, dragmode=False
    )
    figure.update_xaxes(title="epoch", range=[0, config.epochs])
    figure.update_yaxes(title="β", rangemode="tozero", nticks=4)
    return figure
