"""Interpolate: walk from one image to another through latent space."""

import streamlit as st

from ui.canvas.latent import latent_canvas
from ui.common import controls
from ui.common.palette import CLASS_COLOURS
from ui.common.pictures import show_image, show_moving
from ui.interpolate import origins, path_choice, strips
from ui.library.chooser import choose_model
from ui.plane import pins, places, planes
from ui.plane.parts import part_of
from ui.plane.projection_chooser import choose_projection
from vae_core.web.specs import Marker

st.title("Interpolate")
st.caption(
    "Choose two images and walk between their latents. Every picture on the way is decoded; none "
    "of them is in the data."
)

loaded = choose_model()
projection = choose_projection(loaded)
plane = places.plane_or_fit(loaded, projection)
shape = loaded.image_shape

kind = path_choice.choose_kind(loaded)
left, right = st.columns([1.9, 1], gap="medium")
with right:
    ends = path_choice.choose_ends(loaded, plane, pins.all_pins(loaded, projection))
    path, straight = path_choice.walks(loaded, ends, kind)
    share = controls.slider("Position on the path", 0.0, 1.0, 0.5, 0.01, key="walk_share")
    here, whole = st.columns(2)
    with here:
        show_image(path.decode_at(share), shape, f"decoded at {share:.2f}", 150)
    with whole:
        show_moving(path.there_and_back_TD, shape, "there and back", 150)
with left:
    line = path_choice.on_plane(loaded, plane, path)
    latent_canvas(
        key=f"interpolate_{loaded.digest[:16]}_{projection}",
        planes=[planes.pane(loaded, projection, "")],
        image_shape=shape,
        class_names=loaded.class_names,
        colours=CLASS_COLOURS,
        height=400,
        card=False,
        path=line,
        about=origins.plane(loaded, kind),
        path_position=path_choice.share_of_length(line, path.step_at(share)),
        other_path=path_choice.on_plane(loaded, plane, straight),
        other_path_label="straight",
        markers=[Marker(*line[0], ends.names[0]), Marker(*line[-1], ends.names[1])],
        on_click=lambda click: path_choice.take_click(loaded, click),
        **part_of("walk_view", f"{loaded.digest[:16]} {projection}"),
    )

strips.show_strips(path, straight, ends, shape)
strips.show_steps(path, straight, origins.steps(loaded, ends, straight or path))
strips.offer_downloads(path, straight, shape)
