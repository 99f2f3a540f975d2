"""The only st.cache_* calls, with ``ui.cached_*`` for what single pages measure.

Keys are digests and names, never arrays: Streamlit hashes large ones by sample.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ui import layers
from ui.latent_canvas import PlaneSpec
from ui.latent_canvas.assets import Asset
from vae_core.best_decoder import all_distinct, random_pair_distance
from vae_core.checkpoints import Checkpoint, load_checkpoint
from vae_core.data import LabelledImages, binarise_fixed, load_split
from vae_core.encodings import Encodings, decode_latents, encode_images, prior_samples
from vae_core.geodesics import fisher_embedding, model_geodesic, step_lengths
from vae_core.geometry import spherical_path, straight_path
from vae_core.jobs import Runner
from vae_core.library import ModelEntry, runs_folder
from vae_core.models.vae import VAE
from vae_core.projections import (
    Plane,
    axes_plane,
    identity_plane,
    pca_plane,
    plane_axes,
    umap_plane,
    umap_settings,
)
from vae_core.umap_layout import DEFAULT_UMAP, load_umap


@dataclass(frozen=True)
class LoadedModel:
    """A model of the library, ready to use."""

    entry: ModelEntry
    checkpoint: Checkpoint

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def digest(self) -> str:
        return self.checkpoint.digest

    @property
    def vae(self) -> VAE:
        return self.checkpoint.vae


def warm_up() -> None:
    """Once per server, before the first visitor: slow imports, a first encoding, the job runner."""
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401

    # Many sessions share the cores; one thread each answers sooner than two that collide.
    torch.set_num_threads(1)
    runner()


def shut_down() -> None:
    """End the job runner with the server."""
    runner().close()


@st.cache_resource(show_spinner=False)
def runner() -> Runner:
    """The process that trains, one per server."""
    return Runner()


def model(entry: ModelEntry) -> LoadedModel:
    """Load a model once per version of its file.

    Raises:
        CheckpointError: the file is missing or broken.
    """
    changed = entry.path.stat().st_mtime_ns if entry.path.exists() else 0
    return LoadedModel(entry, _checkpoint(str(entry.path), changed))


@st.cache_resource(show_spinner=False, max_entries=64)
def _checkpoint(path: str, changed: int) -> Checkpoint:
    return load_checkpoint(Path(path))


@st.cache_resource(show_spinner="Reading the images …", max_entries=8)
def held_out(dataset: str) -> LabelledImages:
    """The images that a model trained on ``dataset`` has not seen.

    Raises:
        OSError: they are not on this machine and could not be fetched.
    """
    return load_split(dataset, "test")


@st.cache_resource(show_spinner=False, max_entries=8)
def principal_variances(dataset: str) -> NDArray[np.float64]:
    """Eigenvalues of the held-out images' covariance (1/N), descending, shape (D,)."""
    x_ND = held_out(dataset).x_ND.double()
    centred_ND = x_ND - x_ND.mean(dim=0)
    # torch's: NumPy's takes 7 s for 784 x 784 where its threads collide.
    values_D = torch.linalg.eigvalsh(centred_ND.T @ centred_ND / len(x_ND)).flip(0)
    return np.asarray(values_D.clamp(min=0).numpy())


def encodings(loaded: LoadedModel) -> Encodings:
    """Where the model puts its held-out images."""
    return _encodings(loaded.digest, loaded)


@st.cache_resource(show_spinner="Encoding the images …", max_entries=64)
def _encodings(digest: str, _loaded: LoadedModel) -> Encodings:
    return encode_images(_loaded.vae, held_out(_loaded.checkpoint.dataset))


def decode(loaded: LoadedModel, z_PZ: NDArray[np.floating]) -> NDArray[np.float32]:
    """Mean images in [0, 1], shape (P, D). Not cached: one takes less than a look-up.

    Streamlit runs a script in a new thread every time, and torch's first product in a thread costs
    it 2 to 14 ms: a thread that stays does them all.
    """
    return _decoding().submit(decode_latents, loaded.vae, z_PZ).result()


@st.cache_resource(show_spinner=False)
def _decoding() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode")


@dataclass(frozen=True)
class LatentPath:
    """A path through latent space.

    Attributes:
        z_TZ: latents on the way, both ends included, shape (T, Z).
        length_S: Fisher length of each step, shape (T - 1,); see ``vae_core.geodesics``.
    """

    z_TZ: NDArray[np.float64]
    length_S: NDArray[np.float64]


def path(
    loaded: LoadedModel,
    kind: str,
    start_Z: NDArray[np.floating],
    end_Z: NDArray[np.floating],
    steps: int,
) -> LatentPath:
    """A "straight", "spherical" or "geodesic" path between two latents."""
    start, end = tuple(map(float, start_Z)), tuple(map(float, end_Z))
    return _path(loaded.digest, kind, start, end, steps, loaded)


