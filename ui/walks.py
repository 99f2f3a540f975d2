"""A walk between two held-out images: its two ends, its kind, and its decodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui import cached
from ui.cached import LoadedModel
from ui.latent_canvas import Click
from vae_core.data import DATASETS
from vae_core.geometry import spherical_path, straight_path
from vae_core.pictures import to_png
from vae_core.projections import Plane

_STEPS = 101  # the slider's hundredths, both ends included
_STRIP = slice(None, None, 10)
_FRAMES = slice(None, None, 4)


@dataclass(frozen=True)
class Ends:
    """Indices of the two held-out images."""

    start: int
    end: int


@dataclass(frozen=True)
class Walk:
    """A path and what the decoder draws on it.

    Attributes:
        z_TZ: latents on the way, shape (T, Z).
        images_TD: mean images in [0, 1], shape (T, D).
        about: how the path runs, for a caption.
    """

    z_TZ: NDArray[np.float64]
    images_TD: NDArray[np.float32]
    about: str

    def decode_at(self, share: float) -> NDArray[np.float32]:
        """The image at a share 0..1 of the way."""
        image_D: NDArray[np.float32] = self.images_TD[self.step_at(share)]
        return image_D

    def step_at(self, share: float) -> int:
        """The step nearest to a share 0..1 of the way."""
        return round(share * (len(self.z_TZ) - 1))

    @property
    def strip_TD(self) -> NDArray[np.float32]:
        """Eleven images at equal steps."""
        return self.images_TD[_STRIP]

    @property
    def there_and_back_TD(self) -> NDArray[np.float32]:
        """Frames of an animation that ends where it starts."""
        frames = self.images_TD[_FRAMES]
        return np.concatenate([frames, frames[-2:0:-1]])


def choose_ends(loaded: LoadedModel) -> Ends:
    """Two rows: the image, its class, its number in the class. A click on the plane sets them."""
    start = _choose_image(loaded, "start", "A", default_class=7)
    end = _choose_image(loaded, "end", "B", default_class=3)
    return Ends(start, end)


def _choose_image(loaded: LoadedModel, end: str, letter: str, default_class: int) -> int:
    images = cached.held_out(loaded.checkpoint.dataset)
    label_N = cached.encodings(loaded).label_N
    names = DATASETS[loaded.checkpoint.dataset].class_names
    picture, class_column, number_column = st.columns([1, 1.2, 1.6], vertical_alignment="bottom")
    name = class_column.selectbox(
        f"{letter}: class",
        names,
        index=default_class % len(names),
        key=f"walk_{end}_class",
        bind="query-params",
        persist_state="session",
    )
    of_class = np.flatnonzero(label_N == names.index(name))
    key = f"walk_{end}_number"
    # Another data set may hold fewer images of a class than the number kept from before.
    if st.session_state.get(key, 0) >= len(of_class):
        st.session_state[key] = 0
    number = number_column.number_input(
        f"{letter}: number",
        min_value=0,
        max_value=len(of_class) - 1,
        key=key,
        bind="query-params",
        persist_state="session",
    )
    chosen = int(of_class[int(number)])
    picture.image(to_png(images.x_ND[chosen].numpy(), images.image_shape, scale=5), width="stretch")
    return chosen


def choose_next_end() -> None:
    """Which end a click on the plane sets."""
    st.segmented_control(
        "A click on an image sets",
        ["A", "B"],
        default="B",
        required=True,
        key="walk_next",
        persist_state="session",
    )


def take_click(loaded: LoadedModel, click: Click) -> None:
    """A clicked image becomes the chosen end; a click on empty ground changes nothing."""
    if click.point is None:
        return
    label_N = cached.encodings(loaded).label_N
    label = label_N[click.point]
    end = {"A": "start", "B": "end"}[st.session_state.get("walk_next") or "B"]
    names = DATASETS[loaded.checkpoint.dataset].class_names
    st.session_state[f"walk_{end}_class"] = names[label]
    st.session_state[f"walk_{end}_number"] = int((label_N[: click.point] == label).sum())


def choose_kind(loaded: LoadedModel) -> str:
    """Straight, or spherical where there is a shell to stay on."""
    if loaded.checkpoint.model_config.latent_dim <= 2:
        return "straight"
    return st.sidebar.radio(
        "Path",
        ["straight", "spherical"],
        horizontal=True,
        key="walk_kind",
        persist_state="session",
        bind="query-params",
        help="In many dimensions draws from the prior lie near a shell; a spherical path stays on "
        "it, a straight one cuts through the middle, where little data lives.",
    )


def walk(loaded: LoadedModel, ends: Ends, kind: str) -> Walk:
    """Decode the path between the posterior means of two images."""
    mu_NZ = cached.encodings(loaded).mu_NZ
    path = spherical_path if kind == "spherical" else straight_path
    z_TZ = path(mu_NZ[ends.start], mu_NZ[ends.end], _STEPS)
    return Walk(z_TZ, cached.decode(loaded, z_TZ), f"on a {kind} path")


def on_plane(loaded: LoadedModel, plane: Plane, path: Walk) -> list[tuple[float, float]]:
    """The path as places on the plane."""
    places_T2 = plane.place(path.z_TZ, cached.encodings(loaded).mu_NZ)
    return [(float(x), float(y)) for x, y in places_T2]


def share_of_length(line: list[tuple[float, float]], step: int) -> float:
    """How far along a line on the plane a step lies, 0..1 by length."""
    lengths = np.linalg.norm(np.diff(np.array(line), axis=0), axis=1)
    total = lengths.sum()
    return float(lengths[:step].sum() / total) if total > 0 else 0.0
