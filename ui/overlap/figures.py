"""Figures of the Overlap page: classes, widths, costs and responsibilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ui.common.drawn_once import annotate, drawn_once
from ui.common.palette import BEST, BOUND, OURS

_SYMBOLS = {OURS: "circle", BEST: "diamond", BOUND: "square"}


@drawn_once
def class_confusion_figure(
    confusion_KK: NDArray[np.floating], names: Sequence[str], chosen: tuple[int, int] | None
) -> go.Figure:
    """Heat map of P(class j|z) for z drawn from class i, with the chosen cell outlined.

    The diagonal is written but not coloured: it would drown the rest. Heat map cells report no
    clicks, so an invisible marker lies on every cell that can be chosen.

    Args:
        confusion_KK: shares, rows i; NaN rows stay empty.
        chosen: (i, j) or None.
    """
    classes = range(len(names))
    apart_KK = np.where(np.eye(len(names), dtype=bool), np.nan, confusion_KK)
    text_KK = [
        ["" if np.isnan(share) or share < 0.005 else f"{100 * share:.0f}" for share in row]
        for row in confusion_KK
    ]
    figure = go.Figure(
        go.Heatmap(
            z=100 * apart_KK,
            x=list(classes),
            y=list(classes),
            colorscale="Cividis",
            zmin=0,
            xgap=1,
            ygap=1,
            text=text_KK,
            texttemplate="%{text}",
            hoverinfo="skip",
            showscale=False,
        )
    )
    annotate(  # a heat map writes nothing into cells without a colour
        figure,
        (
            {"x": label, "y": label, "text": text_KK[label][label], "showarrow": False}
            for label in classes
            if text_KK[label][label]
        ),
    )
    cells = [(i, j) for i in classes for j in classes if i != j and np.isfinite(confusion_KK[i, j])]
    figure.add_scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        mode="markers",
        marker={"symbol": "square", "size": 26, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[[names[i], names[j], 100 * float(confusion_KK[i, j])] for i, j in cells],
        hovertemplate="z from a %{customdata[0]} is taken for a %{customdata[1]}: "
        "%{customdata[2]:.1f}%<extra></extra>",
        showlegend=False,
    )
    if chosen is not None:
        i, j = chosen
        cell = {"x0": j - 0.5, "x1": j + 0.5, "y0": i - 0.5, "y1": i + 0.5}
        figure.add_shape(type="rect", line={"color": "#e5386a", "width": 3}, **cell)
    figure.update_layout(
        height=440,
        margin={"l": 50, "r": 10, "t": 10, "b": 50},
        dragmode=False,
        clickmode="event+select",
    )
    ticks = {"tickmode": "array", "tickvals": list(classes), "ticktext": list(names)}
    ends = [-0.5, len(names) - 0.5]
    figure.update_xaxes(
        title="taken for", range=ends, constrain="domain", showgrid=False, zeroline=False, **ticks
    )
    figure.update_yaxes(
        title="z drawn from",
        range=ends[::-1],
        scaleanchor="x",
        constrain="domain",
        showgrid=False,
        zeroline=False,
        **ticks,
    )
    return figure


@drawn_once
def widening_figure(
    scales: Sequence[float],
    equivocation: Sequence[float],
    model_nll: Sequence[float],
    best_nll: Sequence[float],
    log_images: float,
    chosen: float,
) -> go.Figure:
    """H(n|z) above, reconstruction NLL below, against the scale of sigma.

    Args:
        scales: factors on every sigma; 1 is the trained width.
        equivocation, model_nll, best_nll: at each scale, nats per image.
        log_images: log N, the most that H(n|z) can be.
        chosen: scale at which a line is drawn.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.09)
    series = [
        (1, equivocation, "H(n|z)", BOUND),
        (2, model_nll, "NLL, this decoder", OURS),
        (2, best_nll, "NLL, best decoder", BEST),
    ]
    for row, values, name, colour in series:
        figure.add_scatter(
            x=list(scales), y=list(values), name=name, row=row, col=1, **_line(colour, name)
        )
    figure.add_hline(
        y=log_images,
        line={"dash": "dot", "width": 1.5, "color": BOUND},
        annotation={"text": f"log N = {log_images:.2f}", "yanchor": "top"},
        row=1,
        col=1,
    )
    for place, style in ((1.0, "dash"), (chosen, "solid")):
        figure.add_vline(x=place, line={"dash": style, "width": 1.5, "color": BOUND}, opacity=0.8)
    figure.add_annotation(
        x=0, xref="x", y=1.0, yref="paper", yanchor="bottom", text="trained", showarrow=False
    )
    figure.update_layout(
        height=440,
        margin={"l": 60, "r": 15, "t": 24, "b": 95},
        dragmode=False,
        legend={"orientation": "h", "yref": "container", "y": 0.0, "yanchor": "bottom", "x": 0},
    )
    labels = [f"{scale:.2g}" for scale in scales]
    figure.update_xaxes(type="log", tickvals=list(scales), ticktext=labels)
    figure.update_xaxes(title="σ of every posterior × (log scale)", row=2, col=1)
    figure.update_yaxes(title="H(n|z), nats", range=[0, 1.08 * log_images], row=1, col=1)
    figure.update_yaxes(title="NLL, nats per image", rangemode="tozero", row=2, col=1)
    return figure


