"""Likelihood: what a pixel costs, what its sum or mean does, and which numbers compare."""

import streamlit as st

from ui import bounds, decoder_gradients, gaussian_width, likelihood, widgets

st.title("Likelihood")
st.caption(
    "ELBO = E_q[log p(x|z)] − KL[q || p(z)]. The decoder gives no image but the parameters of a "
    "distribution p(x|z) over images. Which distribution, the likelihood, decides what a wrong "
    "pixel costs, how the reconstruction weighs against the KL, and which numbers compare."
)

loaded = widgets.choose_model()
bounds.need_two_dimensions(loaded)
n = bounds.choose_image(loaded, decoder_gradients.show_image)

st.subheader("A cost for every pixel")
likelihood.formulas()
likelihood.pixel_map(loaded, n)

st.subheader("Sum or mean over the pixels")
likelihood.sum_or_mean(loaded)

st.subheader("Grey pixels")
likelihood.grey_pixels()

st.subheader("A Gaussian and its σ")
gaussian_width.width(loaded)

st.subheader("σ² and β are one knob")
gaussian_width.exchange()

st.subheader("What each likelihood says an image is")
likelihood.what_each_says(n)

st.subheader("Which numbers compare")
likelihood.comparable()
