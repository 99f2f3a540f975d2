"""Panels of the Surgery page: what the KL term is made of, and what it prevents."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from ui.common.charts import show_chart
from ui.common.text import in_formula, minus, with_error
from ui.library.beta_family import beta_family, beta_of
from ui.library.chooser import what_nats_mean
from ui.library.loaded import LoadedModel, decode, encodings_of, samples_from_prior
from ui.surgery import measured, origins
from ui.surgery.figures import densities_figure, dimensions_figure, family_figure, waterfall_figure
from vae_core.aggregate.surgery import aggregate_samples
from vae_core.pictures.image_files import to_png
from vae_core.statistics import Estimate
from vae_core.storage.measured import SURGERY_DRAWS

_SHOWN = 20
_REACH = 3.5  # of the plane that is drawn, in standard deviations of the prior


def waterfall(loaded: LoadedModel) -> None:
    """The mean ELBO as three parts, each with its Monte Carlo error."""
    parts = measured.operation(loaded)
    information, marginal = parts.mutual_information, parts.marginal_kl
    st.markdown(
        f"Pick one of the N = {parts.images:,} held-out images at random, the number n, then draw "
        "z ~ q(z|xₙ). All these z together have the density q(z) = (1/N) Σₙ q(z|xₙ), the "
        "**aggregate posterior**. The **mutual information** MI(n;z), the mean of log q(z|xₙ) − "
        "log q(z), is how much z tells about n: 0 if all clouds are the same, log N if every z "
        "gives its image away."
    )
    st.latex(
        r"\text{mean KL} = \underbrace{\tfrac1N \sum_n \mathrm{KL}[q(z|x_n) \,\|\, p(z)]}_{"
        + in_formula(parts.kl, 2)
        + r"} = \underbrace{\mathrm{MI}(n;z)}_{"
        + in_formula(information.value, 2)
        + r"} + \underbrace{\mathrm{KL}[q(z) \,\|\, p(z)]}_{"
        + in_formula(marginal.value, 2)
        + "}"
    )
    st.caption(
        f"Nats per image. Left: in closed form, {minus(parts.kl)}. Right: from {SURGERY_DRAWS} "
        f"draws of z for each image, against all images, together {_nats(parts.sampled_kl)} (log "
        "q(z) cancels in that sum: it tests the draws, not the mixture)."
    )
    chart, words = st.columns([1.3, 1], gap="medium")
    show_chart(
        waterfall_figure(
            -parts.reconstruction_nll.value, information.value, marginal.value, parts.elbo
        ),
        "surgery_waterfall",
        about=origins.waterfall(loaded),
        at=chart,
    )
    nll = parts.reconstruction_nll
    told = _what_that_tells(information, parts.log_images)
    log_likelihood = Estimate(-nll.value, nll.error)
    words.markdown(
        f"- **Reconstruction** E[log p(x|z)] = {_nats(log_likelihood)}; its negative is the NLL, "
        "the negative log-likelihood.\n"
        f"- **MI(n;z)** {_nats(information)}{told}. The most there is to "
        f"tell is log N = {parts.log_images:.2f}; what is missing is the overlap of the clouds.\n"
        f"- **KL[q(z) || p(z)]** {_nats(marginal)}: how far the clouds of all images together "
        "are from the prior."
    )
    words.caption(what_nats_mean(loaded))


def _what_that_tells(information: Estimate, log_images: float) -> str:
    """How many images it tells apart, unless draws leave it open whether it tells anything."""
    if information.value <= 2 * information.error:
        return ", which is none within its error: z does not tell the images apart"
    most = min(information.value, log_images)  # of a diverged model the draws say more
    return f": as much as it takes to single out one of {math.exp(most):,.0f} equally likely images"


def _nats(estimate: Estimate) -> str:
    return with_error(estimate.value, estimate.error)


def against_the_prior(loaded: LoadedModel) -> None:
    """q(z) against p(z): densities where they can be drawn, holes, and samples of each."""
    if loaded.latent_dim == 2:
        window = (-_REACH, _REACH, -_REACH, _REACH)
        show_chart(
            densities_figure(*measured.densities(loaded, window), window),
            "surgery_densities",
            about=origins.densities(loaded),
        )
        st.caption(
            "The dashed circle holds 99% of the prior. Dark blue within it is a hole: the prior "
            "draws there, but hardly any image is encoded. Red: more images than the prior allows "
            "for. The left two share one scale, which ends at twice the prior's peak; densities "
            "are means over each cell."
        )
    else:
        _dimensions(loaded)
    _samples(loaded)


def _dimensions(loaded: LoadedModel) -> None:
    split, encoded = measured.marginal_split(loaded), encodings_of(loaded)
    order = np.argsort(-encoded.kl_Z, kind="stable")
    own = split.dimension_kl_Z
    chart, words = st.columns([1.6, 1], gap="medium")
    show_chart(
        dimensions_figure(
            [one.value for one in own], [one.error for one in own], encoded.kl_Z.tolist()
        ),
        "surgery_dimensions",
        about=origins.dimensions(loaded),
        at=chart,
    )
    total = sum(one.value for one in own)
    words.markdown(
        f"With {len(own)} dimensions q(z) cannot be drawn; its distance from the prior splits "
        "once more:\n"
        f"- **total correlation** {_nats(split.total_correlation)}: how far the dimensions depend "
        "on each other, KL[q(z) || ∏ q(z_j)];\n"
        f"- **dimensions on their own** {minus(total)}, the sum of their bars.\n\n"
        f"z{order[0] + 1} has the largest mean KL, z{order[-1] + 1} the smallest. Grey less "
        "the other bar is what a dimension alone tells about the image, MI(n;z_j)."
    )
    words.caption(
        "Estimator: Monte Carlo over 1,000 draws z ~ q(z), every density a sum over all held-out "
        "images (no minibatch). Nats; ± and bars are standard errors."
    )


def _samples(loaded: LoadedModel) -> None:
    encoded, holes = encodings_of(loaded), measured.holes(loaded)
    shape = loaded.image_shape
    st.markdown(
        f"**{holes.share.value:.1%} ± {holes.share.error:.1%} of the prior lies in holes**, where "
        f"q(z) is less than a tenth of p(z)."
    )
    st.caption(
        f"Share from {len(holes.z_SZ):,} draws of the prior. q(z) is the mixture of "
        f"{len(encoded.label_N):,} posteriors of images that the decoder was not trained on, so "
        "some of these holes were filled in training: what is decoded there is a clean digit. In "
        "the others nothing ever asked the decoder for anything."
    )
    rows = [
        (
            "Drawn from q(z): where images are.",
            aggregate_samples(encoded.mu_NZ, encoded.logvar_NZ, _SHOWN),
        ),
        ("Drawn from the prior p(z).", holes.z_SZ[:_SHOWN]),
        ("Drawn from the prior, only those in a hole.", holes.z_SZ[holes.inside_S][:_SHOWN]),
    ]
    for title, z_PZ in rows:
        if len(z_PZ):
            st.image(
                to_png(decode(loaded, z_PZ), shape, columns=_SHOWN, scale=3),
                width="stretch",
                caption=title,
            )
        else:
            st.caption(f"No draw of {len(holes.z_SZ):,} lies in a hole.")


def what_it_prevents() -> None:
    """The family of models that differ in beta alone, cut the same way."""
    models = beta_family()
    parts = [measured.operation(model) for model in models]
    st.markdown(
        "β is the weight of the KL term in training. The models of this family share data, seed, "
        "network and recipe, and differ in β alone; which model is chosen in the sidebar does not "
        "matter here."
    )
    show_chart(
        family_figure(
            [beta_of(model) for model in models],
            [one.reconstruction_nll.value for one in parts],
            [one.mutual_information.value for one in parts],
            [one.marginal_kl.value for one in parts],
            parts[0].log_images,
        ),
        "surgery_family",
        about=origins.family(models),
    )
    reference = next((model for model in models if beta_of(model) == 1), models[-1])
    off, on = parts[0], parts[models.index(reference)]
    strongest, without = parts[-1], beta_of(models[0])
    st.markdown(
        f"**Without the KL term (β = {without:g}) the code memorises which image it was:** every "
        f"image gets a place of its own, MI(n;z) = {off.mutual_information.value:.3f} of at most "
        f"{off.log_images:.3f} nats. Nothing keeps the codes near the prior, KL[q(z) || p(z)] = "
        f"{off.marginal_kl.value:.0f} nats, so its draws miss them. For images it was not trained "
        f"on this buys little: a reconstruction NLL of {off.reconstruction_nll.value:.1f} nats, "
        f"against {on.reconstruction_nll.value:.1f} at β = {beta_of(reference):g}.\n\n"
        f"**Too strong a term (β = {beta_of(models[-1]):g}) is posterior collapse:** "
        f"MI(n;z) = {strongest.mutual_information.value:.2f} nats, z says next to nothing, and the "
        f"reconstruction NLL is {strongest.reconstruction_nll.value:.1f}."
    )
    for model in (models[0], reference):
        st.image(
            to_png(
                samples_from_prior(model, _SHOWN, seed=0),
                model.image_shape,
                columns=_SHOWN,
                scale=3,
            ),
            width="stretch",
            caption=f"Drawn from the prior, β = {beta_of(model):g}; both rows are of the same z.",
        )
    errors = [
        max(one.mutual_information.error, one.marginal_kl.error, one.reconstruction_nll.error)
        for one in parts
    ]
    st.caption(
        f"Nats per image over the {off.images:,} held-out images, the same for every model; the "
        f"largest Monte Carlo standard error is {max(errors):.2f}. " + what_nats_mean(models[0])
    )