@drawn_once
def cost_figure(
    equivocation: Sequence[float],
    model_nll: Sequence[float],
    best_nll: Sequence[float],
    chosen: int,
    family: Sequence[tuple[str, float, float]],
    log_images: float,
) -> go.Figure:
    """Reconstruction NLL against H(n|z): one model at many widths, the family, and the bounds.

    Args:
        equivocation, model_nll, best_nll: at each scale, nats per image.
        chosen: place of the chosen scale in them.
        family: (beta, H(n|z), NLL of its decoder) of each model of the family.
        log_images: log N.
    """
    figure = go.Figure()
    name = "this model, σ scaled"
    figure.add_scatter(x=list(equivocation), y=list(model_nll), name=name, **_line(OURS, name))
    name = "best decoder, σ scaled"
    figure.add_scatter(x=list(equivocation), y=list(best_nll), name=name, **_line(BEST, name))
    figure.add_scatter(
        x=[0, log_images],
        y=[0, log_images],
        mode="lines",
        name="no decoder is below: NLL = H(n|z)",
        line={"color": BOUND, "width": 2, "dash": "dot"},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[h for _, h, _ in family],
        y=[nll for _, _, nll in family],
        text=[label for label, _, _ in family],
        mode="markers+text",
        # Neighbours on different sides, so that their labels do not meet.
        textposition=["top center" if n % 2 else "bottom center" for n in range(len(family))],
        name="models of the family, with their β",
        marker={"symbol": "x", "size": 9, "color": BOUND},
        hovertemplate="β = %{text}<br>H(n|z) %{x:.2f} nats<br>NLL %{y:.1f} nats<extra></extra>",
        cliponaxis=False,
    )
    figure.add_scatter(
        x=[equivocation[chosen]] * 2,
        y=[model_nll[chosen], best_nll[chosen]],
        mode="markers",
        marker={"symbol": "circle-open", "size": 17, "color": [OURS, BEST], "line": {"width": 2}},
        hoverinfo="skip",
        name="the chosen σ",
    )
    figure.update_layout(
        height=440,
        margin={"l": 60, "r": 25, "t": 24, "b": 95},
        dragmode=False,
        legend={"orientation": "h", "yref": "container", "y": 0.0, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(title="H(n|z), nats", range=[-0.2, 1.02 * log_images], zeroline=False)
    figure.update_yaxes(title="reconstruction NLL, nats per image", rangemode="tozero")
    return figure


@drawn_once
def responsibility_figure(
    share_P: Sequence[float],
    labels: Sequence[str],
    colours: Sequence[str],
    pictures: Sequence[str],
) -> go.Figure:
    """Bars of r_n(z), each on a picture of its image.

    Args:
        share_P: responsibilities, in order.
        labels: of the images; plain text that plotly may read as it is.
        colours: of the bars, "#rrggbb".
        pictures: addresses of the images' PNGs.
    """
    places = list(range(len(share_P)))
    figure = go.Figure(
        go.Bar(
            x=places,
            y=[100 * share for share in share_P],
            marker={"color": list(colours)},
            customdata=list(labels),
            text=[f"{100 * share:.0f}%" if share >= 0.005 else "<1%" for share in share_P],
            textposition="outside",
            hovertemplate="%{customdata}: %{y:.2f}%<extra></extra>",
            cliponaxis=False,
        )
    )
    for place, source in zip(places, pictures, strict=True):
        figure.add_layout_image(
            source=source,
            xref="x",
            yref="paper",
            x=place,
            y=-0.02,
            sizex=0.86,
            sizey=0.3,
            xanchor="center",
            yanchor="top",
        )
    figure.update_layout(height=300, margin={"l": 60, "r": 10, "t": 24, "b": 100}, dragmode=False)
    figure.update_xaxes(showticklabels=False, showgrid=False, range=[-0.6, len(places) - 0.4])
    figure.update_yaxes(title="r(z), %", rangemode="tozero")
    return figure


def _line(colour: str, name: str) -> dict[str, object]:
    return {
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2.5},
        "marker": {"symbol": _SYMBOLS[colour], "size": 7},
        "hovertemplate": f"{name}: %{{y:.2f}} nats<extra></extra>",
    }
