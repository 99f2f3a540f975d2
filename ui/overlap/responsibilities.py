"""The confusion lens: at one z, which images it may have come from and what that makes of it."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.canvas.latent import latent_canvas
from ui.common import links
from ui.common.charts import show_chart
from ui.common.palette import CLASS_COLOURS
from ui.common.pictures import inline_png, show_image
from ui.common.text import minus
from ui.library.loaded import LoadedModel, decode, encodings_of, held_out
from ui.overlap import measured, origins
from ui.overlap.figures import responsibility_figure
from ui.plane import places, planes
from ui.plane.parts import part_of
from vae_core.aggregate.best_decoder import blend
from vae_core.aggregate.overlap import responsibilities, sigmas_away
from vae_core.pictures.image_files import to_png
from vae_core.planes.projections import Plane
from vae_core.web.specs import Marker

_SHOWN = 10
_FAR = 4.0  # sigmas: beyond, no posterior claims the place


@links.fragment
def lens(loaded: LoadedModel, plane: Plane, projection: str, different: bool) -> None:
    """A plane to click; responsibilities, the best decoder's blend, and this decoder's picture.

    Args:
        different: whether the pair that it stands on at first is of different classes.
    """
    place = places.kept_place(loaded, projection)
    if place is None:
        found = measured.confusable_pairs(loaded, different)
        z_Z = found[0].meeting_Z if found else encodings_of(loaded).mu_NZ[0].astype(np.float64)
        x, y = plane.place(z_Z[None], encodings_of(loaded).mu_NZ)[0]
        until = "where the most confusable pair above overlaps most" if found else "image 0"
        st.caption(f"Click a place. Until then: {until}.")
    else:
        z_Z = places.latent_of(loaded, plane, place)
        x, y = place.x, place.y
        st.caption("Click another place to move the lens.")
    left, right = st.columns([1, 1.25], gap="medium")
    with left:
        latent_canvas(
            key=f"overlap_lens_{loaded.digest[:16]}_{projection}",
            planes=[planes.pane(loaded, projection, "")],
            image_shape=loaded.image_shape,
            class_names=loaded.class_names,
            colours=CLASS_COLOURS,
            height=400,
            card=False,
            markers=[Marker(float(x), float(y), "")],
            about=origins.lens(loaded, z_Z),
            on_click=lambda click: places.keep_place(loaded, projection, click),
            **part_of("lens_view", f"{loaded.digest[:16]} {projection}"),
        )
    with right:
        _show(loaded, z_Z)


def _show(loaded: LoadedModel, z_Z: NDArray[np.float64]) -> None:
    images, encoded = held_out(loaded.dataset), encodings_of(loaded)
    names = loaded.class_names
    share_1N = responsibilities(z_Z[None], encoded.mu_NZ, encoded.logvar_NZ)
    share_N = share_1N[0].numpy()
    top = np.argsort(-share_N, kind="stable")[:_SHOWN]
    sharing = np.exp(-(share_N * np.log(np.maximum(share_N, 1e-300))).sum())
    nearest = sigmas_away(z_Z, encoded.mu_NZ, encoded.logvar_NZ).min()
    shape = images.image_shape
    pictures = st.columns([1, 1, 2.2])
    with pictures[0]:
        show_image(blend(share_1N, images.x_ND)[0].numpy(), shape, "best decoder", 104)
    with pictures[1]:
        show_image(decode(loaded, z_Z[None])[0], shape, "this decoder", 104)
    with pictures[2]:
        st.markdown(
            f"z = ({_short(z_Z)})  \n"
            f"Perplexity: as if **{sharing:,.1f} images** shared this place.  \n"
            f"The nearest posterior is {nearest:.1f} σ away."
        )
    if nearest > _FAR:
        st.caption(
            f":material/info: A hole: no image is within {_FAR:g} σ, so no image would be encoded "
            "here. The responsibilities only say which posterior is the least far."
        )
    show_chart(
        responsibility_figure(
            share_N[top].tolist(),
            [f"image {n}, class {names[encoded.label_N[n]]}" for n in top],
            [CLASS_COLOURS[encoded.label_N[n]] for n in top],
            [inline_png(to_png(images.x_ND[int(n)].numpy(), shape, scale=2)) for n in top],
        ),
        "overlap_responsibilities",
        about=origins.lens(loaded, z_Z),
    )
    st.caption(
        f"Responsibilities r(z) = q(z|x) / Σ q(z|x′) of the {_SHOWN} likeliest of "
        f"{len(share_N):,} images, coloured by class. The best decoder draws their blend Σ r(z) x."
    )


def _short(z_Z: NDArray[np.float64]) -> str:
    """The first four coordinates."""
    text = ", ".join(minus(value, 2) for value in z_Z[:4])
    return text + (", …" if len(z_Z) > 4 else "")
