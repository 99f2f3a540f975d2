"""How much the image changes at each step of a path."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.common.drawn_once import drawn_once

# Told apart by dash as well as by colour, on light and dark pages alike.
_LINES = (("#e0702a", "solid"), ("#3b8ed0", "dash"))


@drawn_once
def step_length_figure(length_by_kind: Mapping[str, NDArray[np.floating]]) -> go.Figure:
    """One line a path.

    Args:
        length_by_kind: name of a path -> Fisher length of each of its steps, shape (T - 1,).
    """
    figure = go.Figure()
    for (kind, length_S), (colour, dash) in zip(length_by_kind.items(), _LINES, strict=False):
        share_S = (np.arange(len(length_S)) + 0.5) / len(length_S)
        figure.add_scatter(
            x=share_S,
            y=length_S,
            name=kind,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2.5},
            hovertemplate=f"{kind}, %{{x:.0%}} of the way<br>length of the step %{{y:.2f}}"
            "<extra></extra>",
        )
    figure.update_layout(
        height=270,
        margin={"l": 60, "r": 10, "t": 10, "b": 50},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        dragmode=False,
    )
    figure.update_xaxes(title="share of the way, by steps", tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title="Fisher length of a step", rangemode="tozero")
    return figure
