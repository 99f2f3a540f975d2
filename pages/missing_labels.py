"""Missing labels: what can be learnt from a few labels and many images."""

import streamlit as st

from ui import label_runs, label_table, missing_labels

st.title("Missing labels")
st.caption(
    "Images are plenty, labels are dear. Keep the labels of a few images per class, and see what "
    "each method makes of the others."
)

per_class = label_table.choose_kept()
label_table.compare(per_class)

st.subheader("One image, several methods")
n = missing_labels.choose_image()
missing_labels.predictions(n, label_runs.finished())

st.subheader("Train it here")
label_runs.train_here(per_class)

st.subheader("k-means and its pseudo-labels")
missing_labels.clustering(per_class)

st.subheader("Two heads: class and style")
missing_labels.style_and_class(n)

st.subheader("An energy for every class")
missing_labels.energies(n)

st.subheader("Beside published results")
label_table.beside_published()
