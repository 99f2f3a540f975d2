"""Panels of the KL switch page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ui.common.charts import show_chart
from ui.common.pictures import show_images
from ui.common.tables import numbers, show_table
from ui.common.text import minus
from ui.kl_switch import origins
from ui.kl_switch.figures import linear_figure, rate_distortion_figure
from ui.library.beta_family import beta_of, summarise
from ui.library.loaded import (
    LoadedModel,
    decode,
    encodings_of,
    held_out,
    principal_variances,
)
from ui.plane.places import Place
from vae_core.web.specs import Marker


def markers(pair: Sequence[LoadedModel], place: Place | None) -> list[Marker]:
    """Pins for a chosen place: an image where each model puts it, else the same z in both."""
    if place is None:
        return []
    if place.image is None:
        return [Marker(place.x, place.y, "")]
    means = [encodings_of(model).mu_NZ[place.image] for model in pair]
    return [Marker(float(x), float(y), "", plane=pane) for pane, (x, y) in enumerate(means)]


def show_place(family: list[LoadedModel], place: Place) -> None:
    """A clicked image reconstructed by every model, or a clicked z decoded by every model."""
    betas = [f"β = {beta_of(model):g}" for model in family]
    if place.image is None:
        st.markdown(f"**z = ({minus(place.x, 2)}, {minus(place.y, 2)}) decoded under every β**")
        z_12 = np.array([[place.x, place.y]])
        pictures, captions = [decode(model, z_12)[0] for model in family], betas
    else:
        images = held_out(family[0].dataset)
        st.markdown(f"**Image {place.image} decoded from its posterior mean under every β**")
        means = [encodings_of(model).mu_NZ[place.image] for model in family]
        pictures = [images.x_ND[place.image].numpy()] + [
            decode(model, mean_Z[None])[0] for model, mean_Z in zip(family, means, strict=True)
        ]
        captions = ["the image", *betas]
    shape = family[0].image_shape
    show_images(np.stack(pictures), shape, captions, 84)


def show_family(family: list[LoadedModel], shown: tuple[float, ...]) -> None:
    """The whole family as a table, the rows on screen in bold, and as points on a chart."""
    summaries = [summarise(model) for model in family]
    show_table(
        [*numbers("β", "reconstruction NLL", "KL", "ELBO at β = 1", "active dimensions")],
        [
            (
                f"{row.beta:g}",
                *(minus(value, 1) for value in (row.reconstruction_nll, row.kl, row.elbo)),
                f"{row.active} of {loaded.latent_dim}",
            )
            for loaded, row in zip(family, summaries, strict=True)
        ],
        about=origins.family(family),
        bold_rows=[place for place, row in enumerate(summaries) if row.beta in shown],
    )
    show_chart(
        rate_distortion_figure(
            [row.kl for row in summaries],
            [row.reconstruction_nll for row in summaries],
            [row.beta for row in summaries],
        ),
        "kl_switch_family",
        about=origins.rate_distortion(family),
    )


def show_linear(loaded: LoadedModel, beta: float) -> None:
    """The same trade for the same images in a model whose optimum is a formula."""
    variances_I = principal_variances(loaded.dataset)
    noise_variance = float(variances_I[2:].mean())  # what maximum likelihood gives two latents
    words, chart = st.columns([1, 1.3], gap="medium")
    words.markdown(
        "A **linear** encoder and decoder with a Gaussian likelihood have an exact optimum for "
        "every β: a direction of the data either keeps an error of β σ² or is given up. It is "
        "given up at β = λ / σ², with λ its variance over the images: that is posterior collapse, "
        "as a formula.\n\n"
        f"Here λ₁ = {variances_I[0]:.2f}, λ₂ = {variances_I[1]:.2f} and σ² = {noise_variance:.4f} "
        f"(the mean of the other {len(variances_I) - 2} variances), from the held-out images. Its "
        "nats are those of a density: they are not comparable with the Bernoulli numbers above."
    )
    show_chart(
        linear_figure(variances_I, noise_variance, beta),
        "linear_figure",
        about=origins.linear(loaded),
        at=chart,
    )


def what_to_look_at(loaded: LoadedModel) -> str:
    """One plain sentence on the pair of planes, by what became of the model on the right."""
    row = summarise(loaded)
    without = (
        "Without the KL term (left) the cloud is many times wider than the prior (each plane has a "
        "scale of its own), with gaps where the decode is rubbish. Samples from the prior fall "
        "into its crowded middle alone: some digits come again and again, many are mixtures. "
    )
    lost = loaded.latent_dim - row.active
    if lost:
        return without + (
            f"At β = {row.beta:g} (right) the term is so strong that the encoder gave a dimension "
            "up: move across the band and nothing changes."
        )
    if row.beta < 1:
        return without + (
            f"At β = {row.beta:g} (right) a weak term already pulls the cloud together, towards "
            "the dashed circle that holds 86% of the prior."
        )
    return without + (
        f"With it (right, β = {row.beta:g}) the cloud fills the unit Gaussian, so every place "
        "decodes to a digit; the price is that the classes overlap."
    )
