"""Straight and spherical paths through latent space, and how much the decoder stretches it.

Shape suffixes: T steps, Z latent dimensions, G grid points, D pixels, H and W rows and columns.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.aggregate.density import Bounds, grid_edges
from vae_core.models.networks import push_forward
from vae_core.models.vae import VAE

Array = NDArray[np.float64]

_CHUNK = 512  # grid points at a time: their tangents stay in a processor's cache


def straight_path(start_Z: NDArray[np.floating], end_Z: NDArray[np.floating], steps: int) -> Array:
    """Evenly spaced points on the segment from start to end, both included, shape (T, Z).

    Raises:
        ValueError: the ends differ in length, or there are fewer than 2 steps.
    """
    start_Z, end_Z, share_T = _checked(start_Z, end_Z, steps)
    return start_Z + share_T[:, None] * (end_Z - start_Z)


def spherical_path(start_Z: NDArray[np.floating], end_Z: NDArray[np.floating], steps: int) -> Array:
    r"""Spherical interpolation: turn at constant speed, with the length changing geometrically.

    .. math:: \frac{\sin((1-t)\omega)}{\sin\omega}\hat a + \frac{\sin(t\omega)}{\sin\omega}\hat b,
       \quad |z_t| = |a|^{1-t}|b|^{t}

    In many dimensions draws of N(0, I) lie near a shell of radius sqrt(Z), and a straight path
    cuts through its empty middle; in two there is no shell to stay on (norms vary by 52% of their
    mean at Z = 2, by 5% at 200). Ends that point the same or opposite ways, or an end at the
    origin, have no unique arc: the straight path is returned.

    Raises:
        ValueError: the ends differ in length, or there are fewer than 2 steps.

    Source: Shoemake 1985; White 2016, arXiv:1609.04468.
    """
    start_Z, end_Z, share_T = _checked(start_Z, end_Z, steps)
    length_start, length_end = np.linalg.norm(start_Z), np.linalg.norm(end_Z)
    if length_start == 0 or length_end == 0:
        return straight_path(start_Z, end_Z, steps)
    unit_start_Z, unit_end_Z = start_Z / length_start, end_Z / length_end
    # atan2 keeps its digits for nearly parallel ends, where arccos of the dot product loses them.
    omega = 2 * np.arctan2(
        np.linalg.norm(unit_start_Z - unit_end_Z), np.linalg.norm(unit_start_Z + unit_end_Z)
    )
    if np.sin(omega) < 1e-6:
        return straight_path(start_Z, end_Z, steps)
    t_T1 = share_T[:, None]
    direction_TZ = (
        np.sin((1 - t_T1) * omega) * unit_start_Z + np.sin(t_T1 * omega) * unit_end_Z
    ) / np.sin(omega)
    path_TZ: Array = direction_TZ * length_start ** (1 - t_T1) * length_end**t_T1
    path_TZ[0], path_TZ[-1] = start_Z, end_Z
    return path_TZ


def _checked(
    start_Z: NDArray[np.floating], end_Z: NDArray[np.floating], steps: int
) -> tuple[Array, Array, Array]:
    start, end = np.asarray(start_Z, np.float64), np.asarray(end_Z, np.float64)
    if start.ndim != 1 or start.shape != end.shape:
        raise ValueError(
            f"a path needs two latents of one shape (Z,), got {start.shape} and {end.shape}"
        )
    if steps < 2:
        raise ValueError(f"a path needs at least 2 steps, got {steps}")
    return start, end, np.linspace(0.0, 1.0, steps)


@torch.no_grad()
def magnification_grid(model: VAE, bounds: Bounds, width: int, height: int) -> Array:
    r"""How much the decoder stretches the plane: the log of its area factor at each cell's centre.

    .. math:: \log\sqrt{\det G}, \quad G = J^\top \mathrm{diag}(I)\, J, \quad
       J = \partial\,\mathrm{output} / \partial z

    I is the Fisher information of each pixel for the decoder's output, p (1 - p) for Bernoulli
    logits, and G the Fisher metric pulled back to the plane: a step dz changes the distribution of
    the pixels by dz' G dz / 2 nats of KL.

    Args:
        bounds: left, right, bottom, top of the grid.
        width, height: number of cells.

    Returns:
        log_factor_HW: row 0 at the bottom; under -30 where a direction changes no pixel.

    Raises:
        ValueError: the model is not two-dimensional, or the grid is empty.

    Source: Bishop et al. 1997, "Magnification factors for the GTM algorithm"; Arvanitidis et al.
    2022, arXiv:2106.05367.
    """
    if model.config.latent_dim != 2:
        raise ValueError(
            f"the stretching of a plane needs 2 latent dimensions, got {model.config.latent_dim}"
        )
    x_edges, y_edges = grid_edges(bounds, width, height)
    x_HW, y_HW = np.meshgrid((x_edges[:-1] + x_edges[1:]) / 2, (y_edges[:-1] + y_edges[1:]) / 2)
    z_G2 = torch.from_numpy(np.stack([x_HW.ravel(), y_HW.ravel()], axis=1)).float()
    parts = [_log_area_factor(model, part_G2) for part_G2 in z_G2.split(_CHUNK)]
    return np.asarray(torch.cat(parts).numpy().reshape(height, width))


def _log_area_factor(model: VAE, z_G2: Tensor) -> Tensor:
    """log sqrt(det G), float64, shape (G,)."""

    axes = [axis_2.expand_as(z_G2) for axis_2 in torch.eye(2)]
    output_GD, (along_GD, across_GD) = push_forward(model.decoder, z_G2, axes)
    slope_GD = model.likelihood.information(output_GD).sqrt()
    along_GD, across_GD = slope_GD * along_GD, slope_GD * across_GD
    # Gram-Schmidt instead of G11 G22 - G12^2, which loses its digits where the columns are nearly
    # parallel: there the decoder squeezes the plane to a line.
    smallest = torch.finfo(torch.float32).tiny
    squared_G = torch.linalg.vecdot(along_GD, along_GD).clamp_min(smallest)
    share_G = torch.linalg.vecdot(along_GD, across_GD) / squared_G
    rest_GD = across_GD - share_G[:, None] * along_GD
    rest_G = torch.linalg.vecdot(rest_GD, rest_GD).clamp_min(smallest)
    log_factor_G: Tensor = 0.5 * (squared_G.log() + rest_G.log())
    return log_factor_G.double()
