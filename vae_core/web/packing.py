"""Weights, points and fields as the bytes that the browser's code reads.

Shape suffixes: N images, Z latent dimensions.
"""

from __future__ import annotations

from base64 import b64encode

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import nn

from vae_core.models.base import LatentModel


def pack_decoder(model: LatentModel) -> bytes:
    """float32: for every linear layer, in order, the weight (out, in) row by row, then the bias."""
    parts = []
    for layer in model.decoder:
        if isinstance(layer, nn.Linear):
            parts += [layer.weight, layer.bias]
    return b"".join(part.detach().cpu().numpy().astype("<f4").tobytes() for part in parts)


def pack_points(xy_N2: ArrayLike, z_NZ: ArrayLike | None, label_N: ArrayLike) -> bytes:
    """float32 places (N, 2); then, for a projection, float32 latents (N, Z); then uint8 labels (N).

    Args:
        xy_N2: places on the plane.
        z_NZ: the latents behind a projected plane; None where the plane is the latent space.
        label_N: class of each image, 0..255.

    Raises:
        ValueError: the shapes do not fit together, or a value cannot be drawn.
    """
    xy, label = np.asarray(xy_N2), np.asarray(label_N)
    if xy.ndim != 2 or xy.shape[1] != 2 or label.shape != (len(xy),):
        raise ValueError(
            f"places and labels must be (N, 2) and (N,), got {xy.shape} and {label.shape}"
        )
    if label.size and not 0 <= label.min() <= label.max() <= 255:
        raise ValueError(f"labels must lie in 0..255, got {label.min()} to {label.max()}")
    floats = [xy]
    if z_NZ is not None:
        z = np.asarray(z_NZ)
        if z.ndim != 2 or len(z) != len(xy):
            raise ValueError(f"latents must be (N, Z) with N = {len(xy)}, got {z.shape}")
        floats.append(z)
    if not all(np.isfinite(part).all() for part in floats):
        raise ValueError("places and latents must be finite numbers")
    content = b"".join(part.astype("<f4").tobytes() for part in floats)
    return content + label.astype(np.uint8).tobytes()


def pack_floats(values: ArrayLike) -> bytes:
    """float32, row by row: a value per image (N,), covariances (N, 3), or a field (H, W)."""
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def in_base64(values: ArrayLike, dtype: str) -> str:
    """Numbers that travel within the JSON of a canvas, row by row.

    Args:
        dtype: "<f4" (float32) or "u1" (bytes).
    """
    return b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode()


def plane_covariance(
    logvar_NZ: NDArray[np.floating], components_2Z: NDArray[np.floating] | None
) -> NDArray[np.float64]:
    r"""Covariance of q(z|x) on a plane, exact for the latent space and its linear projections.

    .. math:: C_n = P \, \mathrm{diag}(\sigma_n^2) \, P^\top

    Args:
        logvar_NZ: log-variances of q(z|x).
        components_2Z: rows of P; None where the plane is the latent space itself. With Z = 1 the
            second axis only spreads the points: nothing varies along it.

    Returns:
        xx, xy, yy for each image, shape (N, 3).

    Raises:
        ValueError: there is no P, and more than 2 latent dimensions.
    """
    variance_NZ = np.exp(np.asarray(logvar_NZ, np.float64))
    latent_dim = variance_NZ.shape[1]
    if components_2Z is None:
        if latent_dim > 2:
            raise ValueError(f"a plane of {latent_dim} dimensions needs its components")
        components_2Z = np.eye(2, latent_dim)
    p_Z, q_Z = np.asarray(components_2Z, np.float64)
    return np.stack([variance_NZ @ p_Z**2, variance_NZ @ (p_Z * q_Z), variance_NZ @ q_Z**2], axis=1)
