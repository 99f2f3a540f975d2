"""Panels of the Reparameterisation page: the two graphs, z on q, and the toy."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.common import controls, links
from ui.common.charts import show_chart
from ui.common.draw_again import draw_again
from ui.common.state import Slot
from ui.common.tables import Column, numbers, show_table
from ui.common.text import in_formula, minus, with_error
from ui.reparameterisation import measured, origins
from ui.reparameterisation.figures import density_figure, histogram_figure
from ui.reparameterisation.graph_figure import graph_figure
from vae_core.gradients.estimators import COMPARED
from vae_core.gradients.references import SQUARE_VARIANCE, samples_for_equal_error
from vae_core.statistics import Estimate

_NOISE = Slot("path_eps", 1.2)


@links.fragment
def two_graphs() -> None:
    """The random node in the path and beside it, with sliders for mu, sigma and the noise."""
    of_mu, of_sigma, of_noise, draw = st.columns(
        [1, 1, 1.3, 0.7], gap="medium", vertical_alignment="bottom"
    )
    mu = controls.slider("μ, the mean of q", -1.0, 1.0, 0.5, 0.1, key="path_mu", at=of_mu)
    sigma = controls.slider("σ, its width", 0.2, 1.0, 0.6, 0.1, key="path_sigma", at=of_sigma)
    noise = controls.slider(
        "ε, the noise, drawn from N(0, 1)",
        -3.0,
        3.0,
        _NOISE.default,
        0.1,
        key=_NOISE.name,
        at=of_noise,
    )
    draw_again(
        "path_draw",
        label="Draw ε",
        at=draw,
        on_draw=_draw,
        help="As a training step does, once for every image.",
    )
    inside, beside, density = st.columns([1, 1, 1.15], gap="medium")
    with inside:
        show_chart(
            graph_figure(mu, sigma, noise, beside=False),
            "path_in",
            about=origins.drawing("A draw in the path"),
        )
        st.caption(
            "z is the outcome of a draw from q. One outcome is no function of μ, so "
            "backpropagation (green) ends at z: the decoder learns, the encoder gets nothing "
            "from the reconstruction. (The KL, not drawn, needs no z: alone it would pull every "
            "q to the prior.)"
        )
    with beside:
        show_chart(
            graph_figure(mu, sigma, noise, beside=True),
            "path_by",
            about=origins.drawing("A draw beside the path"),
        )
        st.caption(
            "The same z, with the same density, but the draw (dotted) is made beside the path. For "
            "a given ε, z is a plain function of μ and σ, and the chain rule goes on."
        )
    with density:
        show_chart(
            density_figure(mu, sigma, noise, measured.some_noise()),
            "path_density",
            about=origins.drawing("Draws of z", origins.SOME_NOISE),
        )
        st.caption(
            "Keep ε and move μ or σ: every z moves smoothly, μ shifts them all, σ spreads them. "
            "Move ε: z walks along the density of q."
        )
    st.latex(
        rf"z = \mu + \sigma\,\varepsilon = {in_formula(mu, 2)} + {sigma:.2f} \times "
        rf"{_bracket(noise)} = {in_formula(mu + sigma * noise, 2)} "
        r"\qquad\qquad \frac{\partial z}{\partial \mu} = 1 \qquad "
        rf"\frac{{\partial z}}{{\partial \sigma}} = \varepsilon = {in_formula(noise, 2)}"
    )


def _draw(seed: int) -> None:
    """A new noise, within the slider's range."""
    drawn = float(np.random.default_rng(seed).standard_normal())
    _NOISE.set(round(min(max(drawn, -3.0), 3.0), 1))


def _bracket(value: float) -> str:
    return f"({in_formula(value, 2)})" if value < 0 else in_formula(value, 2)


def recipes() -> None:
    """What each estimator does with one draw, in words and as a formula."""
    st.markdown(
        "Let f(z) be the loss that a latent z leads to. Training wants the gradient of its "
        "**average** over z ~ q, but has only draws, usually one per image. Two recipes make an "
        "estimate from one draw z = μ + σε, and the third is the second with less scatter. All are "
        "right on average; they differ in how far one estimate may be off. The second comes from "
        "∂q = q · ∂log q:"
    )
    st.latex(
        r"\frac{\partial}{\partial\mu}\int q(z) f(z)\,dz = \int \frac{\partial q(z)}{\partial\mu} "
        r"f(z)\,dz = \mathbb E_q\Big[f(z)\,\frac{\partial\log q(z)}{\partial\mu}\Big], \qquad "
        r"\underbrace{\frac{\partial\log q(z)}{\partial\mu}}_{\text{the score}} = "
        r"\frac{z - \mu}{\sigma^2} = \frac{\varepsilon}{\sigma}"
    )
    for column, title, formula, words in zip(
        st.columns(3, gap="medium"),
        (
            "Pathwise (reparameterised)",
            "Score function (REINFORCE)",
            "Score function with baseline",
        ),
        (
            r"f'(z)\,\frac{\partial z}{\partial\mu} = f'(z)",
            r"f(z)\,\frac{\partial \log q(z)}{\partial\mu} = f(z)\,\frac{\varepsilon}{\sigma}",
            r"\big(f(z) - b\big)\,\frac{\varepsilon}{\sigma}",
        ),
        (
            "Keep ε, move μ a little, and see how f changes as z moves along. It asks for the "
            "slope of f, which the chain rule through the decoder gives.",
            "Keep z where it is. Which way must μ go for this draw to be likelier? Weigh that by "
            "the f it gave. The middle form needs no slope of f and no ε, so it works for discrete "
            "z too (page Discrete latents).",
            "Subtract from f a number b that does not depend on this ε. The mean stays right, "
            "because b · ε/σ is 0 on average; the scatter falls, because f − b is small. Here b is "
            "the mean of f over all the other draws (leave-one-out).",
        ),
        strict=True,
    ):
        column.markdown(f"**{title}**")
        column.latex(formula)
        column.caption(words)
    st.caption(
        "For σ: pathwise f′(z) ε, score function f(z) (ε² − 1)/σ. With several dimensions each has "
        "its own μ, σ and ε: z₁ = μ₁ + σ₁ε₁, and f′(z) is then ∂f/∂z₁."
    )


