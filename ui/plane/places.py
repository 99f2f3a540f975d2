"""The place on the plane that a person chose: keeping it, and telling what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.canvas.events import Click
from ui.common import links
from ui.common.forms import Form
from ui.common.pictures import show_image, show_images
from ui.common.state import Slot
from ui.common.text import minus
from ui.library.chooser import what_nats_mean
from ui.library.loaded import LoadedModel, decode, encodings_of, held_out
from ui.plane import planes, umap_fitting
from vae_core.evaluation.encodings import nearest_images
from vae_core.planes.projections import Plane, plane_to_latent

NEIGHBOURS_SHOWN = 8


# 17 is image 17; 0.5_-1.25 a place of the latent space; axes-1-4:0.5_-1.25 of a projection.
_NUMBER = r"(-?\d{1,6}\.\d{1,4})"
_TEXT = re.compile(rf"(\d{{1,9}})|(?:([a-z][a-z0-9.-]*):)?{_NUMBER}_{_NUMBER}")


@dataclass(frozen=True)
class Place:
    """A place on a model's plane.

    Attributes:
        x, y: where it is.
        image: index of the held-out image there, None on empty ground.
    """

    x: float
    y: float
    image: int | None


@dataclass(frozen=True)
class Spot:
    """A place and the plane it was chosen on.

    Attributes:
        digest, dataset: of the model.
        projection: name of the plane, as in PROJECTIONS.
    """

    digest: str
    dataset: str
    projection: str
    place: Place


_PLACE: Slot[Spot | None] = Slot("place", None)


def keep_place(loaded: LoadedModel, projection: str, click: Click) -> None:
    """Remember a click for this session."""
    place = Place(click.x, click.y, click.point)
    _PLACE.set(Spot(loaded.digest, loaded.dataset, projection, place))


def kept_place(loaded: LoadedModel, projection: str) -> Place | None:
    """The remembered place as this model has it, for a page that shows it: it is in the link."""

    def write(spot: Spot | None) -> str:
        place = None if spot is None else follow(spot, loaded, projection)
        return "" if place is None else write_place(place, projection)

    form: Form[Spot | None] = Form(write, lambda text: read_place(text, loaded))
    links.value(_PLACE, form, "chosen place")
    return last_place(loaded, projection)


def last_place(loaded: LoadedModel, projection: str) -> Place | None:
    """The same for a page that only takes it from others."""
    spot = _PLACE.get()
    return None if spot is None else follow(spot, loaded, projection)


def last_image(loaded: LoadedModel) -> int | None:
    """The held-out image of this model's data set that was clicked last, on whatever page."""
    spot = _PLACE.get()
    return None if spot is None or spot.dataset != loaded.dataset else spot.place.image


def write_place(place: Place, projection: str) -> str:
    """A place as it stands in a link."""
    if place.image is not None:
        return str(place.image)
    prefix = "" if projection == "identity" else f"{projection}:"
    return f"{prefix}{place.x:.4f}_{place.y:.4f}"


def read_place(text: str, loaded: LoadedModel) -> Spot:
    """What ``write_place`` wrote.

    Raises:
        ValueError: it is no place, or an image that the model's data set does not have.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no place")
    image, projection, x, y = match.groups()
    kind, place = "", Place(0.0, 0.0, None)
    if image is None:
        kind, place = projection or "identity", Place(float(x), float(y), None)
    elif int(image) < len(held_out(loaded.dataset)):
        place = Place(0.0, 0.0, int(image))  # follow() looks up where it is
    else:
        raise ValueError(f"there is no image {image}")
    return Spot(loaded.digest, loaded.dataset, kind, place)


def follow(spot: Spot, loaded: LoadedModel, projection: str) -> Place | None:
    """A spot as this model has it; None if it means nothing there.

    An image is followed to where this model puts it; empty ground is kept only on a plane of
    the same kind.
    """
    image = spot.place.image
    if image is not None:
        plane = planes.plane(loaded, projection)
        if plane is None or spot.dataset != loaded.dataset:
            return None
        x, y = map(float, plane.xy_N2[image])
        return Place(x, y, image)
    same_plane = spot.digest == loaded.digest and spot.projection == projection
    return spot.place if same_plane or spot.projection == projection == "identity" else None


def latent_of(loaded: LoadedModel, plane: Plane, place: Place) -> NDArray[np.float64]:
    """The latent at a place: an image's posterior mean, else what the plane says; shape (Z,)."""
    mu_NZ = encodings_of(loaded).mu_NZ
    if place.image is not None:
        return np.asarray(mu_NZ[place.image], np.float64)
    if plane.projected:
        return plane_to_latent(plane.xy_N2, mu_NZ, (place.x, place.y))
    return np.array([place.x, place.y][: mu_NZ.shape[1]])


def show_place(loaded: LoadedModel, plane: Plane, place: Place) -> None:
    """What is at a place: decode, neighbours, and for an image its reconstruction and ELBO."""
    encodings = encodings_of(loaded)
    images = held_out(loaded.dataset)
    z_Z = latent_of(loaded, plane, place)
    decoded_D = decode(loaded, z_Z[None])[0]
    shape = images.image_shape
    own, middle, terms, around = st.columns([1.15, 1.15, 1.9, 5.2])
    if place.image is not None:
        label = loaded.class_names[int(encodings.label_N[place.image])]
        with own:
            show_image(
                images.x_ND[place.image].numpy(), shape, f"image {place.image}, a {label}", 104
            )
        with middle:
            show_image(decoded_D, shape, "decoded from its mean", 104)
        with terms:
            note = what_nats_mean(loaded)
            st.markdown(_ledger(loaded, place.image), help=_LEDGER_HELP + note)
    else:
        with own:
            show_image(decoded_D, shape, "decoded here", 104)
        with middle:
            st.markdown("**z**  \n" + "  \n".join(minus(value, 2) for value in z_Z[:4]))
    with around:
        nearest = [int(n) for n in nearest_images(encodings.mu_NZ, z_Z, NEIGHBOURS_SHOWN + 1)]
        nearest = [n for n in nearest if n != place.image][:NEIGHBOURS_SHOWN]
        st.markdown("**Nearest held-out images**")
        show_images(
            images.x_ND[nearest].numpy(),
            shape,
            [loaded.class_names[int(encodings.label_N[n])] for n in nearest],
            56,
        )


_LEDGER_HELP = (
    "ELBO = −(reconstruction NLL) − KL from the prior, in nats for this image. The reconstruction "
    "term is an average over z drawn from q(z|x), here from one draw, so it differs from the "
    "picture that is decoded from the mean. "
)


def _ledger(loaded: LoadedModel, image: int) -> str:
    encodings = encodings_of(loaded)
    return "  \n".join(
        [
            "**This image, nats**",
            f"reconstruction {minus(encodings.reconstruction_nll_N[image], 1)}",
            f"KL {minus(encodings.kl_N[image], 1)}",
            f"**ELBO {minus(float(encodings.elbo_N[image]), 1)}**",
        ]
    )


def plane_or_fit(loaded: LoadedModel, projection: str) -> Plane:
    """The plane, with a sentence on what it is where it is not the latent space itself.

    Where it is a UMAP that has not been fitted, an offer to fit it; then the page ends here.
    """
    plane = planes.plane(loaded, projection)
    if plane is None:
        umap_fitting.fit_umap(loaded, projection)
    if plane.note:
        st.caption(f":material/info: {plane.note}")
    return plane
