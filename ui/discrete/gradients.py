"""Panel of the Discrete latents page: bias and variance of the gradient against enumeration."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ui.common import controls, links
from ui.common.charts import show_chart
from ui.common.tables import Column, numbers, show_table
from ui.common.text import minus, with_error
from ui.discrete import measured, origins
from ui.discrete.bias_figure import bias_figure
from ui.discrete.measured import FREE_VARIABLES, GRADIENT_DRAWS, TEMPERATURES
from ui.library.loaded import LoadedModel
from vae_core.gradients.categorical import GradientError
from vae_core.provenance import Provenance

_DRAWS = (1, 10, 100, 1000, 10_000)
RELAXED, STRAIGHT, SCORE = "Gumbel-Softmax", "straight-through", "REINFORCE with baseline"


def why_it_is_needed() -> None:
    """Which part of the loss has to be estimated."""
    st.latex(
        r"\frac{\partial(-\mathrm{ELBO})}{\partial\,\text{logits}} = "
        r"\underbrace{\frac{\partial}{\partial\,\text{logits}} \sum_z q(z|x)\,[-\log p(x|z)]}"
        r"_{\text{a sum over } K^N \text{ codes: to be estimated}} + "
        r"\underbrace{\frac{\partial}{\partial\,\text{logits}}\,\mathrm{KL}[q \,\|\, p(z)]}"
        r"_{\text{closed form: no draw}}"
    )


@links.fragment
def compare(loaded: LoadedModel, image: int) -> None:
    """The chart, the errors of averages of some draws, and what to choose."""
    why_it_is_needed()
    config = loaded.checkpoint.model_config
    result = measured.comparison(loaded, image)
    names = " and ".join(f"z{v + 1}" for v in result.variables)
    codes = config.categories ** len(result.variables)
    st.markdown(
        f"With all {config.latent_dim} variables the sum has ${config.categories}^"
        f"{{{config.latent_dim}}}$ terms. Leave only {names} free, the {FREE_VARIABLES} that q is "
        "least sure of for the image above, and hold the others at their likeliest category: "
        f"{codes} codes, which can be enumerated. Measured against that exact gradient, on this "
        "model's own decoder:"
    )
    show_chart(
        bias_figure(
            TEMPERATURES,
            {RELAXED: result.relaxed, STRAIGHT: result.straight},
            {SCORE: unbiased(result.score)},
            result.length,
        ),
        "discrete_bias",
        about=origins.gradients(loaded, image, "Bias and variance of the gradient"),
    )
    st.caption(
        f"Lengths of vectors, nats per unit of logit, from {GRADIENT_DRAWS:,} draws with the same "
        "noise for all; bars are ± 2 standard errors of the bias. REINFORCE, (f(z) − b)(z − p), "
        "has no temperature and no bias (these draws are "
        f"{result.score.bias:.2f} ± {result.score.bias_error:.2f} off); b is the mean NLL of the "
        "other draws. Straight-through evaluates the decoder at the one-hot z, and follows the "
        "slope of the relaxed one."
    )
    draws = controls.select_slider(
        "Draws that are averaged before a step",
        {count: f"{count:,}" for count in _DRAWS},
        default=100,
        key="discrete_draws",
        help="In training every image has one draw, but a batch averages over its images, and Adam "
        "over its last steps: a hundred draws or more go into a step.",
    )
    _recommend(result, draws, origins.gradients(loaded, image, "Which recipe to choose"))


def unbiased(error: GradientError) -> GradientError:
    """The same scatter without the bias that a finite number of draws seems to show."""
    return replace(error, bias=0.0, bias_error=0.0)


def _recommend(result: measured.Comparison, draws: int, about: Provenance) -> None:
    """The root mean squared error of each recipe, smallest first."""
    rows: list[tuple[str, GradientError]] = [
        (f"{name}, τ = {t:g}", error)
        for name, errors in ((RELAXED, result.relaxed), (STRAIGHT, result.straight))
        for t, error in zip(TEMPERATURES, errors, strict=True)
    ]
    rows.append((SCORE, unbiased(result.score)))
    rows.sort(key=lambda row: row[1].of_mean(draws))
    place = next(i for i, (name, _) in enumerate(rows) if name == SCORE)
    shown = rows[:3] + ([rows[place]] if place >= 3 else [])
    table, words = st.columns([1.5, 1], gap="medium")
    with table:
        show_table(
            [
                Column("recipe"),
                *numbers("bias", "scatter of one draw"),
                Column("error of the average", right=True, bold=True),
            ],
            [
                (
                    name,
                    with_error(error.bias, error.bias_error, 2),
                    minus(error.deviation, 2),
                    minus(error.of_mean(draws), 2),
                )
                for name, error in shown
            ],
            about=about,
        )
        st.caption(
            "error = √(bias² + scatter² / draws), nats per unit of logit; the best three, and "
            f"REINFORCE (place {place + 1} of {len(rows)})."
        )
    with words:
        best, error = rows[0]
        count = "a single draw" if draws == 1 else f"the mean of {draws:,} draws"
        as_good = [name for name, one in rows[1:] if not one.surely_exceeds(error, draws)]
        off = f"off by {error.of_mean(draws):.2f}, where the gradient itself is {result.length:.2f}"
        if as_good:
            st.markdown(
                f"For {count} **{best}** has the least error, {off} long. But the biases are known "
                f"with an error of their own, and within two of it **{', '.join(as_good)}** may be "
                "as good: these draws do not tell them apart."
            )
        else:
            st.markdown(f"For {count} choose **{best}**: {off} long.")
        st.caption(
            "A low temperature is nearly right on average but scatters; a high one is calm and "
            "wrong. The more draws are averaged, the less scatter counts and the lower the best "
            "temperature, until the unbiased recipe wins. Hence the usual compromise: start warm, "
            "end cool."
        )
