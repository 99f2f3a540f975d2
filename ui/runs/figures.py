"""Figures of runs that several pages draw, and the exact optimum of a linear VAE.

Shape suffixes: N images, I dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ui.common.drawn_once import drawn_once
from ui.common.text import in_figure
from vae_core.linear.rate_distortion import linear_beta_vae
from vae_core.planes.projections import Plane

CURVES = (("reconstruction_nll", "reconstruction NLL"), ("kl", "KL"), ("elbo", "ELBO (β = 1)"))
"""What is drawn of a run's curve, with its titles."""

_GREY = "#808080"
_PRIOR_REACH = 2.2  # of the prior's 2σ, with room around it


@dataclass(frozen=True)
class LinearCurve:
    """R and D of the optimum over beta, nats per image.

    Attributes:
        beta_G, rate_G, distortion_G: points of the curve, shape (G,).
        collapse_Z: (beta, R, D) at which each dimension dies.
    """

    beta_G: NDArray[np.float64]
    rate_G: NDArray[np.float64]
    distortion_G: NDArray[np.float64]
    collapse_Z: tuple[tuple[float, float, float], ...]


def linear_curve(
    variances_I: NDArray[np.float64], latent_dim: int, noise_variance: float
) -> LinearCurve:
    """Solved for 300 betas, up to twice the one at which everything has collapsed.

    Args:
        variances_I: the data's principal variances, shape (I,).
        noise_variance: sigma^2 of the Gaussian likelihood.
    """
    thresholds = linear_beta_vae(variances_I, latent_dim, noise_variance, 1.0).thresholds_Z
    beta_G = np.geomspace(0.05, 2 * max(float(thresholds[0]), 0.1), 300)
    solved = [linear_beta_vae(variances_I, latent_dim, noise_variance, b) for b in beta_G]
    at = [
        (float(t), linear_beta_vae(variances_I, latent_dim, noise_variance, t)) for t in thresholds
    ]
    return LinearCurve(
        beta_G,
        np.array([one.rate for one in solved]),
        np.array([one.distortion for one in solved]),
        tuple((beta, one.rate, one.distortion) for beta, one in at),
    )


def add_linear_curve(figure: go.Figure, curve: LinearCurve, most_rate: float) -> None:
    """The curve as far as ``most_rate`` nats, and a mark where each dimension collapses."""
    shown = curve.rate_G <= most_rate
    figure.add_scatter(
        x=curve.rate_G[shown],
        y=curve.distortion_G[shown],
        customdata=curve.beta_G[shown],
        mode="lines",
        name="linear VAE, exact",
        line={"color": _GREY, "width": 3},
        hovertemplate="linear, β = %{customdata:.3g}: R %{x:.2f}, D %{y:.1f} nats<extra></extra>",
    )
    marks = [
        (rate, distortion, f"z{place} dies at β = {beta:.3g}")
        for place, (beta, rate, distortion) in enumerate(curve.collapse_Z, start=1)
        if rate <= most_rate
    ]
    figure.add_scatter(
        x=[rate for rate, _, _ in marks],
        y=[distortion for _, distortion, _ in marks],
        text=[text for _, _, text in marks],
        mode="markers+text",
        textposition="top right",
        textfont={"color": _GREY},
        marker={"size": 8, "color": _GREY},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )


@dataclass(frozen=True)
class Curve:
    """One run's numbers over its epochs.

    Attributes:
        name: plain text, for the legend.
        points: one entry an epoch, see ``EpochReport.curve_point``.
    """

    name: str
    points: Sequence[Mapping[str, float]]


@drawn_once
def planes_figure(
    planes: Sequence[tuple[str, Plane]],
    label_N: NDArray[np.integer],
    class_names: Sequence[str],
    colours: Sequence[str],
    *,
    one_scale: bool = False,
) -> go.Figure:
    """The same images in every plane, with equal axes.

    Args:
        planes: each with its name.
        one_scale: the axes of all planes go as far; else each plane is at its own scale.
    """
    names = [in_figure(name) for name, _ in planes]
    figure = make_subplots(1, len(planes), subplot_titles=names, horizontal_spacing=0.08)
    for column, (_, plane) in enumerate(planes, start=1):
        for label, class_name in enumerate(class_names):
            of_class = label_N == label
            figure.add_scattergl(
                x=plane.xy_N2[of_class, 0],
                y=plane.xy_N2[of_class, 1],
                mode="markers",
                marker={"size": 4, "color": colours[label], "opacity": 1},
                name=class_name,
                legendgroup=class_name,
                showlegend=column == 1,
                hoverinfo="skip",
                row=1,
                col=column,
            )
        if not plane.projected and plane.axis_titles[1]:
            angle = np.linspace(0, 2 * np.pi, 100)
            figure.add_scatter(
                x=2 * np.cos(angle),
                y=2 * np.sin(angle),
                mode="lines",
                line={"color": "#808080", "dash": "dash", "width": 2.5},
                name="prior, 2σ",
                legendgroup="prior",
                showlegend=column == 1,
                hoverinfo="skip",
                row=1,
                col=column,
            )
        if np.abs(plane.xy_N2).max() < _PRIOR_REACH:
            # The noise of a collapsed model is not blown up to look like a cloud.
            figure.update_xaxes(range=[-_PRIOR_REACH, _PRIOR_REACH], col=column)
            figure.update_yaxes(range=[-_PRIOR_REACH, _PRIOR_REACH], col=column)
        first = "" if column == 1 else column
        figure.update_xaxes(title=plane.axis_titles[0], constrain="domain", col=column)
        figure.update_yaxes(
            # Further panels have theirs in the first's, and no room for one of their own.
            title=plane.axis_titles[1] if column == 1 else None,
            scaleanchor=f"x{first}",
            scaleratio=1,
            constrain="domain",
            col=column,
        )
    if one_scale:
        reach = max(_PRIOR_REACH, *(float(np.abs(plane.xy_N2).max()) for _, plane in planes))
        figure.update_xaxes(range=[-reach, reach])
        figure.update_yaxes(range=[-reach, reach])
    figure.update_layout(
        height=420,
        margin={"l": 50, "r": 10, "t": 30, "b": 80},
        legend={"itemsizing": "constant", "orientation": "h", "y": -0.17},
        dragmode=False,
    )
    return figure