@links.fragment
def toy() -> None:
    """f(z) = z^2: histograms of both estimators, and their variances against the closed forms."""
    settings, picture = st.columns([1, 2.1], gap="medium")
    with settings:
        st.markdown("**A toy, f(z) = z²**, whose gradient is known:")
        mu = controls.slider("μ", -2.0, 2.0, 1.0, 0.1, key="toy_mu")
        sigma = controls.slider("σ", 0.1, 2.0, 0.5, 0.1, key="toy_sigma")
        one_scale = controls.toggle("One scale for all", True, key="toy_scale")
        st.latex(
            rf"\frac{{\partial}}{{\partial\mu}}\underbrace{{\mathbb E[z^2]}}_{{\mu^2 + \sigma^2}} "
            rf"= 2\mu = {in_formula(2 * mu, 2)}"
        )
        st.caption(
            "Make σ small, as trained encoders do: the pathwise variance, 4σ², goes to 0, the "
            "plain score function's grows as μ⁴/σ², since it multiplies f ≈ μ² by ε/σ. The "
            "baseline takes that μ² off; what is left stays near 8μ²."
        )
    scatters = measured.toy(mu, sigma)
    with picture:
        show_chart(
            histogram_figure(
                {name: scatters[name] for name in COMPARED},
                2 * mu,
                "units of f per unit of μ",
                one_scale=one_scale,
            ),
            "toy_histogram",
            about=origins.toy(mu, sigma, "A toy: histograms of both estimators"),
        )
    _show_toy_table(mu, sigma)
    st.caption(
        f"From {measured.TOY_DRAWS:,} draws, the same for every row; ± is the standard "
        "error. The histograms hold the middle 99% of them. The error of a mean of n draws is "
        "√(variance / n), so the last column, the variance over the pathwise one, is how many "
        "draws a row needs to be as sure as the pathwise recipe with one. No other constant b "
        "has a smaller variance than that of the last row. Pathwise needs a z that moves smoothly "
        "with μ and σ and an f with a slope, and is not always the less noisy: an f with steep "
        "ripples has large slopes that cancel only on average."
    )


# estimator -> its name here, what one draw gives, and the variance as a formula.
_TOY_ROWS = {
    "pathwise": ("pathwise", "2z", "4σ²"),
    "score function": ("score function", "z²\u00a0·\u00a0ε/σ", "μ⁴/σ² + 14μ² + 15σ²"),
    "score function with baseline": (
        "… with baseline b = mean of the others",
        "(z²\u00a0−\u00a0b)\u00a0·\u00a0ε/σ",
        "8μ² + 10σ²",
    ),
    "score function with the best constant baseline": (
        "… with the best constant, b = μ² + 3σ²",
        "(z²\u00a0−\u00a0b)\u00a0·\u00a0ε/σ",
        "8μ² + 6σ²",
    ),
}


def _show_toy_table(mu: float, sigma: float) -> None:
    scatters = measured.toy(mu, sigma)
    reference = sum(SQUARE_VARIANCE["pathwise"](mu, sigma))
    rows = []
    for key, (name, one_draw, formula) in _TOY_ROWS.items():
        scatter, terms = scatters[key], SQUARE_VARIANCE[key](mu, sigma)
        total = sum(terms)
        sum_of = "" if len(terms) == 1 else " + ".join(minus(term, 2) for term in terms) + " = "
        rows.append(
            (
                name,
                one_draw,
                estimate(scatter.mean),
                f"{scatter.variance:.2f}",
                f"{formula} = {sum_of}**{total:.2f}**",
                f"{samples_for_equal_error(total, reference):,.1f}",
            )
        )
    show_table(
        [
            *(Column(title) for title in ("estimator", "one draw gives")),
            *numbers("mean", "variance, measured"),
            Column("variance, closed form"),
            *numbers("draws for equal error"),
        ],
        rows,
        about=origins.toy(mu, sigma, "A toy: estimators beside closed forms"),
    )


def estimate(mean: Estimate) -> str:
    """A mean and its standard error, three decimals unless these are noise."""
    return with_error(mean.value, mean.error, 3 if mean.error < 0.1 else 1)
