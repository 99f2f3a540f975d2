"""Figures of the ELBO page: the true posterior with q on it, the gaps, and the climbing bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.figures.overlap import BEST, BOUND, OURS
from vae_core.aggregate import Bounds

# On the dark to bright ground of the heat map; the same colours in the chart of the gaps.
ENCODER, HAND = "#ff5d8f", "#4fd2ff"
LINES = {"encoder's q": ENCODER, "q by hand": HAND, "best q": BEST}


@dataclass(frozen=True)
class Drawn:
    """A q in the figures.

    Attributes:
        name: a key of ``LINES``.
        elbo, error, kl: its bound with the Monte Carlo error, and KL[q || p(z|x)]; nats.
    """

    name: str
    mu: NDArray[np.float64]
    sigma: NDArray[np.float64]
    elbo: float
    error: float
    kl: float


def posterior_figure(
    density_HW: NDArray[np.float64],
    window: Bounds,
    drawn: Sequence[Drawn],
    mode: NDArray[np.float64],
    mean: NDArray[np.float64],
    path: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], float]] = (),
) -> go.Figure:
    """Heat map of p(z|x), ellipses of q at two standard deviations, mode and mean.

    Args:
        density_HW: relative to its highest value, row 0 the bottom.
        path: (mu, sigma, ELBO) on the way to the last of ``drawn``, played by a button.
    """
    left, right, bottom, top = window
    share = (np.arange(len(density_HW)) + 0.5) / len(density_HW)
    figure = go.Figure(
        go.Heatmap(
            x=left + (right - left) * share,
            y=bottom + (top - bottom) * share,
            z=density_HW,
            colorscale="Cividis",
            zmin=0,
            zmax=1,
            zsmooth="best",
            showscale=False,
            hovertemplate="z = (%{x:.3f}, %{y:.3f})<br>%{z:.0%} of the mode's density"
            "<extra></extra>",
        )
    )
    for one in drawn:
        figure.add_scatter(
            **_ellipse(one.mu, one.sigma),
            mode="lines",
            name=f"{one.name}, 2σ",
            line={"color": LINES[one.name], "width": 3},
            hoverinfo="skip",
        )
    for one in drawn:
        figure.add_scatter(
            x=[one.mu[0]],
            y=[one.mu[1]],
            mode="markers",
            marker={
                "symbol": "cross-thin",
                "size": 10,
                "line": {"width": 2.5, "color": LINES[one.name]},
            },
            showlegend=False,
            hovertemplate=f"mean of the {one.name}: (%{{x:.3f}}, %{{y:.3f}})<extra></extra>",
        )
    for name, place, symbol in (("mode", mode, "star"), ("mean", mean, "diamond")):
        figure.add_scatter(
            x=[place[0]],
            y=[place[1]],
            mode="markers",
            name=f"{name} of p(z|x)",
            marker={
                "symbol": symbol,
                "size": 11,
                "color": "#ffffff",
                "line": {"width": 1.5, "color": "#101418"},
            },
            hovertemplate=f"{name} of p(z|x): (%{{x:.3f}}, %{{y:.3f}})<extra></extra>",
        )
    figure.update_layout(
        height=430,
        margin={"l": 50, "r": 5, "t": 8, "b": 95},
        dragmode=False,
        legend={"orientation": "h", "yref": "container", "y": 0.0, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(
        title="z₁", range=[left, right], constrain="domain", showgrid=False, zeroline=False
    )
    figure.update_yaxes(
        title="z₂",
        range=[bottom, top],
        scaleanchor="x",
        constrain="domain",
        showgrid=False,
        zeroline=False,
    )
    if path:
        _animate(figure, len(drawn), path)
    return figure


def _animate(
    figure: go.Figure,
    moving: int,
    path: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], float]],
) -> None:
    """Frames that move the ellipse of trace ``moving`` along the path, and a button to play."""
    colour = {"color": LINES["best q"], "width": 3}
    figure.frames = [
        go.Frame(
            name=str(step),
            data=[go.Scatter(**_ellipse(mu, sigma), mode="lines", line=colour)],
            traces=[moving],
            layout={"annotations": [_note(f"step {step} of {len(path) - 1}: ELBO {minus(elbo)}")]},
        )
        for step, (mu, sigma, elbo) in enumerate(path)
    ]
    figure.update_layout(
        annotations=[_note(f"after {len(path) - 1} steps: ELBO {minus(path[-1][2])}")],
        updatemenus=[
            {
                "type": "buttons",
                "x": 0.5,
                "y": 0.02,
                "xanchor": "center",
                "yanchor": "bottom",
                "bgcolor": "#f0f2f4",
                "font": {"color": "#1c2430"},
                "buttons": [
                    {
                        "label": "▶ play the climb",
                        "method": "animate",
                        "args": [
                            None,
                            {
                                "frame": {"duration": 400, "redraw": True},
                                "transition": {"duration": 0},
                                "fromcurrent": False,
                            },
                        ],
                    }
                ],
            }
        ],
    )


def _note(text: str) -> dict[str, object]:
    return {
        "text": text,
        "xref": "x domain",
        "yref": "y domain",
        "x": 0.98,
        "y": 0.98,
        "xanchor": "right",
        "yanchor": "top",
        "showarrow": False,
        "font": {"color": "#ffffff"},
        "bgcolor": "rgba(0, 0, 0, 0.55)",
    }


def _ellipse(mu: NDArray[np.float64], sigma: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    turn = np.linspace(0, 2 * np.pi, 73)
    return {"x": mu[0] + 2 * sigma[0] * np.cos(turn), "y": mu[1] + 2 * sigma[1] * np.sin(turn)}


def gap_figure(log_p: float, drawn: Sequence[Drawn]) -> go.Figure:
    """For each q a bar that ends at log p(x), as long as its KL to the posterior, and its ELBO.

    The two are computed apart: where a dot lies at the bar's other end, they agree.
    """
    figure = go.Figure()
    for one in drawn:
        row = f"{one.name}<br>KL {one.kl:.3f}" if one.kl < 100 else f"{one.name}<br>KL {one.kl:.1f}"
        figure.add_bar(
            y=[row],
            x=[one.kl],
            base=[log_p - one.kl],
            orientation="h",
            width=0.5,
            marker={"color": LINES[one.name], "opacity": 0.75},
            hovertemplate=f"KL[q || p(z|x)] = {one.kl:.3f} nats<extra></extra>",
            showlegend=False,
        )
        figure.add_scatter(
            y=[row],
            x=[one.elbo],
            error_x={"array": [one.error], "color": BOUND, "thickness": 2},
            mode="markers",
            marker={"size": 10, "color": OURS, "line": {"width": 1, "color": "#ffffff"}},
            hovertemplate=f"ELBO {minus(one.elbo)} ± {one.error:.3f} nats<extra></extra>",
            showlegend=False,
        )
    figure.add_vline(
        x=log_p,
        line={"width": 2.5, "color": BOUND},
        annotation={"text": f"log p(x) = {minus(log_p)}", "xanchor": "right", "xshift": 8},
        annotation_position="top",
    )
    span = max(log_p - min(one.elbo for one in drawn), 0.2)
    figure.update_layout(
        height=95 + 58 * len(drawn),
        margin={"l": 90, "r": 10, "t": 25, "b": 45},
        dragmode=False,
        barmode="overlay",
    )
    figure.update_xaxes(
        title="nats: the dot is the sampled ELBO, the bar the KL",
        range=[log_p - 1.1 * span, log_p + 0.06 * span],
        zeroline=False,
    )
    figure.update_yaxes(autorange="reversed")
    return figure


def minus(value: float) -> str:
    """Three decimals with a minus sign instead of a hyphen."""
    return f"−{-value:.3f}" if value < 0 else f"{value:.3f}"
