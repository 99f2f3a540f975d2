"""Likelihood: what a pixel costs, what its sum or mean does, and which numbers compare."""

import streamlit as st

from ui import bounds, likelihood, widgets

st.title("Likelihood")
st.caption(
    "The reconstruction term is −log p(x|z). What p is decides what a wrong pixel costs, how the "
    "term weighs against the KL, and which numbers may be compared."
)

loaded = widgets.choose_model()
bounds.need_two_dimensions(loaded)
n = bounds.choose_image(loaded)

st.subheader("A cost for every pixel")
likelihood.pixel_map(loaded, n)

st.subheader("Sum or mean over the pixels")
likelihood.sum_or_mean(loaded)

st.subheader("Grey pixels")
likelihood.grey_pixels()

st.subheader("A Gaussian and its σ")
likelihood.width(loaded)

st.subheader("σ² and β are one knob")
likelihood.exchange()

st.subheader("What each likelihood takes an image for")
likelihood.what_each_says(n)

st.subheader("Which numbers compare")
likelihood.comparable()
