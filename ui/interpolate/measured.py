"""Paths between latents, kept by model and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, encodings_of
from vae_core.planes.geodesics import fisher_embedding, geodesic_graph, model_geodesic, step_lengths
from vae_core.planes.geometry import spherical_path, straight_path
from vae_core.planes.latent_graph import Embedding, LatentGraph


@dataclass(frozen=True)
class LatentPath:
    """A path through latent space.

    Attributes:
        z_TZ: latents on the way, both ends included, shape (T, Z).
        length_S: Fisher length of each step, shape (T - 1,); see ``vae_core.planes.geodesics``.
        starts: of a geodesic, from how many first guesses it is the shortest; else 1.
    """

    z_TZ: NDArray[np.float64]
    length_S: NDArray[np.float64]
    starts: int = 1


def latent_path(
    loaded: LoadedModel,
    kind: str,
    start_Z: NDArray[np.floating],
    end_Z: NDArray[np.floating],
    steps: int,
) -> LatentPath:
    """A "straight", "spherical" or "geodesic" path between two latents."""
    return _path(loaded, kind, tuple(map(float, start_Z)), tuple(map(float, end_Z)), steps)


@cached("Looking for the shortest path …", max_entries=1024)
def _path(
    loaded: LoadedModel, kind: str, start: tuple[float, ...], end: tuple[float, ...], steps: int
) -> LatentPath:
    ends = np.array(start), np.array(end)
    starts = 1
    if kind == "geodesic":
        found = model_geodesic(loaded.vae, *ends, steps, _graph(loaded))
        z_TZ, starts = found.z_TZ, found.starts
    else:
        z_TZ = (spherical_path if kind == "spherical" else straight_path)(*ends, steps)
    return LatentPath(z_TZ, step_lengths(_embedding(loaded), z_TZ), starts)


@cached(max_entries=64)
def _embedding(loaded: LoadedModel) -> Embedding:
    return fisher_embedding(loaded.vae)


# 15 MB each, and more than there are bundled models of two dimensions.
@cached("Measuring the plane …", max_entries=16)
def _graph(loaded: LoadedModel) -> LatentGraph:
    return geodesic_graph(loaded.vae, encodings_of(loaded).mu_NZ)
