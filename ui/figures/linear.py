"""The linear beta-VAE's exact curve in the plane of rate and distortion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from vae_core.linear import linear_beta_vae

_GREY = "#808080"


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
