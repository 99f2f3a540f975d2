"""Panels of the Likelihood page: the sigma of a Gaussian likelihood, and beta, its other name."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch

from ui.common import controls, links
from ui.common.charts import show_chart
from ui.common.palette import CLASS_COLOURS
from ui.common.tables import numbers, show_table
from ui.common.text import in_formula
from ui.library.loaded import LoadedModel, encodings_of
from ui.likelihood import measured, origins
from ui.likelihood.figures import width_figure
from ui.likelihood.panels import bundled
from ui.runs.figures import planes_figure
from vae_core.likelihoods import gaussian_parts
from vae_core.planes.projections import default_plane

_SIGMAS = np.geomspace(0.02, 1.0, 200)
_PAIR = ("mnist-2d-gaussian-0.2", "mnist-2d-gaussian-0.4")
_SHOWN = 1000


@links.fragment
def width(loaded: LoadedModel) -> None:
    """The cost of a Gaussian likelihood as sigma is moved, on this model's own errors."""
    error, pixels = measured.squared_error(loaded), loaded.checkpoint.model_config.pixels
    best = float(np.sqrt(error / pixels))
    words, chart = st.columns([1, 1.5], gap="medium")
    sigma = controls.select_slider(
        "σ of every pixel",
        [float(f"{value:.3g}") for value in _SIGMAS],
        default=float(f"{_SIGMAS[130]:.3g}"),
        key="likelihood_sigma",
        at=words,
        help="Standard deviation of every pixel around the decoder's mean; grey values run from 0 "
        "to 1.",
    )

    def parts(of: float) -> tuple[float, float]:
        squares, constant = gaussian_parts(torch.tensor(error).double(), pixels, of**2)
        return float(squares), float(constant)

    squares, constant = parts(sigma)
    words.latex(
        r"\begin{aligned}"
        rf"&\underbrace{{\frac{{{error:.2f}}}{{2 \cdot {sigma:.3g}^2}}}}_{{SE / 2\sigma^2}} + "
        rf"\underbrace{{{pixels} \log({sigma:.3g}\sqrt{{2\pi}})}}_{{D \log \sigma\sqrt{{2\pi}}}} "
        rf"\\ &= {squares:.1f} {'-' if constant < 0 else '+'} {abs(constant):.1f} = "
        rf"{in_formula(squares + constant, 1)} \text{{ nats}} \end{{aligned}}"
    )
    words.markdown(
        "Keep this model's mean images and put a Gaussian of width σ around every pixel (not the σ "
        f"of q). SE = {error:.2f} is the squared error, summed over the {pixels} pixels, mean over "
        "the held-out images, z drawn from q. A small σ makes errors expensive, a large one makes "
        f"every image unlikely. **The least cost is at σ² = SE / D = {best**2:.4f}, σ = "
        f"{best:.3f}**: the mean squared error of a pixel. A decoder trained with that σ would "
        "have other errors and another best σ, so it is best learned with the weights. A density "
        "may exceed 1: the cost may be negative, and the ELBO positive."
    )
    marks = [
        ("σ² = mean squared error", best, sum(parts(best))),
        ("your σ", sigma, sum(parts(sigma))),
    ]
    model = loaded.vae
    if model.family.noise:
        own = float(model.likelihood.variance) ** 0.5
        how = "learned" if model.family.noise == "learned" else "fixed in training"
        marks.append((f"the model's σ, {how}", own, sum(parts(own))))
        words.markdown(f"The model's own σ, {how}, is **{own:.4f}**.")
    curves = np.array([parts(value) for value in _SIGMAS])
    show_chart(
        width_figure(_SIGMAS, curves[:, 0], curves[:, 1], marks),
        "likelihood_width",
        about=origins.width(loaded, sigma),
        at=chart,
    )


def exchange() -> None:
    """Two trained models: four times the variance and a quarter of beta are one objective."""
    pair = bundled(_PAIR)
    if len(pair) < 2:
        st.info(
            "The pair of models for this comparison is not in checkpoints/; restore the folder."
        )
        return
    narrow, wide = (encodings_of(model).mu_NZ for model in pair)
    apart = float(np.abs(narrow - wide).max())
    spread = float(narrow.std())
    st.markdown(
        "With σ fixed, D log(σ√2π) is a constant, and what is left is SE / (2σ²) + β KL = "
        "(SE + 2σ²β KL) / (2σ²): **only the product σ²β counts**. σ = 0.2 with β = 1 and σ = 0.4 "
        "with β = ¼ have the same. Below, both were trained from one seed; one loss is a quarter "
        "of the other, and the optimiser, Adam, ignores such a factor. Their latents agree to "
        f"{apart:.2g} at the worst of {len(narrow):,} held-out images, where the cloud's standard "
        f"deviation is {spread:.2f}. So “β = 1” says nothing before σ is named: the popular loss "
        "SE + KL is σ² = ½. With σ learned, β is a knob of its own again."
    )
    shown = slice(None, None, max(1, len(narrow) // _SHOWN))  # the images are sorted by class
    table, planes = st.columns([1, 2], gap="medium")
    show_table(
        [*numbers("σ", "β", "squared error"), *numbers("KL", unit="nats")],
        [
            (
                f"{model.checkpoint.model_config.noise_sd:g}",
                f"{model.checkpoint.train_config.beta:g}",
                f"{measured.squared_error(model):.2f}",
                f"{encodings_of(model).kl_N.mean():.3f}",
            )
            for model in pair
        ],
        about=origins.pair(pair, "Two models of one objective"),
        at=table,
    )
    table.caption("Means over the held-out images; the squared error is summed over pixels.")
    show_chart(
        planes_figure(
            [
                ("σ = 0.2, β = 1", default_plane(narrow[shown])),
                ("σ = 0.4, β = 0.25", default_plane(wide[shown])),
            ],
            encodings_of(pair[0]).label_N[shown],
            pair[0].class_names,
            CLASS_COLOURS,
        ),
        "likelihood_pair",
        about=origins.pair(pair, "Planes of one objective"),
        at=planes,
    )
