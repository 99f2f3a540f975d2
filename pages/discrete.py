"""Discrete latents: a code of categories, and a gradient that gets past a choice."""

import streamlit as st

from ui import discrete, discrete_codes, discrete_gradients

st.title("Discrete latents")
st.caption(
    "A latent need not be a number: z can be N variables that each choose one of K categories. A "
    "choice has no slope, so z = μ + σε is no help. The Gumbel-Softmax is the way around."
)
loaded = discrete_codes.choose_model()

st.subheader("A choice with a slope: the Gumbel-Softmax")
discrete.why()
discrete.simplex()

st.subheader("The code of an image")
n = discrete_codes.choose_image(loaded)
discrete_codes.code(loaded, n)
discrete_codes.prior(loaded)

st.subheader("What the code is used for")
discrete_codes.used(loaded)

st.subheader("Bias and variance of the gradient")
discrete_gradients.compare(loaded, n)

st.subheader("Train one")
discrete_codes.offer_training()
