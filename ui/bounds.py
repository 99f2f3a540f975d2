"""Panels of the ELBO page: the chosen image, its log p(x) and its ELBO."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from ui import cached, cached_exact, pins, places, state, widgets
from ui.cached import LoadedModel
from ui.latent_canvas import latent_canvas
from ui.palette import CLASS_COLOURS
from ui.text import minus
from vae_core.data import DATASETS
from vae_core.evidence import TOLERANCE


def need_two_dimensions(loaded: LoadedModel) -> None:
    """End the page with a sentence for a model whose plane is not its latent space."""
    dimensions = loaded.checkpoint.model_config.latent_dim
    if dimensions != 2:
        st.info(
            f"This page integrates over the whole latent space, which takes 2 dimensions; this "
            f"model has {dimensions}. Choose a 2-D model in the sidebar."
        )
        st.stop()


def choose_image(
    loaded: LoadedModel, show: Callable[[LoadedModel, int], None] | None = None
) -> int:
    """Class and number of a held-out image; one clicked on another page comes first.

    Args:
        show: draws it beside the chooser; without, as the ELBO page does, in two dimensions.
    """
    label_N = cached.encodings(loaded).label_N
    names = DATASETS[loaded.checkpoint.dataset].class_names
    asked: int | None = st.session_state.pop("elbo_asked", None)
    place = places.kept_place(loaded, "identity")
    clicked = None if place is None else place.point
    if clicked is not None and clicked != state.keep("elbo_clicked", None):
        state.put("elbo_clicked", clicked)
        asked = clicked
    if asked is not None:
        widgets.choose_this_image(asked, label_N, names, "elbo")
    *choosers, pictures = st.columns([1, 1.15, 3.2], gap="medium")
    n = widgets.choose_by_class(
        choosers,
        label_N,
        names,
        "elbo",
        help="An image clicked on the Latent space page is taken here too.",
    )
    if loaded.checkpoint.model_config.latent_dim == 2 and choosers[0].button(
        "On the plane",
        icon=":material/ads_click:",
        key="elbo_pick",
        width="stretch",
        help="Choose the image with a click on the latent plane.",
    ):
        _pick(loaded)
    with pictures:
        (show or _show_image)(loaded, n)
    _offer_pins(loaded)
    return n


@st.dialog("Click an image on the plane", width="large")
def _pick(loaded: LoadedModel) -> None:
    """The latent plane over the page, until an image on it is clicked."""
    latent_canvas(
        key="elbo_plane",
        planes=[cached.pane(loaded, "identity", "")],
        image_shape=loaded.checkpoint.model_config.image_shape,
        class_names=DATASETS[loaded.checkpoint.dataset].class_names,
        colours=CLASS_COLOURS,
        height=420,
        on_click=lambda click: None if click.point is None else ask_for_image(click.point),
    )
    if "elbo_asked" in st.session_state:
        st.rerun()


def _offer_pins(loaded: LoadedModel) -> None:
    """A button for every pinned image: its posterior is shown."""
    pinned = [pin for pin in pins.all_pins(loaded, "identity") if pin.point is not None]
    if not pinned:
        return
    row = st.container(horizontal=True)
    for pin in pinned:
        row.button(
            f"Pin {pin.name}",
            icon=":material/keep:",
            key=f"elbo_pin_{pin.name}",
            on_click=ask_for_image,
            args=(pin.point,),
        )


def ask_for_image(n: int) -> None:
    """Have the chooser show an image from the next run on."""
    st.session_state["elbo_asked"] = n


def _show_image(loaded: LoadedModel, n: int) -> None:
    """The image as the likelihood takes it, and decodes of the mean of q and of the mode."""
    x_D = cached_exact.image(loaded, n)
    evidence = cached_exact.evidence(loaded, n)
    z_22 = np.stack([cached_exact.encoder_q(loaded, n).mu_Z, evidence.mode_Z])
    widgets.show_images(
        np.concatenate([x_D[None], cached.decode(loaded, z_22)]),
        loaded.checkpoint.model_config.image_shape,
        [f"image {n}", "q's mean", "mode"],
        76,
    )


def _nats(value: float, error: float) -> str:
    return f"{minus(value)} ± {min(error, 99.0):.3f} nats"


def headline(loaded: LoadedModel, n: int) -> None:
    """log p(x), the ELBO and the KL, no two by the same computation."""
    evidence, q = cached_exact.evidence(loaded, n), cached_exact.encoder_q(loaded, n)
    elbo = cached_exact.elbo(loaded, n, q).value
    kl = cached_exact.kl_to_posterior(loaded, n, q)
    draws = f"{cached_exact.ELBO_DRAWS:,}"
    one, two, three = st.columns(3)
    one.metric(
        "log p(x), integrated" if evidence.exact else "log p(x), approximate",
        _nats(evidence.log_p, evidence.error),
        help="Adaptive quadrature over the whole plane, in float64: cells that carry mass are "
        f"split until the estimated error of this image is below {TOLERANCE} nats. Here "
        f"{evidence.points:,} latents were decoded besides the coarse grid; ± is the estimate, "
        "which is cautious.",
    )
    two.metric(
        "= ELBO of the encoder's q, sampled",
        _nats(elbo.value, elbo.error),
        help=f"E_q[log p(x|z)] from {draws} draws z ~ q(z|x), decoded as in training, less "
        "KL[q || p(z)] in closed form. ± is the Monte Carlo standard error.",
    )
    three.metric(
        "+ KL[q || p(z|x)], log p(x) sampled",
        _nats(kl.value, kl.error),
        help="The mean of log q(z|x) − log p(x, z) over q, a sum over a fixed grid, plus a "
        f"log p(x) of its own: importance sampling with {draws} draws near the true posterior.",
    )
    st.caption(
        "p(z|x) is the **true posterior**: which z explain this image. q(z|x), or q for short, is "
        "the Gaussian that the encoder gives in its place. A nat is a factor of e = 2.7 in "
        "probability."
        + (
            " Grey pixels were turned black or white, at random: this Bernoulli likelihood knows "
            "nothing between."
            if cached.can_compare_binary(loaded)
            else ""
        )
    )
    if not evidence.exact:
        st.warning(
            f"The estimated error of log p(x) is {min(evidence.error, 99.0):.2f} nats, above "
            f"{TOLERANCE}: the values that use it are approximate."
        )
