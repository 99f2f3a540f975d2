"""Planes for latents that are not two-dimensional, and the way back from a plane to a latent.

Shape suffixes: N data set, Z latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from vae_core.planes.umap_layout import DEFAULT_UMAP, UmapSettings

NEIGHBOURS = 8
# A share of the cloud's mean squared radius: small enough that a point on the plane gives its own
# latent back, large enough that nothing is divided by zero.
_SOFTENING = 1e-12


def plane_to_latent(xy_N2: ArrayLike, z_NZ: ArrayLike, point_2: ArrayLike) -> NDArray[np.float64]:
    r"""The latent shown at a place of a projection: a mean of the nearest images' latents.

    .. math:: z = \frac{\sum_i w_i z_i}{\sum_i w_i}, \qquad
              w_i = \frac{1}{d_i^2 + 10^{-12} s^2}

    over the 8 images nearest to the place (all of them, if there are fewer; equal distances
    in the order of the data), with d_i the distance on the plane and s^2 the mean squared
    distance of all images from their mean place. The browser's canvas uses the same formula.

    Args:
        xy_N2: the images' places on the plane, shape (N, 2), N >= 1.
        z_NZ: the same images' latents, shape (N, Z).
        point_2: a place on the plane, shape (2,).

    Returns:
        z_Z: shape (Z,).

    Raises:
        ValueError: the shapes do not fit together, or the place is not finite.

    Source: inverse distance weighting, Shepard 1968, doi:10.1145/800186.810616.
    """
    xy, z = np.asarray(xy_N2, np.float64), np.asarray(z_NZ, np.float64)
    point = np.asarray(point_2, np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2 or z.ndim != 2 or len(z) != len(xy) or len(xy) == 0:
        raise ValueError(
            f"places and latents must be (N, 2) and (N, Z) with N >= 1, "
            f"got {xy.shape} and {z.shape}"
        )
    if point.shape != (2,) or not np.isfinite(point).all():
        raise ValueError(f"a place on the plane is two finite numbers, got {point_2!r}")
    return _blend(xy, z, point)


def _blend(
    from_NA: NDArray[np.floating], to_NB: NDArray[np.floating], place_A: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Inverse distance weighting of the nearest rows: distances in one space, values in another."""
    squared_N = ((from_NA.astype(np.float64) - place_A) ** 2).sum(axis=1)
    nearest = np.argsort(squared_N, kind="stable")[:NEIGHBOURS]
    squared_radius = ((from_NA - from_NA.mean(axis=0)) ** 2).sum(axis=1).mean()
    # The floor keeps the weights finite when all images share one place.
    softening = max(_SOFTENING * squared_radius, 1e-300)
    weight = 1 / (squared_N[nearest] + softening)
    return np.asarray((weight / weight.sum()) @ to_NB[nearest])


@dataclass(frozen=True)
class Plane:
    """Places of the images on a plane, and what the axes mean.

    Attributes:
        xy_N2: float32, shape (N, 2).
        projected: False where the plane is the latent space itself.
        axis_titles: of x and y; "" where an axis means nothing.
        note: one sentence on what a person should know about it; "" for the latent space itself.
        components_2Z: of a linear projection, as rows.
        origin_Z: of a linear projection: the latent at the plane's (0, 0).
    """

    xy_N2: NDArray[np.float32]
    projected: bool
    axis_titles: tuple[str, str]
    note: str
    components_2Z: NDArray[np.float64] | None = None
    origin_Z: NDArray[np.float64] | None = None

    def place(self, z_TZ: NDArray[np.floating], mu_NZ: NDArray[np.float32]) -> NDArray[np.float64]:
        """Where latents (T, Z) lie on this plane of the means ``mu_NZ``, shape (T, 2).

        Exact for the latent space itself and for a linear projection; for UMAP by the nearest
        images in latent space, the way ``plane_to_latent`` goes back.
        """
        if self.components_2Z is not None and self.origin_Z is not None:
            return np.asarray((z_TZ - self.origin_Z) @ self.components_2Z.T)
        if self.projected:
            return np.stack([_blend(mu_NZ, self.xy_N2, z_Z) for z_Z in z_TZ])
        if z_TZ.shape[1] == 1:
            return np.concatenate([z_TZ, np.zeros_like(z_TZ)], axis=1)
        return np.asarray(z_TZ, np.float64)


def identity_plane(mu_NZ: NDArray[np.float32]) -> Plane:
    """The latent space itself: Z = 2, or Z = 1 with the images spread upwards to be told apart."""
    if mu_NZ.shape[1] == 2:
        return Plane(mu_NZ, False, ("z₁", "z₂"), "")
    spread_N = np.random.default_rng(0).uniform(-1, 1, len(mu_NZ)).astype(np.float32)
    return Plane(
        np.stack([mu_NZ[:, 0], spread_N], axis=1),
        False,
        ("z₁", ""),
        "The model has one latent dimension, z₁; the height only spreads the points.",
    )


