"""Overlap: what is lost where the posteriors of different images share a place."""

import streamlit as st

from ui.library.chooser import choose_model
from ui.overlap import panels, responsibilities, width_experiment
from ui.plane import places
from ui.plane.projection_chooser import choose_projection

st.title("Overlap")
st.caption(
    "The encoder turns each image into a small cloud, q(z|x). Where clouds overlap, z no longer "
    "tells which image it came from, and the decoder has to draw one picture for all of them."
)

loaded = choose_model()
projection = choose_projection(loaded)
plane = places.plane_or_fit(loaded, projection)

panels.headline(loaded)

st.subheader("When overlap costs")
panels.what_it_costs(loaded)

st.subheader("Which classes overlap")
panels.classes(loaded, plane, projection)

st.subheader("The most confusable pairs")
different = panels.choose_pairs()
panels.pairs(loaded, different)

st.subheader("Experiment: wider and narrower posteriors")
width_experiment.experiment(loaded)

st.subheader("Confusion lens")
responsibilities.lens(loaded, plane, projection, different)
