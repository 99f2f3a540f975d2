"""Compare: runs side by side, and what they differ in."""

import streamlit as st

from ui.common import links
from ui.common.charts import show_chart
from ui.common.palette import CLASS_COLOURS
from ui.compare import panels
from ui.compare.figures import curves_figure, paths_figure
from ui.runs.figures import planes_figure
from ui.runs.provenance import measured_in
from vae_core.data import DATASETS
from vae_core.planes.projections import default_plane

st.title("Compare runs")
st.caption("Change one setting, train again, and see what it does: the difference stands first.")

views = panels.choose_runs()
if not views:
    st.info(
        "There is no run to compare yet: train one, press “Run again with KL off”, and come back.",
        icon=":material/compare:",
    )
    links.stop()

st.subheader("What differs")
panels.show_differences(views)

st.subheader("Planes")
one_scale = panels.choose_scale()
for dataset, of_dataset in panels.by_dataset(views).items():
    snapshots = panels.snapshots_of(of_dataset)
    if not snapshots:
        continue
    panels.warn_of_collapse(of_dataset)
    show_chart(
        planes_figure(
            list(snapshots),
            [default_plane(snapshot.mu_NZ) for snapshot in snapshots.values()],
            next(iter(snapshots.values())).label_N,
            DATASETS[dataset].class_names,
            CLASS_COLOURS,
            one_scale=one_scale,
        ),
        f"compare_planes_{dataset}",
        about=measured_in(f"Planes of {dataset}", of_dataset),
    )
st.caption("The same held-out images in every plane of a data set, at their posterior means.")

st.subheader("Curves")
show_chart(
    curves_figure(panels.curves_of(views)),
    "compare_curves",
    about=measured_in("Curves", views, "ELBO 2"),
)
panels.show_ends(views)
panels.warn_of_likelihoods(views)

st.subheader("Rate and distortion")
show_chart(
    paths_figure(panels.curves_of(views), panels.models_of(views), panels.exact_curve(views)),
    "compare_paths",
    about=measured_in("Rate and distortion", views, "ELBO 2", "ELBO 1", "Linear VAE over all β"),
)
st.caption(
    "Each run's way through training, epoch by epoch. Along a dotted line the ELBO is the same: "
    "what a run pays in KL (R) it gains in reconstruction (D), nat for nat. Diamonds are models of "
    "the library on their own held-out images. For runs with a Gaussian likelihood of one σ, the "
    "grey curve is the exact optimum of a **linear** VAE for the same images, over all β, with "
    "the places where its dimensions collapse: what lies below it, layers have bought. Numbers "
    "are comparable only for the same data set, likelihood and pixels."
)
