"""Paths through latent space.

Shape suffixes: T steps, Z latent dimensions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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
