"""UMAP's layout of latents on a plane: its settings, fitting it, and keeping it in a file.

Shape suffixes: N data set, Z latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_core.files import read_arrays, write_atomically


@dataclass(frozen=True)
class UmapSettings:
    """What a UMAP depends on besides the latents; the defaults are umap-learn's own.

    Attributes:
        neighbours: how many nearest images each one is kept close to: few show detail, many the
            whole.
        min_dist: how close points may lie: 0 packs clusters tightly.

    Raises:
        ValueError: out of range.
    """

    neighbours: int = 15
    min_dist: float = 0.1

    def __post_init__(self) -> None:
        if not 2 <= self.neighbours <= 200:
            raise ValueError(f"UMAP's neighbours must be 2 to 200, got {self.neighbours}")
        if not 0 <= self.min_dist <= 0.99:
            raise ValueError(f"UMAP's min_dist must be 0 to 0.99, got {self.min_dist:g}")


DEFAULT_UMAP = UmapSettings()


def fit_umap(
    mu_NZ: NDArray[np.float32], settings: UmapSettings = DEFAULT_UMAP, *, seed: int = 0
) -> NDArray[np.float32]:
    """UMAP's layout of the posterior means, float32, shape (N, 2).

    The first call of a process compiles for most of a minute: not for the server process.

    Source: McInnes et al. 2018, arXiv:1802.03426 (package umap-learn).
    """
    import umap

    reducer = umap.UMAP(
        n_neighbors=settings.neighbours,
        min_dist=settings.min_dist,
        random_state=seed,
        n_jobs=1,
        init="pca",
    )
    return np.asarray(reducer.fit_transform(mu_NZ), np.float32)


def save_umap(path: Path, xy_N2: NDArray[np.float32], digest: str) -> None:
    """Write a fitted plane for the checkpoint of that digest."""
    buffer = BytesIO()
    np.savez(buffer, xy=xy_N2.astype(np.float32), digest=np.array(digest))
    write_atomically(path, buffer.getvalue())


def load_umap(path: Path, digest: str, count: int) -> NDArray[np.float32] | None:
    """The plane fitted for this checkpoint and that many images; None if there is none."""
    stored = read_arrays(path)
    if stored is None or not {"xy", "digest"} <= set(stored):
        return None
    xy_N2, made_for = stored["xy"], str(stored["digest"])
    fits = made_for == digest and xy_N2.shape == (count, 2) and xy_N2.dtype.kind == "f"
    return xy_N2.astype(np.float32) if fits and np.isfinite(xy_N2).all() else None
