"""Figure of the Discrete latents page: bias and variance of each gradient estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ui.common.drawn_once import drawn_once
from ui.common.palette import BOUND
from ui.discrete.figures import COLOURS, SYMBOLS
from vae_core.gradients.categorical import GradientError


@drawn_once
def bias_figure(
    temperatures: Sequence[float],
    along: Mapping[str, Sequence[GradientError]],
    level: Mapping[str, GradientError],
    length: float,
) -> go.Figure:
    """Bias on the left, standard deviation on the right, over the temperature.

    Args:
        along: estimators with an error at each temperature.
        level: those without a temperature.
        length: of the exact gradient, for comparison.
    """
    figure = make_subplots(
        rows=1,
        cols=2,
        horizontal_spacing=0.1,
        subplot_titles=["Bias, which stays", "Scatter of a single draw"],
    )
    for k, (name, errors) in enumerate(along.items()):
        style = {"color": COLOURS[k], "dash": ("solid", "dash")[k % 2], "width": 2}
        for column, values, bars in (
            (1, [error.bias for error in errors], [2 * error.bias_error for error in errors]),
            (2, [error.deviation for error in errors], None),
        ):
            figure.add_scatter(
                x=list(temperatures),
                y=values,
                error_y=None if bars is None else {"type": "data", "array": bars, "thickness": 1},
                mode="lines+markers",
                marker={"symbol": SYMBOLS[k], "size": 8},
                line=style,
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                hovertemplate="temperature %{x}: %{y:.2f}<extra>" + name + "</extra>",
                row=1,
                col=column,
            )
    _add_level(figure, temperatures, level)
    figure.add_scatter(
        x=[temperatures[0], temperatures[-1]],
        y=[length, length],
        mode="lines",
        line={"color": BOUND, "width": 1.5},
        name="length of the gradient itself",
        hovertemplate="%{y:.2f}<extra>the gradient itself</extra>",
        row=1,
        col=1,
    )
    figure.update_layout(
        height=360,
        margin={"l": 60, "r": 10, "t": 30, "b": 50},
        legend={"orientation": "h", "y": -0.22, "x": 0},
        dragmode=False,
    )
    figure.update_xaxes(
        title="temperature",
        type="log",
        tickvals=list(temperatures),
        ticktext=[f"{t:g}" for t in temperatures],
        fixedrange=True,
    )
    figure.update_yaxes(title="nats per unit of logit", fixedrange=True)
    most = max(error.bias for errors in along.values() for error in errors)
    figure.update_yaxes(range=[-0.02 * length, 1.15 * max(most, length)], row=1, col=1)
    figure.update_yaxes(type="log", dtick=1, minor={"showgrid": True}, row=1, col=2)
    return figure


def _add_level(
    figure: go.Figure, temperatures: Sequence[float], level: Mapping[str, GradientError]
) -> None:
    """Estimators without a temperature, as lines across both panels."""
    for name, error in level.items():
        for column, value in ((1, error.bias), (2, error.deviation)):
            figure.add_scatter(
                x=[temperatures[0], temperatures[-1]],
                y=[value, value],
                mode="lines",
                line={"color": COLOURS[2], "dash": "dot", "width": 2.5},
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                hovertemplate="%{y:.2f}<extra>" + name + "</extra>",
                row=1,
                col=column,
            )
