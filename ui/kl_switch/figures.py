"""The KL family as points: what the latents cost against what they buy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.common.drawn_once import annotate, drawn_once
from ui.runs.figures import add_linear_curve, linear_curve
from vae_core.linear.rate_distortion import linear_beta_vae


@drawn_once
def linear_figure(variances: NDArray[np.float64], noise_variance: float, beta: float) -> go.Figure:
    """The exact curve of a linear beta-VAE with two latents, and where its dimensions collapse.

    Args:
        variances: the data's principal variances, shape (I,).
        noise_variance: sigma^2 of its Gaussian likelihood.
        beta: the one to mark.
    """
    curve = linear_curve(variances, 2, noise_variance)
    figure = go.Figure()
    add_linear_curve(figure, curve, math.inf)
    if beta > 0:
        here = linear_beta_vae(variances, 2, noise_variance, beta)
        figure.add_scatter(
            x=[here.rate],
            y=[here.distortion],
            mode="markers+text",
            text=[f"β = {beta:g}"],
            textposition="top right",
            marker={"size": 10, "color": "#D55E00", "symbol": "diamond"},
            hoverinfo="skip",
            cliponaxis=False,
        )
    figure.update_layout(
        height=300,
        margin={"l": 60, "r": 90, "t": 20, "b": 50},
        showlegend=False,
        dragmode=False,
    )
    figure.update_xaxes(title="R, KL in nats per image", rangemode="tozero")
    figure.update_yaxes(title="D, nats per image (Gaussian)")
    return figure


@drawn_once
def rate_distortion_figure(
    kl: Sequence[float], reconstruction_nll: Sequence[float], betas: Sequence[float]
) -> go.Figure:
    """One labelled point a model, joined in the order of beta, over dotted lines of equal ELBO.

    Args:
        kl: mean KL of each model, nats per image; shown on a log scale, since beta = 0 lets it go.
        reconstruction_nll: mean reconstruction NLL of each model, nats per image.
        betas: labels of the points.
    """
    figure = go.Figure(
        go.Scatter(
            x=list(kl),
            y=list(reconstruction_nll),
            text=[f"{beta:g}" for beta in betas],
            mode="lines+markers+text",
            # Neighbours in turn above and below: at a good compromise they crowd together.
            textposition=["top center", "bottom center"] * (len(betas) // 2)
            + ["top center"] * (len(betas) % 2),
            marker={"size": 9},
            line={"width": 1.5},
            hovertemplate="β = %{text}<br>KL %{x:.2f} nats<br>reconstruction NLL %{y:.1f} nats"
            "<extra></extra>",
            cliponaxis=False,
        )
    )
    span = np.geomspace(min(kl) / 1.2, max(kl) * 1.2, 200)
    low, high = min(reconstruction_nll), max(reconstruction_nll)
    totals = range(20 * math.ceil(low / 20), int(high + max(kl)) + 1, 20)
    for total in totals:
        inside = (total - span > low - 6) & (total - span < high + 6)
        figure.add_scatter(
            x=span[inside],
            y=(total - span)[inside],
            mode="lines",
            line={"color": "#808080", "dash": "dot", "width": 1},
            hovertemplate=f"ELBO −{total}<extra></extra>",
        )
    annotate(
        figure,
        [
            {
                "x": math.log10(span[0]),
                "y": total - span[0],
                "text": f"ELBO −{total}",
                "showarrow": False,
                "xanchor": "left",
                "yanchor": "bottom",
                "font": {"size": 10, "color": "#808080"},
            }
            for total in totals
        ],
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
