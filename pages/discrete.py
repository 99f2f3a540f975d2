"""Discrete latents: a code of categories, and a gradient that gets past a choice."""

import streamlit as st

from ui.discrete import codes, gradients, simplex
from ui.library.chooser import choose_model
from ui.plane.image_chooser import choose_image

st.title("Discrete latents")
st.caption(
    "A latent need not be a number: z can be N variables that each choose one of K categories. A "
    "choice has no slope, so z = μ + σε is no help. The Gumbel-Softmax is the way around."
)
loaded = choose_model("categorical-vae")

st.subheader("A choice with a slope: the Gumbel-Softmax")
simplex.why()
simplex.simplex()

st.subheader("The code of an image")
image = choose_image(loaded, key="discrete", default=3)
codes.code(loaded, image)
codes.prior(loaded)

st.subheader("What the code is used for")
codes.used(loaded)

st.subheader("Bias and variance of the gradient")
gradients.compare(loaded, image)

st.subheader("Train one")
codes.offer_training()