@st.cache_resource(show_spinner="Looking for the shortest path …", max_entries=1024)
def _path(
    digest: str,
    kind: str,
    start: tuple[float, ...],
    end: tuple[float, ...],
    steps: int,
    _loaded: LoadedModel,
) -> LatentPath:
    model, ends = _loaded.vae, (np.array(start), np.array(end))
    if kind == "geodesic":
        z_TZ = model_geodesic(model, *ends, steps)
    else:
        z_TZ = (spherical_path if kind == "spherical" else straight_path)(*ends, steps)
    return LatentPath(z_TZ, step_lengths(fisher_embedding(model), z_TZ))


def samples_from_prior(loaded: LoadedModel, count: int, seed: int) -> NDArray[np.float32]:
    """Decodes of z ~ N(0, I), shape (count, D); the same z for every model of one dimension."""
    return prior_samples(loaded.vae, count, seed=seed)


def plane(loaded: LoadedModel, projection: str) -> Plane | None:
    """Places of the held-out images on a plane; None for a UMAP that has not been fitted yet.

    Args:
        projection: see ``projections.plane_name``.
    """
    if umap_settings(projection) is not None:
        return _umap_plane(loaded, projection)
    return _plane(loaded.digest, projection, loaded)


@st.cache_resource(show_spinner=False, max_entries=256)
def _plane(digest: str, projection: str, _loaded: LoadedModel) -> Plane:
    encoded = encodings(_loaded)
    if (axes := plane_axes(projection)) is not None:
        return axes_plane(encoded.mu_NZ, axes, encoded.kl_Z)
    return pca_plane(encoded.mu_NZ) if projection == "pca" else identity_plane(encoded.mu_NZ)


def umap_path(loaded: LoadedModel, projection: str) -> Path:
    """Where a fitted plane lies: beside the model for the one on board, else with the runs."""
    if loaded.entry.on_board and umap_settings(projection) == DEFAULT_UMAP:
        return loaded.entry.path.with_suffix(".umap.npz")
    return runs_folder() / "planes" / f"{loaded.digest}.{projection}.npz"


def _umap_plane(loaded: LoadedModel, projection: str) -> Plane | None:
    mu_NZ = encodings(loaded).mu_NZ
    xy_N2 = load_umap(umap_path(loaded, projection), loaded.digest, len(mu_NZ))
    return None if xy_N2 is None else umap_plane(xy_N2, mu_NZ.shape[1])


def pane(loaded: LoadedModel, projection: str, title: str) -> PlaneSpec:
    """What the canvas draws for this model. Its bytes are fetched by the browser, once.

    Raises:
        LookupError: the plane is a UMAP that has not been fitted.
    """
    spec, _assets = _pane(loaded.digest, projection, title, loaded)
    return spec


# The cached tuple keeps the assets alive: a route serves one only as long as somebody holds it.
@st.cache_resource(show_spinner=False, max_entries=64)
def _pane(
    digest: str, projection: str, title: str, _loaded: LoadedModel
) -> tuple[PlaneSpec, tuple[Asset, ...]]:
    points = plane(_loaded, projection)
    if points is None:
        raise LookupError("the UMAP of this model has not been fitted yet")
    pictures = _pictures(_loaded.checkpoint.dataset)
    return layers.make_pane(title, _loaded.vae, encodings(_loaded), points, pictures)


_MOST_PICTURES = 20_000  # images a browser is sent: 16 MB of MNIST


@st.cache_resource(show_spinner=False, max_entries=8)
def _pictures(dataset: str) -> Asset | None:
    images = held_out(dataset)
    if len(images) > _MOST_PICTURES:
        return None
    return Asset((images.x_ND * 255).round().to(torch.uint8).numpy().tobytes())


@dataclass(frozen=True)
class BinaryImages:
    """The held-out images with every pixel drawn once as black or white.

    Attributes:
        distinct: whether no two of them are the same.
        pair_distance: mean squared distance of two of them, summed over pixels.
    """

    x_ND: torch.Tensor
    distinct: bool
    pair_distance: float


@st.cache_resource(show_spinner=False, max_entries=8)
def binary_images(dataset: str) -> BinaryImages:
    """The same black and white images in every session.

    Raises:
        OSError: the images are not on this machine and could not be fetched.
    """
    x_ND = binarise_fixed(held_out(dataset).x_ND, seed=0)
    return BinaryImages(x_ND, all_distinct(x_ND), random_pair_distance(x_ND))


def can_compare_binary(loaded: LoadedModel) -> bool:
    """Whether the NLL of black and white images means something for this decoder."""
    return loaded.checkpoint.model_config.likelihood == "bernoulli"
