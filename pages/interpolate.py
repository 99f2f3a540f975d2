"""Interpolate: walk from one image to another through latent space."""

import streamlit as st

from ui import cached, places, walks, widgets
from ui.latent_canvas import Marker, latent_canvas
from ui.palette import CLASS_COLOURS
from vae_core.data import DATASETS
from vae_core.pictures import to_gif, to_png

st.title("Interpolate")
st.caption(
    "Choose two images and walk between their latents. Every picture on the way is decoded; none "
    "of them is in the data."
)

loaded = widgets.choose_model()
projection = widgets.choose_projection(loaded)
plane = places.plane_or_fit(loaded, projection)
shape = loaded.checkpoint.model_config.image_shape

kind = walks.choose_kind(loaded)
left, right = st.columns([1.9, 1], gap="medium")
with right:
    ends = walks.choose_ends(loaded)
    walks.choose_next_end()
    path = walks.walk(loaded, ends, kind)
    share = st.slider(
        "Position on the path", 0.0, 1.0, 0.5, 0.01, key="walk_share", persist_state="session"
    )
    here, whole = st.columns(2)
    with here:
        widgets.show_image(path.decode_at(share), shape, f"decoded at {share:.2f}", 150)
    whole.image(
        to_gif(path.there_and_back_TD, shape, scale=10), width=150, caption="there and back"
    )
with left:
    line = walks.on_plane(loaded, plane, path)
    latent_canvas(
        key=f"interpolate_{loaded.digest[:16]}_{projection}",
        planes=[cached.pane(loaded, projection, "")],
        image_shape=shape,
        class_names=DATASETS[loaded.checkpoint.dataset].class_names,
        colours=CLASS_COLOURS,
        height=400,
        card=False,
        path=line,
        path_position=walks.share_of_length(line, path.step_at(share)),
        markers=[Marker(*line[0], "A"), Marker(*line[-1], "B")],
        on_click=lambda click: walks.take_click(loaded, click),
    )

st.subheader("The strip")
st.image(
    to_png(path.strip_TD, shape, scale=4),
    width="stretch",
    caption=f"{len(path.strip_TD)} decodes at equal steps from A (left) to B (right), {path.about}",
)
gif, png = st.columns([1, 1], width=420)
gif.download_button(
    "Download GIF",
    to_gif(path.there_and_back_TD, shape, scale=8),
    "walk.gif",
    "image/gif",
    icon=":material/download:",
    on_click="ignore",
    width="stretch",
)
png.download_button(
    "Download PNG",
    to_png(path.strip_TD, shape, scale=8),
    "walk.png",
    "image/png",
    icon=":material/download:",
    on_click="ignore",
    width="stretch",
)
