"""Panels of the Surgery page: what the KL term is made of, and what it prevents."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cached, cached_surgery, family
from ui.cached import LoadedModel
from ui.figures.surgery import (
    densities_figure,
    dimensions_figure,
    family_figure,
    waterfall_figure,
)
from vae_core.overlap import Estimate
from vae_core.pictures import to_png
from vae_core.surgery import aggregate_samples

_STILL = {"displayModeBar": False}
_SHOWN = 20
_REACH = 3.5  # of the plane that is drawn, in standard deviations of the prior


def waterfall(loaded: LoadedModel) -> None:
    """The mean ELBO as three parts, each with its Monte Carlo error."""
    parts = cached_surgery.operation(loaded)
    information, marginal = parts.mutual_information, parts.marginal_kl
    st.latex(
        r"\text{mean KL} = \underbrace{\tfrac1N \sum_n \mathrm{KL}[q(z|x_n) \,\|\, p(z)]}_{"
        + f"{parts.kl:.3f}"
        + r"} = \underbrace{\mathrm{MI}(n;z)}_{"
        + f"{information.value:.3f}"
        + r"} + \underbrace{\mathrm{KL}[q(z) \,\|\, p(z)]}_{"
        + f"{marginal.value:.3f}"
        + "}"
    )
    chart, words = st.columns([1.3, 1], gap="medium")
    chart.plotly_chart(
        waterfall_figure(-parts.reconstruction_nll.value, information.value, marginal.value),
        config=_STILL,
        key="surgery_waterfall",
    )
    rest = parts.kl - information.value - marginal.value
    error = float(np.hypot(information.error, marginal.error))
    words.markdown(
        f"- **MI(n;z)** {_nats(information)}: what z tells about which image it came from, "
        f"{information.value / parts.log_images:.0%} of log N = {parts.log_images:.2f}.\n"
        f"- **KL[q(z) || p(z)]** {_nats(marginal)}: how far the clouds of all images together "
        "are from the prior.\n"
        f"- **Reconstruction NLL** {_nats(parts.reconstruction_nll)}."
    )
    words.caption(
        f"The mean KL is in closed form; the other two are Monte Carlo means over "
        f"{cached_surgery.DRAWS} draws of z for each of the {parts.images:,} held-out images, "
        f"against all images. They miss the sum by {abs(rest):.3f} (standard errors ± {error:.3f})."
        " Nats per image."
    )


def _nats(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ± {estimate.error:.3f}"


def against_the_prior(loaded: LoadedModel) -> None:
    """q(z) against p(z): densities where they can be drawn, holes, and samples of each."""
    if loaded.checkpoint.model_config.latent_dim == 2:
        window = (-_REACH, _REACH, -_REACH, _REACH)
        st.plotly_chart(
            densities_figure(*cached_surgery.densities(loaded, window), window),
            config=_STILL,
            key="surgery_densities",
        )
        st.caption(
            "Blue on the right: a hole, where the prior draws but hardly any image is encoded. "
            "Red: more images than the prior allows for. Densities are means over each cell."
        )
    else:
        _dimensions(loaded)
    _samples(loaded)


def _dimensions(loaded: LoadedModel) -> None:
    split, encoded = cached_surgery.marginal_split(loaded), cached.encodings(loaded)
    order = np.argsort(-encoded.kl_Z, kind="stable")
    own = split.dimension_kl_Z
    chart, words = st.columns([1.6, 1], gap="medium")
    chart.plotly_chart(
        dimensions_figure(
            [one.value for one in own], [one.error for one in own], encoded.kl_Z.tolist()
        ),
        config=_STILL,
        key="surgery_dimensions",
    )
    total = sum(one.value for one in own)
    words.markdown(
        f"With {len(own)} dimensions q(z) cannot be drawn; its distance from the prior splits "
        "once more:\n"
        f"- **total correlation** {_nats(split.total_correlation)}: how far the dimensions depend "
        "on each other, KL[q(z) || ∏ q(z_j)];\n"
        f"- **dimensions on their own** {total:.3f}, the sum of the orange bars.\n\n"
        f"z{order[0] + 1} carries most, z{order[-1] + 1} least."
    )
    words.caption(
        "Estimator: Monte Carlo over 1,000 draws z ~ q(z), every density a sum over all held-out "
        "images (no minibatch). Nats; ± and bars are standard errors."
    )


def _samples(loaded: LoadedModel) -> None:
    encoded, holes = cached.encodings(loaded), cached_surgery.holes(loaded)
    shape = loaded.checkpoint.model_config.image_shape
    st.markdown(
        f"**{holes.share.value:.1%} ± {holes.share.error:.1%} of the prior lies in holes**, where "
        f"q(z) is less than a tenth of p(z)."
    )
    st.caption(
        f"q(z) is the mixture of {len(encoded.label_N):,} posteriors; where these are narrow, more "
        "images would close some of the gaps between them. Share from "
        f"{len(holes.z_SZ):,} draws of the prior."
    )
    rows = [
        (
            "drawn from q(z): where images are",
            aggregate_samples(encoded.mu_NZ, encoded.logvar_NZ, _SHOWN),
        ),
        ("drawn from the prior p(z)", holes.z_SZ[:_SHOWN]),
        ("drawn from the prior, only those in a hole", holes.z_SZ[holes.inside_S][:_SHOWN]),
    ]
    for column, (title, z_PZ) in zip(st.columns(3, gap="medium"), rows, strict=True):
        with column:
            if len(z_PZ):
                st.image(
                    to_png(cached.decode(loaded, z_PZ), shape, columns=10, scale=3),
                    width="stretch",
                    caption=title,
                )
            else:
                st.caption(f"No draw of {len(holes.z_SZ):,} lies in a hole.")


def what_it_prevents() -> None:
    """The family of models that differ in beta alone, cut the same way."""
    models = family.beta_family()
    parts = [cached_surgery.operation(model) for model in models]
    st.plotly_chart(
        family_figure(
            [family.beta_of(model) for model in models],
            [one.reconstruction_nll.value for one in parts],
            [one.mutual_information.value for one in parts],
            [one.marginal_kl.value for one in parts],
            parts[0].log_images,
        ),
        config=_STILL,
        key="surgery_family",
    )
    reference = next((model for model in models if family.beta_of(model) == 1), models[-1])
    off, on = parts[0], parts[models.index(reference)]
    st.markdown(
        f"**Without the KL term (β = {family.beta_of(models[0]):g}) the encoder memorises.** z "
        f"tells the image almost surely: MI(n;z) = {off.mutual_information.value:.3f} ± "
        f"{off.mutual_information.error:.3f} of log N = {off.log_images:.3f} nats. What that "
        f"costs is KL[q(z) || p(z)] = {off.marginal_kl.value:.0f} nats: the codes lie far outside "
        "the prior, so its samples are off the data. It buys little: images it has not seen are "
        f"reconstructed at {off.reconstruction_nll.value:.1f} nats, against "
        f"{on.reconstruction_nll.value:.1f} at β = {family.beta_of(reference):g}."
    )
    errors = [
        max(one.mutual_information.error, one.marginal_kl.error, one.reconstruction_nll.error)
        for one in parts
    ]
    st.caption(
        f"Nats per image over the {off.images:,} held-out images, the same for every model; the "
        f"largest Monte Carlo standard error is {max(errors):.2f}. Grey pixels are compared with a "
        "Bernoulli likelihood, so these numbers compare with one another, not with those of binary "
        "images."
    )
