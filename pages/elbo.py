"""ELBO: exact log p(x) of one image, the bound below it, and what lies between."""

import streamlit as st

from ui.elbo import derivation, drag_q, importance, many_images, measured
from ui.elbo.headline import headline, show_image
from ui.library.chooser import choose_model
from ui.plane.image_chooser import choose_image, need_two_dimensions

st.title("ELBO")
st.caption(
    "How likely a VAE makes an image x is log p(x) = log ∫ p(x|z) p(z) dz, over the prior p(z) = "
    "N(0, I) and the decoder's p(x|z). In many dimensions that is out of reach, so training pushes "
    "up a lower bound, the ELBO. In two it can be calculated: how far below it is the bound?"
)

loaded = choose_model()
need_two_dimensions(loaded)

image = choose_image(loaded, show_image)
numbers = st.container()
drag_q.playground(loaded, image)
with numbers:
    headline(loaded, image)

# What takes longest is done now, while the browser draws what stands above.
measured.bounds(loaded, image)

st.subheader("Why ELBO + KL = log p(x)")
derivation.derivation(loaded, image)

st.subheader("When the ELBO is log p(x)")
derivation.when_it_is_tight(loaded, image)

st.subheader("More samples, a tighter bound")
importance.importance(loaded, image)

st.subheader("Over many images")
many_images.sample(loaded)
