"""Latent space: where the encoder puts each image, and what the decoder draws anywhere."""

import streamlit as st

from ui.canvas.latent import latent_canvas
from ui.common import links
from ui.common.palette import CLASS_COLOURS
from ui.common.saving import show_origin
from ui.latent_space import origins, selection, traversal, view
from ui.library.chooser import choose_model
from ui.plane import pins, places
from ui.plane.parts import part_of
from ui.plane.projection_chooser import choose_projection
from vae_core.web.specs import Marker

st.title("Latent space")

loaded = choose_model()
projection = choose_projection(loaded)
plane = places.plane_or_fit(loaded, projection)
shown = view.choose_view(loaded, projection, plane)
st.caption(shown.about)


@links.fragment
def explore() -> None:
    """The plane and what was chosen on it: a click runs this part alone."""
    place = places.kept_place(loaded, projection)
    selected = selection.kept(loaded, projection)
    pinned = pins.all_pins(loaded, projection)
    under_pin = place is not None and any((pin.x, pin.y) == (place.x, place.y) for pin in pinned)
    chosen = [Marker(place.x, place.y, "")] if place and not under_pin else []
    latent_canvas(
        key=f"latent_space_{loaded.digest[:16]}_{projection}",
        planes=[shown.pane],
        image_shape=loaded.image_shape,
        class_names=loaded.class_names,
        colours=CLASS_COLOURS,
        height=440,
        look=shown.look,
        markers=pins.markers(pinned) + chosen,
        selection=selected,
        about=origins.plane(loaded, None),
        on_click=lambda click: places.keep_place(loaded, projection, click),
        on_select=lambda found: selection.keep(loaded, projection, found),
        **part_of("view", f"{loaded.digest[:16]} {projection}"),
    )
    if place is None and not pinned:
        st.caption("Nothing clicked yet: click a point to see its image, reconstruction and ELBO.")
    else:
        pins.show(loaded, projection, pinned, place)
    if place is not None:
        places.show_place(loaded, plane, place)
    if selected is not None:
        st.subheader("Selection")
        selection.show(loaded, projection, plane, selected)
    traversal.show(loaded, projection, plane)


explore()
show_origin("latent_space", origins.plane(loaded, places.last_image(loaded)))
view.offer_manifold_sheet(loaded)
