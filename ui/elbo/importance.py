"""Panel of the ELBO page: importance-weighted bounds, and where they stay short."""

from __future__ import annotations

import streamlit as st

from ui.common.charts import show_chart
from ui.common.text import minus, with_error
from ui.elbo import measured, origins
from ui.elbo.figures import bounds_figure
from ui.library.loaded import LoadedModel
from ui.plane.image_chooser import ask_for_image

_SAMPLE = 100  # images among which one is looked for that q misses


@st.fragment
def importance(loaded: LoadedModel, image: int) -> None:
    """Bounds from K samples, climbing towards log p(x) unless q misses a mode."""
    evidence, climb = measured.evidence(loaded, image), measured.bounds(loaded, image)
    chart, words = st.columns([1.6, 1], gap="medium")
    show_chart(
        bounds_figure(
            [bound.samples for bound in climb],
            [bound.value.value for bound in climb],
            [bound.value.error for bound in climb],
            evidence.log_p,
        ),
        "elbo_bounds",
        about=origins.bounds(loaded, image),
        at=chart,
    )
    last = climb[-1]
    short = evidence.log_p - last.value.value
    words.latex(
        r"\mathbb E_{z_k \sim q}\left[\log \frac1K \sum_{k=1}^K \frac{p(x, z_k)}{q(z_k|x)}\right]"
    )
    distance = (
        f"{minus(short)} nats below log p(x)"
        if short > 2 * last.value.error
        else "log p(x) within its error"
    )
    words.markdown(
        "K = 1 is the ELBO. The logarithm of a mean is at least the mean of the logarithms, so "
        f"averaging K weights first tightens the bound. With K = {last.samples:,} it is "
        f"**{with_error(last.value.value, last.value.error)}**, {distance}."
    )
    if short > 1:
        words.markdown(
            "**q misses most of p(z|x)**: another mode, or q is far too narrow. Hardly a draw "
            "lands there, so the bound stays low, however sure its error bar looks."
        )
    else:
        words.markdown(
            "By chance an estimate of the bound may lie above log p(x), within its error. And it "
            "does not always get so near:"
        )
        if words.button(
            "Show an image where it stays short",
            icon=":material/search:",
            key="elbo_short",
            help=f"Measures {_SAMPLE} images, evenly spread over the held-out ones, and takes the "
            "one with the largest gap between log p(x) and ELBO.",
        ):
            with words, st.spinner(f"Measuring {_SAMPLE} images …"):
                *_, (_, gaps) = measured.gaps(loaded, _SAMPLE)
            ask_for_image(int(gaps.image_M[gaps.gap_M.argmax()]))
            st.rerun()
    words.caption(
        f"{measured.BOUND_DRAWS:,} draws z ~ q(z|x), cut into groups of K: "
        f"{climb[0].repeats:,} groups for K = 1, {last.repeats} for K = {last.samples:,}. Error "
        "bars: standard error over the groups; from the spread of the weights where these are few."
    )
