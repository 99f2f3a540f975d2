"""Panel of the Discrete latents page: the Gumbel-Softmax of three categories on a triangle."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.common import controls, links
from ui.common.charts import show_chart
from ui.common.draw_again import draw_again
from ui.discrete import measured, origins
from ui.discrete.figures import NAMES, frequency_figure, simplex_figure
from ui.discrete.measured import SIMPLEX_DRAWS

_SHOWN = 700  # draws; more take a browser seconds to draw
_TEMPERATURES = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


def why() -> None:
    """The problem, and the way around it, as formulas."""
    exact, soft = st.columns(2, gap="large")
    with exact:
        st.markdown("**An exact draw** of a category, with Gumbel noise g = −log(−log u):")
        st.latex(r"z = \text{one-hot}\big(\operatorname{argmax}_k\ \log p_k + g_k\big)")
        st.caption(
            "Its probabilities are exactly p. But it jumps from corner to corner: move p a "
            "little, and z stays or leaps. There is no slope for the decoder's gradient to follow."
        )
    with soft:
        st.markdown("**A relaxed draw** with the same noise, the Gumbel-Softmax:")
        st.latex(r"y = \operatorname{softmax}\big((\log p + g) / \tau\big)")
        st.caption(
            "It moves smoothly with p, so a gradient passes. The temperature τ says how far from "
            "one-hot it is; its largest entry is the same category at every τ."
        )


@links.fragment
def simplex() -> None:
    """Sliders for p and the temperature; draws or density; argmax frequencies beside p."""
    settings, picture, bars = st.columns([1, 1.5, 1.5], gap="medium")
    with settings:
        temperature = controls.select_slider(
            "Temperature τ",
            _TEMPERATURES,
            default=0.5,
            key="discrete_temperature",
            help="Low: near the corners, one-hot. High: near the middle, uniform.",
        )
        weights = [
            controls.slider(f"Weight of {name}", 1, 20, start, key=f"discrete_weight_{name}")
            for name, start in zip(NAMES, (10, 6, 4), strict=True)
        ]
        p_3 = np.array(weights) / sum(weights)
        shown = controls.segmented_control("Show", ["draws", "density"], key="discrete_show")
        seed = draw_again("discrete_draw", first=1)
    y_S3 = measured.simplex_draws(p_3, temperature, seed)
    with picture:
        density = measured.simplex_density(p_3, temperature) if shown == "density" else None
        about = origins.triangle(p_3, temperature, seed, "Gumbel-Softmax on the triangle")
        show_chart(simplex_figure(y_S3[:_SHOWN], p_3, density), "discrete_simplex", about=about)
        st.caption(
            f"{_SHOWN} draws y; the corners are the one-hot codes. Keep the noise and "
            "move τ: each draw travels between its corner and the middle."
            if density is None
            else "Log density of y in nats per unit area, in closed form (Jang et al. 2017, "
            "appendix B); the scale stops 7 nats below its top."
        )
    share_3 = np.bincount(y_S3.argmax(axis=1), minlength=3) / len(y_S3)
    error_3 = np.sqrt(p_3 * (1 - p_3) / len(y_S3))
    mean_3 = y_S3.mean(axis=0)
    with bars:
        about = origins.triangle(p_3, temperature, seed, "Frequencies of the largest entry")
        show_chart(frequency_figure(p_3, share_3, error_3, mean_3), "discrete_bars", about=about)
        off = np.abs(share_3 - p_3) / error_3
        st.caption(
            f"From {SIMPLEX_DRAWS:,} draws. The thin lines are ± 4 standard errors, and the worst "
            f"bar is {off.max():.1f} of them from p: the largest entry is category k with "
            "probability pₖ at **every** temperature. The mean of y is not p: here it is off by "
            f"up to {np.abs(mean_3 - p_3).max():.3f}. A decoder that is not linear sees more than "
            "the mean, so a relaxed draw is a biased stand-in."
        )
    nearness = float(y_S3.max(axis=1).mean())
    st.markdown(
        f"At τ = {temperature:g} the largest entry of a draw is **{nearness:.2f}** on average "
        "(1 would be one-hot, 0.33 uniform). At τ = 0 the formula divides by zero; in training "
        "the temperature falls towards a small number and stops there."
    )
