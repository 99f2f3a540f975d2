"""Figures of the Surgery page: the waterfall, the family, the densities, the dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ui.common.drawn_once import drawn_once
from ui.common.palette import BEST, BOUND, OURS, THIRD
from ui.common.text import minus
from vae_core.aggregate.density import Bounds
from vae_core.aggregate.surgery import HOLE_RATIO

_HOLE = math.log(HOLE_RATIO)
_REACH_99 = math.sqrt(-2 * math.log(0.01))  # 99% of a 2-D standard normal lies within


@drawn_once
def waterfall_figure(
    log_likelihood: float, information: float, marginal: float, elbo: float
) -> go.Figure:
    """From E[log p(x|z)] down to the ELBO, by MI(n;z) and KL[q(z) || p(z)]; nats per image.

    The two steps are sampled and the ELBO is not, so that they meet but for a sampling error.

    Not from zero: the last two steps would not be seen beside the first bar.
    """
    levels = [
        log_likelihood,
        log_likelihood - information,
        elbo,
    ]
    top = log_likelihood + 0.35 * (levels[0] - levels[2])
    names = [
        "reconstruction<br>E[log p(x|z)]",
        "− MI(n;z)",
        "− KL[q(z) || p(z)]",
        "mean ELBO<br>(β = 1)",
    ]
    low = levels[2] - 0.25 * (levels[0] - levels[2])
    bars = [
        (low, levels[0], OURS, minus(log_likelihood, 2)),
        (levels[1], levels[0], BEST, minus(-information, 2)),
        (levels[2], levels[1], THIRD, minus(-marginal, 2)),
        (low, levels[2], BOUND, minus(levels[2], 2)),
    ]
    figure = go.Figure(
        go.Bar(
            x=names,
            y=[high - base for base, high, _, _ in bars],
            base=[base for base, _, _, _ in bars],
            marker={"color": [colour for _, _, colour, _ in bars]},
            width=0.6,
            hoverinfo="skip",
        )
    )
    for name, (_, high, _, text) in zip(names, bars, strict=True):
        figure.add_annotation(
            x=name, y=high, text=f"<b>{text}</b>", showarrow=False, yanchor="bottom"
        )
    for start, level in enumerate(levels):
        figure.add_shape(
            type="line",
            x0=start + 0.3,
            x1=start + 0.7,
            y0=level,
            y1=level,
            line={"color": BOUND, "width": 1.5, "dash": "dot"},
        )
    figure.update_layout(
        height=340, margin={"l": 65, "r": 10, "t": 10, "b": 50}, dragmode=False, showlegend=False
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(title="nats per image (axis cut)", range=[low, top], zeroline=False)
    return figure


@drawn_once
def family_figure(
    betas: Sequence[float],
    nll: Sequence[float],
    information: Sequence[float],
    marginal: Sequence[float],
    log_images: float,
) -> go.Figure:
    """Three panels of bars over beta: reconstruction NLL, MI with its limit, marginal KL."""
    figure = make_subplots(
        rows=1,
        cols=3,
        horizontal_spacing=0.08,
        subplot_titles=(
            "reconstruction NLL, nats",
            "MI(n;z), nats",
            "KL[q(z) || p(z)], nats, log scale",
        ),
    )
    names = [f"{beta:g}" for beta in betas]
    panels = [(nll, OURS, ".0f"), (information, BEST, ".2f")]
    for column, (values, colour, digits) in enumerate(panels, start=1):
        figure.add_bar(
            x=names,
            y=list(values),
            marker={"color": colour},
            text=[format(value, digits) for value in values],
            textposition="outside",
            textangle=0,
            constraintext="none",
            textfont_size=11,
            cliponaxis=False,
            hoverinfo="skip",
            row=1,
            col=column,
        )
    # No bars: from where should they rise on a logarithmic axis?
    figure.add_scatter(
        x=names,
        y=list(marginal),
        mode="lines+markers+text",
        line={"color": THIRD},
        marker={"size": 9},
        text=[format(value, ".2g") for value in marginal],
        textposition="top center",
        textfont={"size": 11, "color": THIRD},
        cliponaxis=False,
        hoverinfo="skip",
        row=1,
        col=3,
    )
    figure.add_hline(
        y=log_images,
        line={"dash": "dot", "width": 1.5, "color": BOUND},
        annotation={"text": f"log N = {log_images:.2f}", "yanchor": "bottom", "yshift": 12},
        row=1,
        col=2,
    )
    figure.update_layout(
        height=320, margin={"l": 45, "r": 10, "t": 40, "b": 50}, dragmode=False, showlegend=False
    )
    figure.update_xaxes(title="β", type="category")
    figure.update_yaxes(title="nats per image", row=1, col=1)
    figure.update_yaxes(range=[0, 1.35 * max(log_images, *information)], row=1, col=2)
    low, high = max(min(marginal), 1e-3), max(marginal)
    figure.update_yaxes(
        type="log", range=[math.log10(low / 2), math.log10(high * 3)], dtick=1, row=1, col=3
    )
    return figure


@drawn_once
def densities_figure(
    log_q_HW: NDArray[np.float64], log_p_HW: NDArray[np.float64], bounds: Bounds
) -> go.Figure:
    """q(z), p(z) and their log ratio side by side, at the same scale on both axes."""
    left, right, bottom, top = bounds
    steps = len(log_q_HW)
    share = (np.arange(steps) + 0.5) / steps
    x, y = left + (right - left) * share, bottom + (top - bottom) * share
    figure = make_subplots(
        rows=1,
        cols=3,
        horizontal_spacing=0.03,
        subplot_titles=("aggregate posterior q(z)", "prior p(z)", "log q(z) − log p(z)"),
    )
    # One colour scale for both densities; the highest lumps of q would hide everything else.
    limit = float(np.exp(log_p_HW.max())) * 2
    for column, log_HW in enumerate((log_q_HW, log_p_HW), start=1):
        figure.add_heatmap(
            x=x,
            y=y,
            z=np.exp(log_HW),
            zmin=0,
            zmax=limit,
            colorscale="Cividis",
            showscale=False,
            hovertemplate="z = (%{x:.2f}, %{y:.2f})<br>density %{z:.3f}<extra></extra>",
            row=1,
            col=column,
        )
    figure.add_heatmap(
        x=x,
        y=y,
        z=np.clip(log_q_HW - log_p_HW, -6, 6),
        zmin=-4,
        zmax=4,
        colorscale="RdBu",
        reversescale=True,
        colorbar={
            "title": "nats",
            "thickness": 12,
            "len": 0.9,
            "tickvals": [-4, -_HOLE, 0, _HOLE, 4],
            "ticktext": ["≤ −4", f"−{_HOLE:.1f}", "0", f"{_HOLE:.1f}", "≥ 4"],
        },
        hovertemplate="z = (%{x:.2f}, %{y:.2f})<br>%{z:.1f} nats<extra></extra>",
        row=1,
        col=3,
    )
    figure.update_layout(height=380, margin={"l": 50, "r": 10, "t": 40, "b": 45}, dragmode=False)
    axes = {"constrain": "domain", "zeroline": False, "showgrid": False, "ticks": ""}
    figure.update_xaxes(range=[left, right], title="z₁", **axes)
    figure.update_yaxes(range=[bottom, top], **axes)
    figure.update_yaxes(title="z₂", col=1)
    for column, colour in ((1, "#ffffff"), (2, "#ffffff"), (3, "#111111")):
        figure.add_shape(
            type="circle",
            x0=-_REACH_99,
            x1=_REACH_99,
            y0=-_REACH_99,
            y1=_REACH_99,
            line={"color": colour, "width": 1.5, "dash": "dash"},
            row=1,
            col=column,
        )
        figure.update_yaxes(
            scaleanchor="x" if column == 1 else f"x{column}",
            showticklabels=column == 1,
            row=1,
            col=column,
        )
    return figure


@drawn_once
def dimensions_figure(
    kl: Sequence[float], errors: Sequence[float], rate: Sequence[float]
) -> go.Figure:
    """For each dimension the mean KL of the posteriors and the KL of their mixture; nats."""
    names = [f"z{j + 1}" for j in range(len(kl))]
    figure = go.Figure()
    figure.add_bar(x=names, y=list(rate), name="mean KL[q(z_j|x) || p(z_j)]", marker_color=BOUND)
    figure.add_bar(
        x=names,
        y=list(kl),
        error_y={"array": list(errors)},
        name="KL[q(z_j) || p(z_j)] of the mixture",
        marker_color=THIRD,
    )
    figure.update_layout(
        height=300,
        margin={"l": 55, "r": 10, "t": 10, "b": 60},
        dragmode=False,
        legend={"orientation": "h", "yref": "container", "y": 0.0, "yanchor": "bottom", "x": 0},
    )
    figure.update_yaxes(title="nats")
    return figure
