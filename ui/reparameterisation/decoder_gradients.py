"""Panel of the Reparameterisation page: the estimators on a trained decoder, for one image."""

from __future__ import annotations

import streamlit as st

from ui.common import controls, links
from ui.common.charts import show_chart
from ui.common.tables import Column, numbers, show_table
from ui.common.text import in_formula, minus
from ui.library.loaded import LoadedModel
from ui.reparameterisation import measured, origins
from ui.reparameterisation.figures import histogram_figure
from ui.reparameterisation.measured import OnDecoder
from ui.reparameterisation.panels import estimate
from vae_core.gradients.estimators import COMPARED
from vae_core.gradients.references import samples_for_equal_error
from vae_core.provenance import Provenance


@links.fragment
def on_decoder(loaded: LoadedModel, image: int) -> None:
    """Histograms of single-draw gradients of the reconstruction term, and what they are worth."""
    result = measured.on_decoder(loaded, image)
    _gradient_in_numbers(result, loaded.checkpoint.record.beta)
    words, picture = st.columns([1, 2.1], gap="medium")
    with words:
        one_scale = controls.toggle(
            "One scale for all",
            key="decoder_scale",
            help="On: the rows can be compared, but the narrow ones are hardly seen. Off: each "
            "row has the scale that suits it.",
        )
        _worth(result)
    with picture:
        show_chart(
            histogram_figure(
                result.scatters, result.exact.value, "nats per unit of μ₁", one_scale=one_scale
            ),
            "decoder_histogram",
            about=origins.on_decoder(loaded, image, "Gradients on the decoder: histograms"),
        )
    about = origins.on_decoder(loaded, image, "Gradients on the decoder: estimators")
    _show_estimators(result, about)
    st.caption(
        f"f(z) = −log p(x|z), the reconstruction NLL of this image, in nats; "
        f"{measured.DECODER_DRAWS:,} draws of ε, the same for every row, b as above; ± is "
        "the standard error. The histograms hold the middle 99% of the draws."
    )


def _gradient_in_numbers(result: OnDecoder, beta: float) -> None:
    """The loss's gradient: the part that must be estimated, and the KL's own."""
    exact, mu = result.exact, result.mu
    st.markdown(
        f"For this image the encoder says μ₁ = {minus(mu)} and σ₁ = {result.sigma:.3f}, the first "
        "dimension of q. Should training move μ₁? The slope of the loss that was trained, the "
        f"reconstruction NLL plus β = {beta:g} times the KL, has two parts:"
    )
    st.latex(
        r"\frac{\partial\,\text{loss}}{\partial\mu_1} = "
        r"\underbrace{\frac{\partial}{\partial\mu_1}\mathbb E_q[-\log p(x|z)]}"
        rf"_{{{in_formula(exact.value, 2)}\text{{, to be estimated from draws}}}} + "
        r"\underbrace{\beta\,\frac{\partial}{\partial\mu_1}\mathrm{KL}[q \,\|\, p(z)]}"
        rf"_{{\beta\mu_1 = {in_formula(beta * mu, 2)}\text{{, closed form}}}} = "
        rf"{in_formula(exact.value + beta * mu, 2)}"
    )
    if exact.error == 0:
        how = (
            "is a weighted sum over a fixed grid of z here (Gauss-Hermite quadrature), which only "
            "few dimensions allow"
        )
    else:
        how = (
            f"is the mean of the pathwise draws here, ± {minus(exact.error, 2)}: with more than "
            "two dimensions there is no quadrature"
        )
    st.caption(
        f"Nats per unit of μ₁; a positive slope says that μ₁ should fall. The first part {how}. "
        "The second needs no draw, so the estimators differ in the first alone. The slope looks "
        f"steep because q is only σ₁ = {result.sigma:.3f} wide: moving μ₁ by one σ₁ changes the "
        f"loss by {minus(abs(exact.value + beta * mu) * result.sigma, 1)} nats. It is not 0, "
        "because the image was held out and one encoder serves all images."
    )


def _show_estimators(result: OnDecoder, about: Provenance) -> None:
    rows = []
    one_draw = ("∂f/∂z₁", "f(z) · ε₁/σ₁", "(f(z) − b) · ε₁/σ₁")
    for name, formula in zip(COMPARED, one_draw, strict=True):
        scatter = result.scatters[name]
        deviation = minus(scatter.deviation, 2, grouped=True)
        rows.append((name, formula, estimate(scatter.mean), deviation, _draws(result, name)))
    show_table(
        [
            *(Column(title) for title in ("estimator", "one draw gives")),
            *numbers("mean", "standard deviation", "draws for equal error"),
        ],
        rows,
        about=about,
    )


def _draws(result: OnDecoder, name: str) -> str:
    """How many draws do what one pathwise draw does."""
    path = result.scatters["pathwise"].variance
    count = samples_for_equal_error(result.scatters[name].variance, path)
    # Two digits are what a few thousand draws can tell.
    return minus(count, 1) if count < 10 else minus(float(f"{count:.2g}"), 0, grouped=True)


def _worth(result: OnDecoder) -> None:
    if result.scatters["pathwise"].variance == 0:
        st.markdown("**Draws for equal error.** Every pathwise draw gives the same slope here.")
        return
    _, plain, with_baseline = (_draws(result, name) for name in COMPARED)
    st.markdown(
        f"**Draws for equal error.** To know this slope as well as from one pathwise draw, the "
        f"score function needs about **{plain}** draws, each with its own pass through the "
        f"decoder; with the baseline about **{with_baseline}**."
    )
    plain_deviation = result.scatters[COMPARED[1]].deviation
    st.caption(
        f"Why so many? f is about {minus(result.value.value, 0)} nats whatever ε is, and the score "
        "function multiplies all of it by ε/σ₁: "
        f"{minus(abs(result.value.value), 0)} / {result.sigma:.3f} = "
        f"{minus(abs(result.value.value) / result.sigma, 0, grouped=True)}, and its standard "
        f"deviation is {minus(plain_deviation, 0, grouped=True)}. It is not biased, only noisy. "
        "The baseline takes off what does not change. But it has thousands of draws of this one "
        "image to average; training has one draw an image, and must find its b elsewhere: see "
        "below."
    )
