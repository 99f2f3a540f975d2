"""Panels of the Likelihood page.

Shape suffixes: G points of a curve, D pixels.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch

from ui.common import controls, links
from ui.common.charts import show_chart
from ui.common.draw_again import draw_again
from ui.common.pictures import show_images
from ui.common.tables import Column, numbers, show_table
from ui.common.text import minus
from ui.library.chooser import load_each
from ui.library.loaded import (
    LoadedModel,
    can_compare_binary,
    decode,
    encoder_q,
    encodings_of,
    image_of,
    images_of,
)
from ui.likelihood import measured, origins
from ui.likelihood.figures import grey_pixel_figure, pixel_maps_figure, shares_figure
from vae_core.likelihoods import bernoulli_nll
from vae_core.likelihoods.continuous_bernoulli import (
    continuous_bernoulli_mean,
    continuous_bernoulli_nll,
)
from vae_core.provenance import Unmeasured
from vae_core.storage.library import list_models

_ONE_EACH = ("mnist-2d-beta-1", "mnist-2d-continuous-bernoulli", "mnist-2d-gaussian")
_NOTHING = 0.05  # nats: less is printed as none


def bundled(names: tuple[str, ...]) -> list[LoadedModel]:
    """The bundled models of these names."""
    entries = {entry.name: entry for entry in list_models("vae") if entry.bundled}
    return load_each(entries[name] for name in names if name in entries)


def formulas() -> None:
    """What a pixel costs, for each kind of decoder output."""
    titles = ("the decoder gives, for each pixel d", "its cost −log p(x_d|z)", "known as")
    show_table(
        [Column(title) for title in titles],
        [
            (
                "**Bernoulli:** a probability p",
                "−x log p − (1 − x) log(1 − p)",
                "cross-entropy, BCE",
            ),
            ("**continuous Bernoulli:** p", "the same + log of an area, see below", ""),
            (
                "**Gaussian:** a mean m, and one σ for all",
                "(x − m)² / (2σ²) + log(σ√2π)",
                "squared error, MSE",
            ),
        ],
        about=Unmeasured("What a pixel costs", "These are definitions; nothing was measured."),
    )


def pixel_map(loaded: LoadedModel, image: int) -> None:
    """Where in the image the reconstruction term comes from, and that it is a sum."""
    shape = loaded.image_shape
    nll_D = measured.pixel_costs(loaded, image)
    x_D = image_of(loaded, image)
    mean_D = decode(loaded, measured.posterior_mean(loaded, image)[None])[0]
    show_chart(
        pixel_maps_figure(x_D.reshape(shape), mean_D.reshape(shape), nll_D.reshape(shape)),
        "likelihood_maps",
        about=origins.pixel_map(loaded, image),
    )
    most_first = np.sort(nll_D)[::-1]
    half = int(np.searchsorted(np.cumsum(most_first), nll_D.sum() / 2)) + 1
    family = loaded.vae.family
    st.markdown(
        f"**The reconstruction term is the sum of this map: {minus(float(nll_D.sum()), 1)} nats.** "
        f"Given z the pixels are independent, so log p(x|z) is a sum over all {len(nll_D)} of "
        f"them, each under its own {family.title} distribution. The map is a mean over "
        f"{measured.DRAWS} draws z ~ q(z|x); the picture beside it is decoded from their "
        "mean, z = μ."
        + (
            f" The {half} most expensive pixels make half of it: mostly edges, where p is near "
            "one half, and pixels that the model has wrong."
            if nll_D.min() >= 0
            else " Where the density is above 1 the cost is negative: that is no mistake."
        )
        + (
            " The image is black and white because a Bernoulli pixel can be nothing else: each was "
            "drawn white with its grey value for probability."
            if can_compare_binary(loaded)
            else ""
        )
    )


def sum_or_mean(loaded: LoadedModel) -> None:
    """The share of either term if pixels are summed, and if they are averaged by mistake."""
    encodings = encodings_of(loaded)
    nll, kl = float(encodings.reconstruction_nll_N.mean()), float(encodings.kl_N.mean())
    pixels = loaded.checkpoint.model_config.pixels
    words, chart = st.columns([1, 1.2], gap="medium")
    words.markdown(
        f"Many programs **average** the cost over the D = {pixels} pixels and **sum** the KL over "
        "the latent dimensions. Then\n\n"
        f"NLL / {pixels} + KL = (NLL + **{pixels}** · KL) / {pixels},\n\n"
        f"so β = {pixels} has been set without anyone asking for it. In PyTorch "
        '`F.binary_cross_entropy` and `F.mse_loss` average unless told `reduction="sum"`.'
        + _what_z_is_worth(loaded, nll, kl)
    )
    if nll > 0:
        show_chart(
            shares_figure(
                {
                    "sum over pixels (the ELBO)": (nll, kl),
                    f"mean over pixels (β = {pixels})": (nll / pixels, kl),
                }
            ),
            "likelihood_shares",
            about=origins.shares(loaded),
            at=chart,
        )
    chart.caption(
        "Try it: the Train page has the preset “Mean over pixels by mistake”. Nothing but the "
        "average digit is left."
    )


def _what_z_is_worth(loaded: LoadedModel, nll: float, kl: float) -> str:
    """What the KL buys, in a sum and in a mean; for the likelihood that has a known alternative."""
    if not can_compare_binary(loaded):
        return ""
    average, pixels = measured.average_image_nll(loaded.dataset), loaded.vae.config.pixels
    saved = average - nll
    here = f"\n\nHere z costs {minus(kl, 2)} nats of KL and "
    without = f"the average image alone, without any z, has {minus(average, 1)}."
    if saved < _NOTHING:
        return (
            f"{here}saves nothing of reconstruction, {minus(nll, 1)} nats: {without} This decoder "
            "makes no use of z."
        )
    pays = "that pays" if saved > kl else "that does not pay"
    return (
        f"{here}saves {minus(saved, 1)} of reconstruction: {without} In a sum {pays}. In a mean it "
        f"saves {minus(saved, 1)} / {pixels} = {minus(saved / pixels, 2)} and costs {minus(kl, 2)}"
        + (
            ", so the best thing to do is to drop z: **posterior collapse**."
            if saved / pixels < kl
            else "."
        )
    )


@links.fragment
def grey_pixels() -> None:
    """BCE on a grey pixel is no density; the continuous Bernoulli is."""
    words, chart = st.columns([1, 1.2], gap="medium")
    p = controls.slider(
        "The decoder's output for one pixel, p",
        0.02,
        0.98,
        0.3,
        0.02,
        key="likelihood_p",
        at=words,
        help="For a Bernoulli pixel, the probability that it is white. Not the p of p(x|z), which "
        "is a distribution of whole images.",
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
        "the formula, and exp(−cost) adds up over all greys to an area of "
        f"**{area:.3f}**, not 1: it is no density of grey values. (The cost is the mean over a "
        "pixel drawn white with probability x.) Such numbers are comparable with one another, but "
        "not with log-likelihoods of binary images.\n\n"
        "Two ways out: draw every pixel black or white (binarise), or divide by that area. The "
        "second is the **continuous Bernoulli**. The area changes with p, so this changes what is "
        f"learned: p is no longer the mean. The mean is {mean:.3f}"
        + (
            ", nearer to one half than p."
            if abs(p - 0.5) > 1e-9
            else ", as p: at one half they agree."
        )
    )
    show_chart(
        grey_pixel_figure(x_G[:, 0].numpy(), bernoulli_G, continuous_G, area, p, mean),
        "likelihood_grey",
        about=Unmeasured("A grey pixel", "Closed forms of the p and x of the sliders."),
        at=chart,
    )


def what_each_says(loaded: LoadedModel, image: int) -> None:
    """An image, and a draw from p(x|z), under one trained model of each likelihood."""
    models = bundled(_ONE_EACH)
    if any(model.dataset != loaded.dataset for model in models):
        image = 0
        st.caption("These models know MNIST: its first held-out image, not the one chosen above.")
    above = st.container()
    seed = draw_again("likelihood_again")
    columns = above.columns(len(models), gap="medium")
    for column, model in zip(columns, models, strict=True):
        q = encoder_q(model, image)
        pictures = np.stack(
            [
                images_of(model)[image].numpy(),
                decode(model, q.mu_Z[None])[0],
                measured.drawn_images(model, (image,), seed)[0],
            ]
        )
        with column:
            st.markdown(f"**{model.vae.family.title}**")
            show_images(
                pictures,
                model.image_shape,
                ["image", "mean", "a draw"],
                96,
            )
    st.caption(
        "“A draw” is an x from p(x|z), for a z from q(z|x). The mean is what other pages show; "
        "the likelihood itself claims the draw, speckle and all, since pixels are independent "
        "given z. Gaussian draws below 0 or above 1 are shown black or white; the mean of a "
        "continuous Bernoulli stays above black however small its p."
    )


def comparable() -> None:
    """The same images under each likelihood, in a table that says what may be compared."""
    rows = []
    for model in bundled(_ONE_EACH):
        encodings, family = encodings_of(model), model.vae.family
        nothing = "nothing: a mean over random black and white versions"
        means = (encodings.reconstruction_nll_N, encodings.kl_N, encodings.elbo_N)
        rows.append(
            (
                family.title,
                "grey",
                *(minus(float(value_N.mean()), 1) for value_N in means),
                "a density over grey values" if family.of_grey else nothing,
            )
        )
        if not family.of_grey:
            nll, kl = measured.binary_terms(model)
            terms = (minus(value, 1) for value in (nll, kl, -nll - kl))
            rows.append((family.title, "black and white", *terms, "black and white images"))
    show_table(
        [
            *(Column(title) for title in ("likelihood", "pixels")),
            *numbers("reconstruction NLL", "KL", "ELBO"),
            Column("a log-probability of"),
        ],
        rows,
        about=origins.comparable(bundled(_ONE_EACH)),
    )
    st.warning(
        "**Not comparable across kinds.** A probability of black and white images and a density "
        "over grey values are different things. The two densities are comparable with one "
        "another, on the same scale of the pixels; the continuous Bernoulli wins mostly on the "
        "black background. That scale matters: with grey values from 0 to 255 instead of 0 to 1 "
        "each loses 784 · log 255 = 4,344 nats. The KL means the same in every row: what z tells "
        "about x, against the prior.",
        icon=":material/compare_arrows:",
    )
    st.caption(
        "2-D models bundled with the app at β = 1, one of each likelihood, on the same held-out "
        "images; means in nats per image."
    )
