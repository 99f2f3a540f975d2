"""What a selection of images consists of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.common.drawn_once import drawn_once


@drawn_once
def class_counts_figure(
    counts_K: NDArray[np.integer], class_names: Sequence[str], colours: Sequence[str]
) -> go.Figure:
    """How many images of each class, as bars; classes without images are left out."""
    present = [label for label, count in enumerate(counts_K) if count]
    figure = go.Figure(
        go.Bar(
            x=[class_names[label] for label in present],
            y=[int(counts_K[label]) for label in present],
            text=[int(counts_K[label]) for label in present],
            marker={"color": [colours[label] for label in present]},
            hovertemplate="class %{x}: %{y} images<extra></extra>",
            cliponaxis=False,
        )
    )
    figure.update_layout(
        height=170, margin={"l": 0, "r": 0, "t": 20, "b": 25}, showlegend=False, dragmode=False
    )
    figure.update_xaxes(type="category", title=None)
    figure.update_yaxes(visible=False)
    return figure
