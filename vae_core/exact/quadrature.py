"""log p(x) of a model with two latent dimensions, by adaptive quadrature.

The plane is cut into square cells, coarse ones first. A trained decoder is sharp: a posterior can
be a hundred times narrower than the prior and have several modes, so cells that carry mass, or
that may hide some between their nodes, are split into four until the estimated error is small.
Images are measured together: a cell that many of them split is decoded once.

Shape suffixes: N images, B images of a block, C cells, G grid points, Q nodes of a cell, L leaves,
D pixels, Z latent dimensions (2 here).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from vae_core.aggregate.density import Bounds
from vae_core.exact.cells import (
    COARSE,
    OFFSET_Q2,
    CoarseGrid,
    coarse_integral,
    coarse_limit,
    coarse_most,
    integrate,
    nodes_of,
    quarters,
)
from vae_core.exact.evidence import TOLERANCE, Evidence
from vae_core.exact.leaves import LEAF, Leaves
from vae_core.exact.slopes import Slopes, x_slope
from vae_core.models.vae import VAE

Array = NDArray[np.float64]

_MOST_POINTS = 60_000  # for one image
_CHUNK = 1024  # latents decoded at a time: bounds the memory, and stays near the caches
_IMAGES = 1000  # measured together: bounds the memory
_BLOCK = 32  # images whose coarse values are held at once: 8 MB
_FORGET = 30.0  # nats: a coarse cell that may carry exp(-30) of the total at most is left out
_ZOOM = 5  # splits around a mode that no node has seen
# Half sides of even grids for what lies outside the inner square: as far as the coarse cells, and
# as a q that is dragged to the edge and as wide as a model's can be.
_OUTSIDE = (16.0, 110.0)
_OUTSIDE_STEPS = 49


class Quadrature:
    """A model's plane, cut coarsely once; then log p(x) of images.

    Holds about 90 MB for 784 pixels.

    Raises:
        ValueError: the model has other than two latent dimensions.
    """

    def __init__(self, model: VAE) -> None:
        if model.config.latent_dim != 2:
            raise ValueError(
                "log p(x) by quadrature needs a model with 2 latent dimensions, "
                f"this one has {model.config.latent_dim}"
            )
        self._slopes = Slopes(model)
        self.likelihood, self.decoder = self._slopes.likelihood, self._slopes.decoder
        self._pixels = self._slopes.pixels
        self._grid = CoarseGrid.of_plane()
        # Coarse values only tell which cells to split: float32 will do.
        parts = [
            self._slopes.tabulate(z_B2, torch.float32) for z_B2 in _blocks(self._grid.place_G2)
        ]
        offset_G = np.concatenate([offset_B for _, offset_B in parts])
        self._table = torch.cat([slope_BD for slope_BD, _ in parts]), offset_G
        self._log_prior_G = log_prior(self._grid.place_G2)
        self._outside = [
            self._slopes.tabulate(_square_grid(half, _OUTSIDE_STEPS), torch.float32)
            for half in _OUTSIDE
        ]

    def log_likelihood(self, z_GZ: Array, x_D: Array) -> Array:
        """log p(x|z) of one image at many latents in float64, nats, shape (G,)."""
        x_1D = np.asarray(x_D)[None]
        return np.concatenate([np.empty(0), *(self._slopes.each(z, x_1D) for z in _blocks(z_GZ))])

    def log_joint(self, z_GZ: Array, x_D: Array) -> Array:
        """log p(x, z) of one image at many latents in float64, nats, shape (G,)."""
        return self.log_likelihood(z_GZ, x_D) + log_prior(z_GZ)

    def log_likelihood_grid(self, x_D: ArrayLike, bounds: Bounds, steps: int) -> Array:
        """log p(x|z) on an even grid, edges included, (steps, steps), row 0 the bottom.

        Within ``TOLERANCE``: in float32 where that will do.
        """
        left, right, bottom, top = bounds
        z_G2 = _even_grid(np.linspace(left, right, steps), np.linspace(bottom, top, steps))
        x_1D, dtype = self.checked(x_D)[None], self._slopes.precision(TOLERANCE)
        parts = [x_slope(self._slopes.tabulate(z, dtype), x_1D)[0] for z in _blocks(z_G2)]
        return np.concatenate(parts).reshape(steps, steps) + self._slopes.constants(x_1D)

    def coarse_log_likelihood(self, x_D: ArrayLike) -> tuple[Bounds, Array]:
        """log p(x|z) at the even, inner part of the coarse grid: bounds and (steps, steps).

        Row 0 is the bottom, edges are included. In float32, hence far from exact where an image
        is very unlikely.
        """
        x_1D, half, inner = self.checked(x_D)[None], COARSE[0][0], self._grid.inner
        slope_GD, offset_G = self._table
        value_G = x_slope((slope_GD[:inner], offset_G[:inner]), x_1D)[0]
        steps = math.isqrt(inner)
        table = value_G.reshape(steps, steps).T + self._slopes.constants(x_1D)
        return (-half, half, -half, half), table

    def outside_log_likelihood(self, x_D: ArrayLike) -> list[tuple[Bounds, Array]]:
        """The same on even grids over wider and wider squares, ever more coarsely."""
        x_1D, steps = self.checked(x_D)[None], _OUTSIDE_STEPS
        constant = self._slopes.constants(x_1D)
        return [
            ((-half, half, -half, half), x_slope(table, x_1D)[0].reshape(steps, steps) + constant)
            for half, table in zip(_OUTSIDE, self._outside, strict=True)
        ]

    def evidence(
        self, x_D: ArrayLike, hint_Z: ArrayLike | None = None, tolerance: float = TOLERANCE
    ) -> Evidence:
        """log p(x) of one image and the cells that carry its posterior; see ``evidences``."""
        hint_1Z = None if hint_Z is None else np.asarray(hint_Z, np.float64)[None]
        return self._evidences(self.checked(x_D)[None], hint_1Z, tolerance)[0]

    def evidences(
        self, x_ND: ArrayLike, hint_NZ: ArrayLike | None = None, tolerance: float = TOLERANCE
    ) -> list[Evidence]:
        """log p(x) of each image and the cells that carry its true posterior.

        Args:
            x_ND: images in [0, 1], shape (N, D).
            hint_NZ: for each a latent near which the posterior may have a mode, such as the
                encoder's mean: a mode much narrower than a coarse cell could hide in it.
            tolerance: nats; splitting goes on until the estimated error is well below.

        Raises:
            ValueError: an image has another number of pixels or is not within [0, 1].
        """
        x = np.array([self.checked(x_D) for x_D in np.asarray(x_ND)]).reshape(-1, self._pixels)
        hint = None if hint_NZ is None else np.asarray(hint_NZ, np.float64)
        found = []
        for at in range(0, len(x), _IMAGES):
            part = slice(at, at + _IMAGES)
            found += self._evidences(x[part], None if hint is None else hint[part], tolerance)
        return found

    def checked(self, x_D: ArrayLike) -> Array:
        """The image as float64.

        Raises:
            ValueError: it has another number of pixels or is not within [0, 1].
        """
        x = np.asarray(x_D, np.float64)
        if x.shape != (self._pixels,) or not ((x >= 0) & (x <= 1)).all():
            raise ValueError(f"an image must be {self._pixels} numbers from 0 to 1, got {x.shape}")
        return x

    def _evidences(self, x_ND: Array, hint_NZ: Array | None, tolerance: float) -> list[Evidence]:
        dtype, images = self._slopes.precision(tolerance), len(x_ND)
        constant_N = self._slopes.constants(x_ND)  # all else is relative to it
        leaves, hidden_N = self._coarse(x_ND, hint_NZ, constant_N)
        points_N = np.zeros(images, dtype=np.int64)
        for step in count():
            leaf_L = leaves.table_L
            image_L = leaf_L["image"]
            split_L = leaves.worth_splitting(tolerance)
            if step < _ZOOM and hint_NZ is not None:
                split_L |= hidden_N[image_L] & _holds(leaf_L, hint_NZ[image_L])
            split_L &= points_N[image_L] < _MOST_POINTS
            if not split_L.any():
                break
            np.add.at(points_N, image_L[split_L], 4 * len(OFFSET_Q2))
            leaves.replace(split_L, self._quartered(leaf_L[split_L], x_ND, dtype))
        rounding = self._slopes.rounding if dtype == torch.float32 else 0.0
        return [
            Evidence.of_leaves(
                leaves.of_image(n), constant_N[n], leaves.error_N[n] + rounding, int(points_N[n])
            )
            for n in range(images)
        ]

    def _coarse(
        self, x_ND: Array, hint_NZ: Array | None, constant_N: Array
    ) -> tuple[Leaves, NDArray[np.bool_]]:
        """The coarse cells that may carry something, and whose hint they know nothing of, (N,)."""
        grid = self._grid
        hidden_N = np.zeros(len(x_ND), dtype=bool)
        tables = []
        for at in range(0, len(x_ND), _BLOCK):
            x_BD = x_ND[at : at + _BLOCK]
            value_BG = x_slope(self._table, x_BD) + self._log_prior_G
            value_BCQ = value_BG[:, grid.node_CQ]
            limit_BC = coarse_limit(value_BCQ, grid.size_C)
            seen_BC = value_BCQ.max(axis=-1) + 2 * np.log(grid.size_C)
            kept_BC = limit_BC > seen_BC.max(axis=1, keepdims=True) - _FORGET
            if hint_NZ is not None:
                hint_B2 = hint_NZ[at : at + _BLOCK]
                value_B = self._slopes.each(hint_B2, x_BD) - constant_N[at : at + _BLOCK]
                away_BC = np.abs(grid.centre_C2 - hint_B2[:, None]).max(axis=-1)
                holds_BC = away_BC <= grid.size_C / 2
                most_B = np.where(holds_BC, limit_BC - 2 * np.log(grid.size_C), -np.inf).max(axis=1)
                hidden_B = value_B + log_prior(hint_B2) > most_B
                kept_BC |= hidden_B[:, None] & holds_BC
                hidden_N[at : at + _BLOCK] = hidden_B
            image_L, cell_L = np.nonzero(kept_BC)
            value_LQ, size_L = value_BCQ[image_L, cell_L], grid.size_C[cell_L]
            table_L = _table_of(at + image_L, grid.centre_C2[cell_L], size_L)
            table_L["log_integral"] = coarse_integral(value_LQ, size_L)
            table_L["log_error"] = coarse_most(value_LQ, size_L)  # of which nothing is known
            table_L["mean"] = table_L["centre"]
            _note_mode(table_L, value_LQ, grid.place_G2[grid.node_CQ[cell_L]])
            tables.append(table_L)
        return Leaves(np.concatenate(tables), len(x_ND)), hidden_N

    def _quartered(
        self, split_L: NDArray[np.void], x_ND: Array, dtype: torch.dtype
    ) -> NDArray[np.void]:
        """Four quarters for each of the leaves, integrated."""
        x = torch.from_numpy(x_ND).to(dtype)
        # A centre belongs to cells of one size only. Each cell is decoded for all its images.
        _, cell_L = np.unique(split_L["centre"] @ [1, 1j], return_inverse=True)
        split_L = split_L[np.argsort(cell_L, kind="stable")]
        cell_L.sort()
        start_C = np.flatnonzero(np.diff(cell_L, prepend=-1))
        stop_C = np.append(start_C[1:], len(cell_L))
        centre_C2, size_C = quarters(split_L["centre"][start_C], split_L["size"][start_C])
        nodes = 4 * len(OFFSET_Q2)
        value_LQ = np.empty((len(split_L), nodes))
        place_CQ2 = nodes_of(centre_C2, size_C).reshape(-1, nodes, 2)
        together = _CHUNK // nodes
        for at in range(0, len(start_C), together):
            z_G2 = place_CQ2[at : at + together].reshape(-1, 2)
            slope_GD, offset_G = self._slopes.tabulate(z_G2, dtype)
            base_CQ = (log_prior(z_G2) - offset_G).reshape(-1, nodes)
            slope_CQD = slope_GD.reshape(-1, nodes, self._pixels)
            for c in range(len(base_CQ)):
                rows = slice(start_C[at + c], stop_C[at + c])
                product = x[split_L["image"][rows]] @ slope_CQD[c].T
                value_LQ[rows] = product.double().numpy() + base_CQ[c]
        found = _table_of(
            np.repeat(split_L["image"], 4), *quarters(split_L["centre"], split_L["size"])
        )
        value_LQ = value_LQ.reshape(len(found), -1)
        of_cells = integrate(value_LQ, found["size"])
        found["log_integral"], found["log_error"] = of_cells.log_integral_C, of_cells.log_error_C
        found["mean"] = found["centre"] + found["size"][:, None] * of_cells.mean_C2
        places = nodes_of(found["centre"], found["size"]).reshape(len(found), -1, 2)
        _note_mode(found, value_LQ, places)
        return found


def _table_of(image_L: NDArray[np.int64], centre_L2: Array, size_L: Array) -> NDArray[np.void]:
    table_L = np.empty(len(size_L), dtype=LEAF)
    table_L["image"], table_L["centre"], table_L["size"] = image_L, centre_L2, size_L
    return table_L


def _note_mode(table_L: NDArray[np.void], value_LQ: Array, place_LQ2: Array) -> None:
    best_L = value_LQ.argmax(axis=1)
    rows = np.arange(len(best_L))
    table_L["top"], table_L["mode"] = value_LQ[rows, best_L], place_LQ2[rows, best_L]


def _holds(leaf_L: NDArray[np.void], place_L2: Array) -> NDArray[np.bool_]:
    """Whether each leaf holds its place, (L,)."""
    return np.asarray(np.abs(leaf_L["centre"] - place_L2).max(axis=1) <= leaf_L["size"] / 2)


def _blocks(z_GZ: Array) -> Iterator[Array]:
    for at in range(0, len(z_GZ), _CHUNK):
        yield np.ascontiguousarray(z_GZ[at : at + _CHUNK])


def _even_grid(x_W: Array, y_H: Array) -> Array:
    """Places (H * W, 2), row by row from the bottom."""
    return np.stack(np.meshgrid(x_W, y_H), axis=-1).reshape(-1, 2)


def _square_grid(half: float, steps: int) -> Array:
    axis = np.linspace(-half, half, steps)
    return _even_grid(axis, axis)


def log_prior(z_GZ: Array) -> Array:
    """log N(z; 0, I), nats, shape (G,)."""
    z = np.asarray(z_GZ, np.float64)
    return np.asarray(-0.5 * (z**2).sum(axis=1) - 0.5 * z.shape[1] * math.log(2 * math.pi))
