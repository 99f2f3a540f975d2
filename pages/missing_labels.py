"""Missing labels: what can be learnt from a few labels and many images."""

import streamlit as st

from ui.missing_labels import panels, results, train_here

st.title("Missing labels")
st.caption(
    "Images are plenty, labels are dear. Keep the labels of a few images per class, and see what "
    "each method makes of the others."
)

per_class = results.choose_kept()
results.compare(per_class)

st.subheader("One image, several methods")
image = panels.choose_image()
panels.predictions(image, train_here.finished())

st.subheader("Train it here")
train_here.train_here(per_class)

st.subheader("k-means and its pseudo-labels")
panels.clustering(per_class)

st.subheader("Two heads: class and style")
panels.style_and_class(image)

st.subheader("An energy for every class")
panels.energies(image)

st.subheader("Beside published results")
results.beside_published()
