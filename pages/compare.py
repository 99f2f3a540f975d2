"""Compare: runs and models side by side, and what they differ in."""

import streamlit as st

from ui.common import links
from ui.common.charts import show_chart
from ui.compare import origins, panels
from ui.compare.figures import curves_figure, paths_figure
from ui.compare.members import choose_members

st.title("Compare runs")
st.caption("Change one setting, train again, and see what it does: the difference stands first.")

members = choose_members()
if not members:
    st.info("Choose runs or models above.", icon=":material/compare:")
    links.stop()

st.subheader("What differs")
panels.show_differences(members)

st.subheader("Planes")
panels.show_planes(members)

st.subheader("On the held-out images")
panels.show_numbers(members)
panels.warn_of_likelihoods(members)

members = panels.sound(members)
if not members:
    links.stop()

curves = [member.curve for member in members if member.curve.points]
if curves:
    st.subheader("Curves")
    show_chart(
        curves_figure(curves),
        "compare_curves",
        about=origins.of(members, "Curves", "ELBO 2"),
    )
panels.tell_without_history(members)

st.subheader("Rate and distortion")
show_chart(
    paths_figure(curves, panels.points_of(members), panels.exact_curve(members)),
    "compare_paths",
    about=origins.of(members, "Rate and distortion", "ELBO 2", "ELBO 18", "Linear VAE over all β"),
)
st.caption(
    "Each one's way through training, epoch by epoch; a diamond where the way is not known. Along "
    "a dotted line the ELBO is the same: what is paid in KL (R) is gained in reconstruction (D), "
    "nat for nat. With a Gaussian likelihood of one σ, the grey curve is the exact optimum of a "
    "**linear** VAE for the same images, over all β, with the places where its dimensions "
    "collapse: what lies below it, layers have bought. Numbers are comparable only for the same "
    "data set, likelihood and pixels."
)