def pca_plane(mu_NZ: NDArray[np.float32]) -> Plane:
    """The two directions in which the posterior means vary most (principal components)."""
    mean_Z = mu_NZ.mean(axis=0, dtype=np.float64)
    centred_NZ = mu_NZ - mean_Z
    # In torch, which keeps to one thread where it was told to: NumPy's would collide with others.
    centred = torch.from_numpy(centred_NZ)
    spectrum = torch.linalg.eigh(centred.T @ centred)
    variances_Z = spectrum.eigenvalues.flip(0).clamp(min=0).numpy()
    directions = spectrum.eigenvectors.flip(1).T[:2].numpy().copy()
    # A direction's sign is arbitrary: the largest entry positive makes the plane reproducible.
    for direction in directions:
        direction *= np.sign(direction[np.abs(direction).argmax()])
    share = variances_Z[:2] / variances_Z.sum()
    return Plane(
        (centred_NZ @ directions.T).astype(np.float32),
        True,
        (f"first component ({share[0]:.0%} of the variance)", f"second ({share[1]:.0%})"),
        f"A projection: {mu_NZ.shape[1]} latent dimensions seen along the two that vary most "
        f"({share.sum():.0%} of the variance). Places are decoded through the nearest images' "
        "latents.",
        components_2Z=directions,
        origin_Z=mean_Z,
    )


def default_plane(mu_NZ: NDArray[np.float32]) -> Plane:
    """The latent space itself for one and two dimensions, else its principal components."""
    return identity_plane(mu_NZ) if mu_NZ.shape[1] <= 2 else pca_plane(mu_NZ)


def axes_plane(
    mu_NZ: NDArray[np.float32], axes: tuple[int, int], kl_Z: NDArray[np.floating]
) -> Plane:
    """Two latent dimensions as they are, the others left out of sight.

    Args:
        axes: indices of the dimensions along x and y.
        kl_Z: mean KL of each dimension, nats, for the titles of the axes.

    Raises:
        ValueError: the axes are not two different dimensions of the latent space.
    """
    latent_dim = mu_NZ.shape[1]
    if axes[0] == axes[1] or not all(0 <= axis < latent_dim for axis in axes):
        raise ValueError(
            f"the axes of a plane are two different dimensions of z1 to z{latent_dim}, got "
            f"z{axes[0] + 1} and z{axes[1] + 1}"
        )
    x, y = (f"z{axis + 1} (KL {kl_Z[axis]:.2f} nats)" for axis in axes)
    return Plane(
        np.ascontiguousarray(mu_NZ[:, axes]),
        True,
        (x, y),
        f"A projection: two of {latent_dim} latent dimensions as they are, the others out of "
        "sight. Places are decoded through the nearest images' latents.",
        components_2Z=np.eye(latent_dim)[list(axes)],
        origin_Z=np.zeros(latent_dim),
    )


def umap_plane(xy_N2: NDArray[np.float32], dimensions: int) -> Plane:
    """A plane that ``umap_layout.fit_umap`` laid out."""
    return Plane(
        xy_N2,
        True,
        ("", ""),
        f"A projection: UMAP keeps near what is near in the {dimensions} latent dimensions; "
        "directions, sizes and gaps mean little. Places are decoded through the nearest images' "
        "latents.",
    )


PROJECTIONS = {"identity": "latent space itself", "pca": "PCA", "umap": "UMAP", "axes": "axes"}
"""Kinds of planes and how the app names them."""


def projections_for(latent_dim: int) -> tuple[str, ...]:
    """Which kinds of planes a model of so many dimensions can be shown on, the default first."""
    return ("identity",) if latent_dim <= 2 else ("pca", "umap", "axes")


def plane_name(
    kind: str,
    *,
    umap: UmapSettings = DEFAULT_UMAP,
    axes: tuple[int, int] | None = None,
) -> str:
    """A plane's name, for caches and links: "pca", "umap", "umap-30-0.25", "axes-1-4" (z1, z4)."""
    if kind == "axes" and axes is not None:
        return f"axes-{axes[0] + 1}-{axes[1] + 1}"
    if kind == "umap" and umap != DEFAULT_UMAP:
        return f"umap-{umap.neighbours}-{umap.min_dist:g}"
    return kind


def umap_settings(name: str) -> UmapSettings | None:
    """The settings of a plane of that name; None if it is no UMAP.

    Raises:
        ValueError: the name is damaged.
    """
    kind, *rest = name.split("-")
    if kind != "umap":
        return None
    if not rest:
        return DEFAULT_UMAP
    neighbours, min_dist = rest
    return UmapSettings(int(neighbours), float(min_dist))


def plane_axes(name: str) -> tuple[int, int] | None:
    """The indices of the axes of a plane of that name; None if it does not name any.

    Raises:
        ValueError: the name is damaged.
    """
    kind, *rest = name.split("-")
    if kind != "axes":
        return None
    x, y = (int(number) - 1 for number in rest)
    return x, y
