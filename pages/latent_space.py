"""Latent space: where the encoder puts each image, and what the decoder draws anywhere."""

import streamlit as st

from ui import cached, places, widgets
from ui.latent_canvas import Marker, latent_canvas
from ui.palette import CLASS_COLOURS
from vae_core.data import DATASETS

st.title("Latent space")
st.caption(
    "Each point is one image, drawn at its posterior mean and coloured by class. Move over the "
    "plane: what you see is what the decoder draws from that place. Click to look closer."
)

loaded = widgets.choose_model()
projection = widgets.choose_projection(loaded)
plane = places.plane_or_fit(loaded, projection)

kept = places.kept_place(loaded, projection)
latent_canvas(
    key=f"latent_space_{loaded.digest[:16]}_{projection}",
    planes=[cached.pane(loaded, projection, "")],
    image_shape=loaded.checkpoint.model_config.image_shape,
    class_names=DATASETS[loaded.checkpoint.dataset].class_names,
    colours=CLASS_COLOURS,
    height=440,
    markers=[Marker(kept.x, kept.y, "")] if kept else [],
    on_click=lambda click: places.keep_place(loaded, projection, click),
)
if kept is None:
    st.caption("Nothing clicked yet: click a point to see its image, reconstruction and ELBO.")
else:
    places.show_place(loaded, plane, kept)
