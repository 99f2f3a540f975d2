"""Reparameterisation: how a gradient gets past a random draw, and what the other way costs."""

import streamlit as st

from ui import bounds, decoder_gradients, estimators, reparameterisation, widgets

st.title("Reparameterisation")
st.caption(
    "The encoder turns an image into μ and σ, and z is drawn from q = N(μ, σ²). Training must know "
    "how the loss changes with μ and σ, but a random draw lies between. Write the draw as z = μ + "
    "σε, with an ε from N(0, 1) that knows nothing of μ and σ, and the gradient gets past it."
)
loaded = widgets.choose_model()
reparameterisation.two_graphs()

st.subheader("Two ways to estimate the same gradient")
reparameterisation.recipes()
reparameterisation.toy()

st.subheader("On a trained decoder")
n = bounds.choose_image(loaded, decoder_gradients.show_image)
decoder_gradients.on_decoder(loaded, n)

st.subheader("What the variance costs in training")
estimators.train_each()
