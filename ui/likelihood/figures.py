"""What pixels cost under a likelihood: maps, densities, and the cost of a Gaussian's width.

Shape suffixes: H and W height and width of an image, G points of a curve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ui.common.drawn_once import drawn_once

Array = NDArray[np.floating]

# Okabe & Ito 2008: told apart by colour-blind eyes.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#808080"


@drawn_once
def pixel_maps_figure(image_HW: Array, mean_HW: Array, nll_HW: Array) -> go.Figure:
    """An image, the mean that the decoder gives it, and what each pixel costs in nats."""
    figure = make_subplots(
        1,
        3,
        subplot_titles=(
            "the image x",
            "the decoder's mean at z = μ",
            "what each pixel costs, nats",
        ),
        horizontal_spacing=0.03,
    )
    for column, picture_HW in enumerate((image_HW, mean_HW), start=1):
        figure.add_heatmap(
            z=picture_HW,
            zmin=0,
            zmax=1,
            colorscale="gray",
            showscale=False,
            hovertemplate="row %{y}, column %{x}: %{z:.2f}<extra></extra>",
            row=1,
            col=column,
        )
    figure.add_heatmap(
        z=nll_HW,
        colorscale="cividis",
        colorbar={"title": "nats", "thickness": 12},
        hovertemplate="row %{y}, column %{x}: %{z:.2f} nats<extra></extra>",
        row=1,
        col=3,
    )
    for column in (1, 2, 3):
        anchor = "x" if column == 1 else f"x{column}"
        figure.update_yaxes(
            autorange="reversed", scaleanchor=anchor, visible=False, col=column, constrain="domain"
        )
        figure.update_xaxes(visible=False, col=column, constrain="domain")
    figure.update_layout(height=290, margin={"l": 0, "r": 0, "t": 30, "b": 5}, dragmode=False)
    return figure


@drawn_once
def shares_figure(rows: Mapping[str, tuple[float, float]]) -> go.Figure:
    """The two terms of an objective as shares of it, a bar for each way to reduce over pixels.

    Args:
        rows: name -> (reconstruction term, KL term), nats as that objective adds them up.
    """
    names = list(rows)[::-1]
    figure = go.Figure()
    for place, (name, colour) in enumerate((("reconstruction", BLUE), ("KL", ORANGE))):
        shares = [100 * rows[row][place] / sum(rows[row]) for row in names]
        figure.add_bar(
            x=shares,
            y=[f"{row}<br>{rows[row][0]:.3g} + {rows[row][1]:.3g} nats" for row in names],
            orientation="h",
            name=name,
            marker={"color": colour},
            hovertemplate="%{x:.1f}% of the objective<extra>" + name + "</extra>",
        )
    figure.update_layout(
        barmode="stack",
        height=230,
        margin={"l": 10, "r": 25, "t": 45, "b": 40},
        legend={"orientation": "h", "yref": "container", "y": 1, "traceorder": "normal"},
        dragmode=False,
    )
    figure.update_xaxes(
        title="share of the objective, %", range=[0, 100], tickvals=[0, 25, 50, 75, 100]
    )
    figure.update_yaxes(automargin=True)
    return figure


@drawn_once
def grey_pixel_figure(
    x_G: Array, bernoulli_G: Array, continuous_G: Array, area: float, p: float, mean: float
) -> go.Figure:
    """exp(-NLL) of one grey pixel as a function of its value, under two likelihoods.

    Args:
        area: under the first.
        p, mean: the decoder's output, and the mean that it gives the continuous Bernoulli.
    """
    figure = go.Figure()
    for name, values, colour, dash, fill in (
        ("continuous Bernoulli, area 1", continuous_G, BLUE, "solid", "rgba(0, 114, 178, 0.2)"),
        (f"Bernoulli formula, area {area:.3f}", bernoulli_G, ORANGE, "dash", None),
    ):
        figure.add_scatter(
            x=x_G,
            y=values,
            name=name,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2},
            fill=None if fill is None else "tozeroy",
            fillcolor=fill,
            hovertemplate="x = %{x:.2f}: %{y:.3f}<extra>" + name + "</extra>",
        )
    for name, place, height in (("p", p, 1.0), ("mean", mean, 0.88)):
        figure.add_vline(x=place, line={"color": GREY, "dash": "dot"})
        figure.add_annotation(
            x=place, y=height, yref="paper", text=name, showarrow=False, xanchor="left"
        )
    figure.update_layout(
        height=320,
        margin={"l": 10, "r": 10, "t": 60, "b": 40},
        legend={"orientation": "h", "y": 1.04, "yanchor": "bottom"},
        dragmode=False,
    )
    figure.update_xaxes(title="grey value x", range=[0, 1])
    figure.update_yaxes(title="exp(−cost), per unit of grey", rangemode="tozero")
    return figure


@drawn_once
def width_figure(
    sigma_G: Array, errors_G: Array, constant_G: Array, marks: Sequence[tuple[str, float, float]]
) -> go.Figure:
    """What a Gaussian likelihood costs as its sigma changes, with its two terms.

    Args:
        errors_G, constant_G: SE / (2 sigma^2) and D log(sigma sqrt(2 pi)), nats per image.
        marks: (text, sigma, nats) of points on the sum.
    """
    figure = go.Figure()
    for name, values, colour, dash in (
        ("NLL, the sum", errors_G + constant_G, BLUE, "solid"),
        ("SE / (2σ²)", errors_G, ORANGE, "dash"),
        ("D log(σ√2π)", constant_G, GREEN, "dot"),
    ):
        figure.add_scatter(
            x=sigma_G,
            y=values,
            name=name,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2},
            hovertemplate="σ = %{x:.3f}: %{y:.0f} nats<extra>" + name + "</extra>",
        )
    for place, (text, sigma, nats) in enumerate(marks):
        figure.add_scatter(
            x=[sigma],
            y=[nats],
            mode="markers",
            name=text,
            marker={
                "size": 12,
                "symbol": ("circle", "diamond", "x")[place],
                "color": (GREY, "#CC79A7", "#E69F00")[place],
                "line": {"width": 1, "color": "#808080"},
            },
            hovertemplate=f"{text}: σ = %{{x:.4f}}, %{{y:.1f}} nats<extra></extra>",
        )
    top = float((errors_G + constant_G).max())
    low = float(min(constant_G.min(), (errors_G + constant_G).min()))
    figure.update_layout(
        height=400,
        margin={"l": 10, "r": 10, "t": 70, "b": 40},
        legend={"orientation": "h", "yref": "container", "y": 1},
        dragmode=False,
    )
    figure.update_xaxes(
        title="σ, in grey values from 0 to 1",
        type="log",
        tickvals=[0.02, 0.05, 0.1, 0.2, 0.5, 1.0],
        ticktext=["0.02", "0.05", "0.1", "0.2", "0.5", "1"],
    )
    figure.update_yaxes(title="nats per image", range=[1.05 * low, min(top, -3 * low)])
    return figure
