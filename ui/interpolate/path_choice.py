"""A walk between two latents: its ends, its kind, and what the decoder draws on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.canvas.events import Click
from ui.common import controls
from ui.common.image_by_class import choose_by_class, choose_this_image
from ui.common.pictures import show_image
from ui.common.state import Slot
from ui.interpolate.measured import LatentPath, latent_path
from ui.library.loaded import LoadedModel, decode, encodings_of, held_out
from ui.plane import places
from ui.plane.pins import Pin
from ui.plane.places import Place
from vae_core.pictures.image_files import to_png
from vae_core.planes.projections import Plane

_STEPS = 101  # the slider's hundredths, both ends included
_STRIP = slice(None, None, 10)
_FRAMES = slice(None, None, 4)

_NEXT = Slot("walk_next", "B")

_KINDS = {
    "geodesic": "The geodesic is the path on which the decoded image changes least: equal steps on "
    "it change the image equally. What is shown is the shortest path that was found, from several "
    "starts; that there is none shorter cannot be proved this way.",
    "straight": "The straight path takes equal steps in latent space.",
    "spherical": "In many dimensions draws from the prior lie near a shell; the spherical path "
    "stays on it, where the straight one cuts through the middle.",
}


@dataclass(frozen=True)
class Ends:
    """The latents at both ends, shape (Z,), and their names on the plane."""

    start_Z: NDArray[np.floating]
    end_Z: NDArray[np.floating]
    names: tuple[str, str]


@dataclass(frozen=True)
class Walk:
    """A path and what the decoder draws on it.

    Attributes:
        kind: "geodesic", "straight" or "spherical".
        path: the latents on the way and the length of each step.
        images_TD: mean images in [0, 1], shape (T, D).
    """

    kind: str
    path: LatentPath
    images_TD: NDArray[np.float32]

    def decode_at(self, share: float) -> NDArray[np.float32]:
        """The image at a share 0..1 of the way."""
        image_D: NDArray[np.float32] = self.images_TD[self.step_at(share)]
        return image_D

    def step_at(self, share: float) -> int:
        """The step nearest to a share 0..1 of the way."""
        return round(share * (len(self.images_TD) - 1))

    @property
    def strip_TD(self) -> NDArray[np.float32]:
        """Eleven images at equal steps."""
        return self.images_TD[_STRIP]

    @property
    def there_and_back_TD(self) -> NDArray[np.float32]:
        """Frames of an animation that ends where it starts."""
        frames = self.images_TD[_FRAMES]
        return np.concatenate([frames, frames[-2:0:-1]])

    @property
    def length(self) -> float:
        """Fisher length of the whole path."""
        return float(self.path.length_S.sum())


def choose_ends(loaded: LoadedModel, plane: Plane, pins: list[Pin]) -> Ends:
    """Two pins where there are as many, or two images; a click on the plane sets an image."""
    between = "images"
    if len(pins) >= 2:
        between = controls.segmented_control(
            "Walk between", ["images", "pins"], default="pins", key="walk_between"
        )
    if between == "pins":
        columns = st.columns(2)
        start = _choose_pin(loaded, plane, pins, "start", columns[0], 0)
        end = _choose_pin(loaded, plane, pins, "end", columns[1], 1)
        return Ends(start[0], end[0], (start[1], end[1]))
    mu_NZ = encodings_of(loaded).mu_NZ
    chosen = [_choose_image(loaded, "start", "1", 7), _choose_image(loaded, "end", "2", 3)]
    # The ids are those of old links. Letters are names of pins, so that ends have numbers.
    controls.segmented_control(
        "A click on an image sets", {"A": "end 1", "B": "end 2"}, default="B", key=_NEXT.name
    )
    return Ends(mu_NZ[chosen[0]], mu_NZ[chosen[1]], ("1", "2"))


def _choose_pin(
    loaded: LoadedModel,
    plane: Plane,
    pins: list[Pin],
    end: str,
    column: st.delta_generator.DeltaGenerator,
    default: int,
) -> tuple[NDArray[np.floating], str]:
    by_name = {pin.name: pin for pin in pins}
    names = list(by_name)
    name = controls.selectbox(
        {"start": "From pin", "end": "to pin"}[end],
        names,
        default=names[default],
        key=f"walk_{end}_pin",
        at=column,
    )
    pin = by_name[name]
    z_Z = places.latent_of(loaded, plane, Place(pin.x, pin.y, pin.image))
    with column:
        shape = loaded.image_shape
        show_image(decode(loaded, z_Z[None])[0], shape, f"decoded at {name}", 84)
    return z_Z, name


def _choose_image(loaded: LoadedModel, end: str, number: str, default_class: int) -> int:
    images = held_out(loaded.dataset)
    label_N = encodings_of(loaded).label_N
    names = loaded.class_names
    picture, *choosers = st.columns([1, 1.2, 1.6], vertical_alignment="bottom")
    chosen = choose_by_class(
        choosers, label_N, names, f"walk_{end}", of=f"End {number}", default=default_class
    )
    picture.image(to_png(images.x_ND[chosen].numpy(), images.image_shape, scale=5), width="stretch")
    return chosen


def take_click(loaded: LoadedModel, click: Click) -> None:
    """A clicked image becomes the chosen end; a click on empty ground changes nothing."""
    if click.point is None:
        return
    end = {"A": "start", "B": "end"}[_NEXT.get()]
    choose_this_image(
        click.point,
        encodings_of(loaded).label_N,
        loaded.class_names,
        f"walk_{end}",
    )


def choose_kind(loaded: LoadedModel) -> str:
    """The path to walk; spherical only where there is a shell to stay on."""
    kinds = [kind for kind in _KINDS if kind != "spherical" or loaded.latent_dim > 2]
    kind = controls.radio("Path", kinds, key="walk_kind", at=st.sidebar)
    about = _KINDS[kind]
    if kind == "geodesic" and len(kinds) > 2:
        about += (
            " In many dimensions the way in latent space counts too: by the image alone the path "
            "would run far outside the data."
        )
    st.sidebar.caption(about)
    return kind


def walks(loaded: LoadedModel, ends: Ends, kind: str) -> tuple[Walk, Walk | None]:
    """The chosen path, and the straight one to compare it with unless it is that."""
    path = _walk(loaded, ends, kind)
    return path, None if kind == "straight" else _walk(loaded, ends, "straight")


def _walk(loaded: LoadedModel, ends: Ends, kind: str) -> Walk:
    path = latent_path(loaded, kind, ends.start_Z, ends.end_Z, _STEPS)
    return Walk(kind, path, decode(loaded, path.z_TZ))


def on_plane(loaded: LoadedModel, plane: Plane, walk: Walk | None) -> list[tuple[float, float]]:
    """The path as places on the plane; none without a path."""
    if walk is None:
        return []
    places_T2 = plane.place(walk.path.z_TZ, encodings_of(loaded).mu_NZ)
    return [(float(x), float(y)) for x, y in places_T2]


def share_of_length(line: list[tuple[float, float]], step: int) -> float:
    """How far along a line on the plane a step lies, 0..1 by length."""
    lengths = np.linalg.norm(np.diff(np.array(line), axis=0), axis=1)
    total = lengths.sum()
    return float(lengths[:step].sum() / total) if total > 0 else 0.0
