"""Surgery: the KL term cut into what z tells about the image and how far q(z) is from the prior."""

import streamlit as st

from ui.library.chooser import choose_model
from ui.surgery import panels
from ui.surgery.sample_size import what_depends_on_n

st.title("Surgery")
st.caption(
    "The KL term of the ELBO, averaged over the images, punishes two things at once: codes that "
    "tell which image they came from, which the reconstruction needs, and codes that together do "
    "not look like the prior, from which new images are drawn. Cut them apart."
)

loaded = choose_model()
panels.waterfall(loaded)

st.subheader("All codes together against the prior")
panels.against_the_prior(loaded)

st.subheader("How much of this is the number of images")
what_depends_on_n(loaded)

st.subheader("What the KL term prevents")
panels.what_it_prevents()
