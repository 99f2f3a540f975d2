"""The planes of a model: where its images lie, and what the canvas draws of it."""

from __future__ import annotations

from pathlib import Path

import torch

from ui.canvas.assets import Asset
from ui.library.cache import cached
from ui.library.loaded import LoadedModel, encodings_of, held_out
from vae_core.evaluation.encodings import Encodings
from vae_core.models.vae import VAE
from vae_core.paths import runs_folder
from vae_core.planes.projections import (
    Plane,
    axes_plane,
    identity_plane,
    pca_plane,
    plane_axes,
    umap_plane,
    umap_settings,
)
from vae_core.planes.umap_layout import DEFAULT_UMAP, load_umap
from vae_core.web.packing import pack_decoder, pack_floats, pack_points, plane_covariance
from vae_core.web.specs import PlaneSpec


def plane(loaded: LoadedModel, projection: str) -> Plane | None:
    """Places of the held-out images on a plane; None for a UMAP that has not been fitted yet.

    Args:
        projection: see ``projections.plane_name``.
    """
    if umap_settings(projection) is not None:
        return _umap_plane(loaded, projection)
    return _plane(loaded, projection)


@cached(max_entries=256)
def _plane(loaded: LoadedModel, projection: str) -> Plane:
    encoded = encodings_of(loaded)
    if (axes := plane_axes(projection)) is not None:
        return axes_plane(encoded.mu_NZ, axes, encoded.kl_Z)
    return pca_plane(encoded.mu_NZ) if projection == "pca" else identity_plane(encoded.mu_NZ)


def umap_path(loaded: LoadedModel, projection: str) -> Path:
    """Where a fitted plane lies: beside the model for a bundled one, else with the runs."""
    if loaded.entry.bundled and umap_settings(projection) == DEFAULT_UMAP:
        return loaded.entry.path.with_suffix(".umap.npz")
    return runs_folder() / "planes" / f"{loaded.digest}.{projection}.npz"


def _umap_plane(loaded: LoadedModel, projection: str) -> Plane | None:
    mu_NZ = encodings_of(loaded).mu_NZ
    xy_N2 = load_umap(umap_path(loaded, projection), loaded.digest, len(mu_NZ))
    return None if xy_N2 is None else umap_plane(xy_N2, mu_NZ.shape[1])


def pane(loaded: LoadedModel, projection: str, title: str) -> PlaneSpec:
    """What the canvas draws for this model. Its bytes are fetched by the browser, once.

    Raises:
        LookupError: the plane is a UMAP that has not been fitted.
    """
    spec, _assets = _pane(loaded, projection, title)
    return spec


# The cached tuple keeps the assets alive: a route serves one only as long as somebody holds it.
@cached(max_entries=64)
def _pane(loaded: LoadedModel, projection: str, title: str) -> tuple[PlaneSpec, tuple[Asset, ...]]:
    points = plane(loaded, projection)
    if points is None:
        raise LookupError("the UMAP of this model has not been fitted yet")
    pictures = _pictures(loaded.dataset)
    return make_pane(title, loaded.vae, encodings_of(loaded), points, pictures)


_MOST_PICTURES = 20_000  # images a browser is sent: 16 MB of MNIST


@cached(max_entries=8)
def _pictures(dataset: str) -> Asset | None:
    images = held_out(dataset)
    if len(images) > _MOST_PICTURES:
        return None
    return Asset((images.x_ND * 255).round().to(torch.uint8).numpy().tobytes())


def make_pane(
    title: str, model: VAE, encodings: Encodings, plane: Plane, pictures: Asset | None
) -> tuple[PlaneSpec, tuple[Asset, ...]]:
    """A model's plane as the canvas fetches it."""
    config = model.config
    decoder = Asset(pack_decoder(model))
    z_NZ = encodings.mu_NZ if plane.projected else None
    points = Asset(pack_points(plane.xy_N2, z_NZ, encodings.label_N))
    # A nonlinear plane turns a Gaussian into no Gaussian: it has no ellipses at true scale.
    linear = not plane.projected or plane.components_2Z is not None
    covariance_N3 = plane_covariance(encodings.logvar_NZ, plane.components_2Z) if linear else None
    posteriors = None if covariance_N3 is None else Asset(pack_floats(covariance_N3))
    spec = PlaneSpec(
        title=title,
        decoder_url=decoder.url,
        points_url=points.url,
        layers=(config.latent_dim, *config.decoder_hidden, config.pixels),
        activation=config.activation,
        likelihood=config.likelihood,
        count=len(encodings.label_N),
        latent_dim=config.latent_dim,
        projected=plane.projected,
        axis_titles=plane.axis_titles,
        posteriors_url=posteriors.url if posteriors else None,
        images_url=pictures.url if pictures else None,
    )
    return spec, tuple(a for a in (decoder, points, posteriors, pictures) if a is not None)
