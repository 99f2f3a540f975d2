"""Reparameterisation: how a gradient gets past a random draw, and what the other way costs."""

import streamlit as st

from ui.library.chooser import choose_model
from ui.plane.image_chooser import choose_image, show_with_decode
from ui.reparameterisation import decoder_gradients, panels, train_each

st.title("Reparameterisation")
st.caption(
    "The encoder turns an image into μ and σ, and z is drawn from q = N(μ, σ²). Training must know "
    "how the loss changes with μ and σ, but a random draw lies between. Write the draw as z = μ + "
    "σε, with an ε from N(0, 1) that knows nothing of μ and σ, and the gradient gets past it."
)
loaded = choose_model()
panels.two_graphs()

st.subheader("Two ways to estimate the same gradient")
panels.recipes()
panels.toy()

st.subheader("On a trained decoder")
image = choose_image(loaded, show_with_decode)
decoder_gradients.on_decoder(loaded, image)

st.subheader("What the variance costs in training")
train_each.train_each()
