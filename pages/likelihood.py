"""Likelihood: what a pixel costs, what its sum or mean does, and which numbers are comparable."""

import streamlit as st

from ui.library.chooser import choose_model
from ui.likelihood import gaussian_width, panels
from ui.plane.image_chooser import choose_image, show_with_decode

st.title("Likelihood")
st.caption(
    "ELBO = E_q[log p(x|z)] − KL[q || p(z)]. The decoder gives no image but the parameters of a "
    "distribution p(x|z) over images. Which distribution, the likelihood, decides what a wrong "
    "pixel costs, how the reconstruction weighs against the KL, and which numbers are comparable."
)

loaded = choose_model()
image = choose_image(loaded, show_with_decode)

st.subheader("A cost for every pixel")
panels.formulas()
panels.pixel_map(loaded, image)

st.subheader("Sum or mean over the pixels")
panels.sum_or_mean(loaded)

st.subheader("Grey pixels")
panels.grey_pixels()

st.subheader("A Gaussian and its σ")
gaussian_width.width(loaded)

st.subheader("σ² and β are one knob")
gaussian_width.exchange()

st.subheader("What each likelihood says an image is")
panels.what_each_says(loaded, image)

st.subheader("Which numbers are comparable")
panels.comparable()
