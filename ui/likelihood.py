"""Panels of the Likelihood page.

Shape suffixes: G points of a curve, D pixels.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch

from ui import cached, cached_exact, cached_likelihood, widgets
from ui.cached import LoadedModel
from ui.figures.likelihood import (
    grey_pixel_figure,
    pixel_maps_figure,
    shares_figure,
    width_figure,
)
from ui.figures.runs import planes_figure
from ui.palette import CLASS_COLOURS
from ui.text import minus
from vae_core.continuous_bernoulli import continuous_bernoulli_mean, continuous_bernoulli_nll
from vae_core.data import DATASETS
from vae_core.library import list_models
from vae_core.likelihoods import bernoulli_nll, gaussian_parts
from vae_core.projections import default_plane

_STILL = {"displayModeBar": False}
_SIGMAS = np.geomspace(0.02, 1.0, 200)
_PAIR = ("mnist-2d-gaussian-0.2", "mnist-2d-gaussian-0.4")
_ONE_EACH = ("mnist-2d-beta-1", "mnist-2d-continuous-bernoulli", "mnist-2d-gaussian")
_SHOWN = 1000


def on_board(names: tuple[str, ...]) -> list[LoadedModel]:
    """The models of these names that lie on board."""
    entries = {entry.name: entry for entry in list_models("vae") if entry.on_board}
    return [cached.model(entries[name]) for name in names if name in entries]


def pixel_map(loaded: LoadedModel, n: int) -> None:
    """Where in the image the reconstruction term comes from, and that it is a sum."""
    shape = loaded.checkpoint.model_config.image_shape
    nll_D = cached_likelihood.pixel_costs(loaded, n)
    x_D = cached_exact.image(loaded, n)
    mean_D = cached.decode(loaded, cached_exact.encoder_q(loaded, n).mu_Z[None])[0]
    st.plotly_chart(
        pixel_maps_figure(x_D.reshape(shape), mean_D.reshape(shape), nll_D.reshape(shape)),
        config=_STILL,
        key="likelihood_maps",
    )
    dearest = np.sort(nll_D)[::-1]
    half = int(np.searchsorted(np.cumsum(dearest), nll_D.sum() / 2)) + 1
    family = loaded.vae.family
    st.markdown(
        f"**The reconstruction term is the sum of this map: {minus(float(nll_D.sum()), 1)} nats.** "
        f"A pixel costs −log p(x|z) under its own {family.title} distribution, and pixels are "
        f"independent given z, so the logs add up over all {len(nll_D)} of them."
        + (
            f" The {half} dearest pixels make half of it: they lie on the edges of the strokes, "
            "where the model is unsure."
            if nll_D.min() >= 0
            else " Where the density is above 1 the cost is negative: that is no mistake."
        )
    )


def sum_or_mean(loaded: LoadedModel) -> None:
    """The share of either term if pixels are summed, and if they are averaged by mistake."""
    encodings = cached.encodings(loaded)
    nll, kl = float(encodings.reconstruction_nll_N.mean()), float(encodings.kl_N.mean())
    pixels = loaded.checkpoint.model_config.pixels
    words, chart = st.columns([1, 1.2], gap="medium")
    words.markdown(
        f"Many programs **average** the cost over the D = {pixels} pixels and **sum** the KL over "
        "the latent dimensions. Then\n\n"
        f"NLL / {pixels} + KL = (NLL + **{pixels}** · KL) / {pixels},\n\n"
        f"so β = {pixels} has been set without anyone asking for it. For this model: "
        f"{minus(nll, 1)} / {pixels} = {nll / pixels:.3f} nats stand against {kl:.2f} of KL, and "
        "the cheapest thing to do is to let the KL go to zero: **posterior collapse**."
    )
    if nll > 0:
        chart.plotly_chart(
            shares_figure(
                {
                    "sum over pixels (the ELBO)": (nll, kl),
                    f"mean over pixels (β = {pixels})": (nll / pixels, kl),
                }
            ),
            config=_STILL,
            key="likelihood_shares",
        )
    chart.caption(
        "Try it: the Train page has the preset “Mean over pixels by mistake”. Nothing but the "
        "average digit is left."
    )


def grey_pixels() -> None:
    """BCE on a grey pixel is no density; the continuous Bernoulli is."""
    words, chart = st.columns([1, 1.2], gap="medium")
    with words:
        p = st.slider(
            "The decoder's p for one pixel",
            0.02,
            0.98,
            0.3,
            0.02,
            key="likelihood_p",
            help="For a Bernoulli pixel, the probability that it is white.",
        )
    logit = float(np.log(p / (1 - p)))
    x_G = torch.linspace(0, 1, 201, dtype=torch.float64)[:, None]
    logit_G = torch.full_like(x_G, logit)
    continuous_G = torch.exp(-continuous_bernoulli_nll(logit_G, x_G)).numpy()
    bernoulli_G = torch.exp(-bernoulli_nll(logit_G, x_G)).numpy()
    area = float(bernoulli_G[0] / continuous_G[0])
    mean = float(continuous_bernoulli_mean(logit_G[0]))
    words.markdown(
        "A Bernoulli pixel is **black or white**: p and 1 − p add up to 1. Put a grey value x into "
        f"the same formula, and over all greys it adds up to **{area:.3f}**, not 1: no density, "
        "and not a likelihood of anything. Such numbers compare with one another, but not with "
        "log-likelihoods of binary images.\n\n"
        "Two ways out: draw every pixel black or white (binarise), or divide by that area. The "
        "second is the **continuous Bernoulli**. Its mean is not p but "
        f"{mean:.3f}, nearer to one half."
    )
    chart.plotly_chart(
        grey_pixel_figure(x_G[:, 0].numpy(), bernoulli_G, continuous_G, p),
        config=_STILL,
        key="likelihood_grey",
    )


def width(loaded: LoadedModel) -> None:
    """The cost of a Gaussian likelihood as sigma is moved, on this model's own errors."""
    error, pixels = cached_likelihood.squared_error(loaded), loaded.checkpoint.model_config.pixels
    best = float(np.sqrt(error / pixels))
    words, chart = st.columns([1, 1.5], gap="medium")
    with words:
        sigma = st.select_slider(
            "σ",
            [float(f"{value:.3g}") for value in _SIGMAS],
            float(f"{_SIGMAS[130]:.3g}"),
            key="likelihood_sigma",
            help="Standard deviation of every pixel around the decoder's mean; grey values run "
            "from 0 to 1.",
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
        rf"{squares + constant:.1f} \text{{ nats}} \end{{aligned}}"
    )
    words.markdown(
        f"SE = {error:.2f} is this model's squared error, summed over the {pixels} pixels, mean "
        "over the held-out images, z drawn from q. A small σ makes errors dear, a large one makes "
        f"every image unlikely. **The least cost is at σ² = SE / D = {best**2:.4f}, σ = "
        f"{best:.3f}**: the mean squared error. A density may exceed 1, so the cost may be "
        "negative, and the ELBO positive."
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
    chart.plotly_chart(
        width_figure(_SIGMAS, curves[:, 0], curves[:, 1], marks),
        config=_STILL,
        key="likelihood_width",
    )


def exchange() -> None:
    """Two trained models: four times the variance and a quarter of beta are one objective."""
    pair = on_board(_PAIR)
    if len(pair) < 2:
        st.info(
            "The pair of models for this comparison is not in checkpoints/; restore the folder."
        )
        return
    narrow, wide = (cached.encodings(model).mu_NZ for model in pair)
    apart = float(np.abs(narrow - wide).max())
    spread = float(narrow.std())
    st.markdown(
        "SE / (2σ²) + β KL: multiply it by 4, and nothing about its minimum changes. So **σ = 0.2 "
        "with β = 1** and **σ = 0.4 with β = ¼** are one objective. Below, both were trained from "
        f"the same seed: their latents agree to {apart:.2g} at the worst of "
        f"{len(narrow):,} held-out images, where the cloud's standard deviation is {spread:.2f}. "
        "A choice of σ *is* a choice of β; only a likelihood whose σ is right makes β = 1 mean "
        "anything."
    )
    rows = ["| σ | β | squared error | KL, nats |", "|--:|--:|--:|--:|"]
    for model in pair:
        config = model.checkpoint.model_config
        rows.append(
            f"| {config.noise_sd:g} | "
            f"{model.checkpoint.train_config.beta:g} | "
            f"{cached_likelihood.squared_error(model):.2f} | "
            f"{cached.encodings(model).kl_N.mean():.3f} |"
        )
    shown = slice(None, None, max(1, len(narrow) // _SHOWN))  # the images are sorted by class
    table, planes = st.columns([1, 2], gap="medium")
    table.markdown("\n".join(rows))
    table.caption("Means over the held-out images; the squared error is summed over pixels.")
    planes.plotly_chart(
        planes_figure(
            ["σ = 0.2, β = 1", "σ = 0.4, β = 0.25"],
            [default_plane(mu_NZ[shown]) for mu_NZ in (narrow, wide)],
            cached.encodings(pair[0]).label_N[shown],
            DATASETS[pair[0].checkpoint.dataset].class_names,
            CLASS_COLOURS,
        ),
        config=_STILL,
        key="likelihood_pair",
    )


def what_each_says(n: int) -> None:
    """One image, and a draw from p(x|z), under one trained model of each likelihood."""
    models = on_board(_ONE_EACH)
    seed = st.session_state.get("likelihood_draw", 0)
    columns = st.columns(len(models), gap="medium")
    for column, model in zip(columns, models, strict=True):
        q = cached_exact.encoder_q(model, n)
        pictures = np.stack(
            [
                cached_exact.images(model)[n].numpy(),
                cached.decode(model, q.mu_Z[None])[0],
                cached_likelihood.drawn_images(model, (n,), seed)[0],
            ]
        )
        with column:
            st.markdown(f"**{model.vae.family.title}**")
            widgets.show_images(
                pictures,
                model.checkpoint.model_config.image_shape,
                ["image", "mean", "a draw"],
                96,
            )
    st.button("Draw again", icon=":material/casino:", on_click=_draw_again, key="likelihood_again")
    st.caption(
        "“A draw” is an x from p(x|z), for a z from q(z|x). The mean is what other pages show; "
        "the likelihood itself claims the draw, speckle and all, since pixels are independent "
        "given z."
    )


def _draw_again() -> None:
    st.session_state["likelihood_draw"] = st.session_state.get("likelihood_draw", 0) + 1


def comparable() -> None:
    """The same images under each likelihood, in a table that says what may be compared."""
    rows = [
        "| likelihood | pixels | reconstruction NLL | KL | ELBO | a log-probability of |",
        "|:--|:--|--:|--:|--:|:--|",
    ]
    for model in on_board(_ONE_EACH):
        encodings, family = cached.encodings(model), model.vae.family
        nothing = "nothing: grey pixels in a formula for black and white"
        rows.append(
            f"| {family.title} | grey | {minus(float(encodings.reconstruction_nll_N.mean()), 1)} | "
            f"{encodings.kl_N.mean():.1f} | {minus(float(encodings.elbo_N.mean()), 1)} | "
            f"{'a density over grey values' if family.of_grey else nothing} |"
        )
        if not family.of_grey:
            nll, kl = cached_likelihood.binary_terms(model)
            rows.append(
                f"| {family.title} | black and white | {minus(nll, 1)} | {kl:.1f} | "
                f"{minus(-nll - kl, 1)} | black and white images |"
            )
    st.markdown("\n".join(rows))
    st.warning(
        "**Do not compare the rows.** They are nats of different things: probabilities of binary "
        "images, densities over grey values, and a formula that is neither. A density also moves "
        "with the scale of the pixels: grey values from 0 to 255 instead of 0 to 1 take 784 · "
        "log 255 = 4,344 nats off every density. The KL, in the last resort, is the only column "
        "with one meaning.",
        icon=":material/compare_arrows:",
    )
    st.caption(
        "2-D models on board at β = 1, one of each likelihood, on the same held-out images; means "
        "in nats per image."
    )
