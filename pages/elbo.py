"""ELBO: exact log p(x) of one image, the bound below it, and what lies between."""

import streamlit as st

from ui import bounds, cached_exact, derivation, gaps, importance, playground, widgets

st.title("ELBO")
st.caption(
    "Training pushes up a lower bound, because log p(x) is an integral over every z. In two "
    "dimensions the integral can be done: see how far below it the bound lies, and why."
)

loaded = widgets.choose_model()
bounds.need_two_dimensions(loaded)

n = bounds.choose_image(loaded)
numbers = st.container()
playground.playground(loaded, n)
with numbers:
    bounds.headline(loaded, n)

# What takes longest is done now, while the browser draws what stands above.
cached_exact.bounds(loaded, n)

st.subheader("Why the two add up")
derivation.derivation(loaded, n)

st.subheader("When they are equal")
derivation.when_it_is_tight(loaded, n)

st.subheader("More samples, a tighter bound")
importance.importance(loaded, n)

st.subheader("Over many images")
gaps.sample(loaded)
