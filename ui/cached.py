"""The only st.cache_* calls.

Keys are digests and names, never arrays: Streamlit hashes large ones by sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ui.latent_canvas import PlaneSpec
from ui.latent_canvas.assets import Asset, pack_decoder, pack_points
from vae_core.checkpoints import Checkpoint, load_checkpoint
from vae_core.data import LabelledImages, load_split
from vae_core.encodings import Encodings, decode_latents, encode_images, prior_samples
from vae_core.jobs import Runner
from vae_core.library import ModelEntry, runs_folder
from vae_core.projections import Plane, identity_plane, load_umap, pca_plane, umap_plane


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


def encodings(loaded: LoadedModel) -> Encodings:
    """Where the model puts its held-out images."""
    return _encodings(loaded.digest, loaded)


@st.cache_resource(show_spinner="Encoding the images …", max_entries=64)
def _encodings(digest: str, _loaded: LoadedModel) -> Encodings:
    return encode_images(_loaded.checkpoint.model, held_out(_loaded.checkpoint.dataset))


def decode(loaded: LoadedModel, z_PZ: NDArray[np.floating]) -> NDArray[np.float32]:
    """Mean images in [0, 1], shape (P, D). Not cached: one takes less than a look-up."""
    return decode_latents(loaded.checkpoint.model, z_PZ)


def samples_from_prior(loaded: LoadedModel, count: int, seed: int) -> NDArray[np.float32]:
    """Decodes of z ~ N(0, I), shape (count, D); the same z for every model of one dimension."""
    return prior_samples(loaded.checkpoint.model, count, seed=seed)


def plane(loaded: LoadedModel, projection: str) -> Plane | None:
    """Places of the held-out images on a plane; None for a UMAP that has not been fitted yet."""
    if projection == "umap":
        return _umap_plane(loaded)
    return _plane(loaded.digest, projection, loaded)


@st.cache_resource(show_spinner=False, max_entries=64)
def _plane(digest: str, projection: str, _loaded: LoadedModel) -> Plane:
    mu_NZ = encodings(_loaded).mu_NZ
    return pca_plane(mu_NZ) if projection == "pca" else identity_plane(mu_NZ)


def umap_path(loaded: LoadedModel) -> Path:
    """Where the fitted plane of a model lies: beside it on board, else with the runs."""
    if loaded.entry.on_board:
        return loaded.entry.path.with_suffix(".umap.npz")
    return runs_folder() / "planes" / f"{loaded.digest}.umap.npz"


def _umap_plane(loaded: LoadedModel) -> Plane | None:
    mu_NZ = encodings(loaded).mu_NZ
    xy_N2 = load_umap(umap_path(loaded), loaded.digest, len(mu_NZ))
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
) -> tuple[PlaneSpec, tuple[Asset, Asset]]:
    network = _loaded.checkpoint.model
    config = network.config
    points = plane(_loaded, projection)
    if points is None:
        raise LookupError("the UMAP of this model has not been fitted yet")
    encoded = encodings(_loaded)
    decoder = Asset(pack_decoder(network))
    z_NZ = encoded.mu_NZ if points.projected else None
    positions = Asset(pack_points(points.xy_N2, z_NZ, encoded.label_N))
    spec = PlaneSpec(
        title=title,
        decoder_url=decoder.url,
        points_url=positions.url,
        layers=(config.latent_dim, *config.decoder_hidden, config.pixels),
        activation=config.activation,
        count=len(encoded.label_N),
        latent_dim=config.latent_dim,
        projected=points.projected,
        axis_titles=points.axis_titles,
    )
    return spec, (decoder, positions)
