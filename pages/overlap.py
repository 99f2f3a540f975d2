"""Overlap: what is lost where the posteriors of different images share a place."""

import streamlit as st

from ui import lens, overlaps, places, widening, widgets

st.title("Overlap")
st.caption(
    "The encoder turns each image into a small cloud, q(z|x). Where clouds overlap, z no longer "
    "tells which image it came from, and the decoder has to draw one picture for all of them."
)

loaded = widgets.choose_model()
projection = widgets.choose_projection(loaded)
plane = places.plane_or_fit(loaded, projection)

overlaps.headline(loaded)

st.subheader("When overlap costs")
overlaps.what_it_costs(loaded)

st.subheader("Which classes overlap")
overlaps.classes(loaded, plane, projection)

st.subheader("The most confusable pairs")
overlaps.pairs(loaded)

st.subheader("Experiment: wider and narrower posteriors")
widening.experiment(loaded)

st.subheader("Confusion lens")
lens.lens(loaded, plane, projection)
