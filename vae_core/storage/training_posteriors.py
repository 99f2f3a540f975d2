"""q(z|x) of the images that a bundled model was trained on, in a file beside it.

The app has none of these images offline. Their posteriors are enough for what is asked of q(z).

Shape suffixes: N images, Z latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_core.aggregate.sample_size import AtSize
from vae_core.files import read_arrays, write_atomically
from vae_core.statistics import Estimate

SUFFIX = ".posteriors.npz"


@dataclass(frozen=True)
class TrainingPosteriors:
    """Diagonal Gaussians in a random order, so that the first of them are a sample.

    Attributes:
        mu_NZ: means, float32, shape (N, Z).
        logvar_NZ: log-variances, shape (N, Z); float16 in the file, to 0.004 at worst.
        by_size: ``surgery_by_size`` of them, which takes seconds; empty before it was measured.
    """

    mu_NZ: NDArray[np.float32]
    logvar_NZ: NDArray[np.float32]
    by_size: tuple[AtSize, ...] = ()


def save_training_posteriors(path: Path, posteriors: TrainingPosteriors, digest: str) -> None:
    """Write them for the checkpoint of that digest."""
    buffer = BytesIO()
    np.savez_compressed(
        buffer,
        mu=posteriors.mu_NZ.astype(np.float32),
        logvar=posteriors.logvar_NZ.astype(np.float16),
        digest=np.array(digest),
        by_size=np.array([_row(one) for one in posteriors.by_size]).reshape(-1, 7),
    )
    write_atomically(path, buffer.getvalue())


def load_training_posteriors(path: Path, digest: str) -> TrainingPosteriors | None:
    """Those of this checkpoint; None if there is no such file, or it is another's or damaged."""
    stored = read_arrays(path)
    if stored is None or not {"mu", "logvar", "digest", "by_size"} <= set(stored):
        return None
    by_size = stored["by_size"]
    if {stored[name].dtype.kind for name in ("mu", "logvar", "by_size")} != {"f"}:
        return None
    mu_NZ, logvar_NZ = stored["mu"].astype(np.float32), stored["logvar"].astype(np.float32)
    fits = str(stored["digest"]) == digest and mu_NZ.ndim == 2 and mu_NZ.shape == logvar_NZ.shape
    fits = fits and by_size.ndim == 2 and by_size.shape[1] == 7 and bool(np.isfinite(by_size).all())
    if not fits or not (np.isfinite(mu_NZ).all() and np.isfinite(logvar_NZ).all()):
        return None
    return TrainingPosteriors(mu_NZ, logvar_NZ, tuple(map(_at_size, by_size.tolist())))


def _row(one: AtSize) -> list[float]:
    parts = (one.mutual_information, one.marginal_kl, one.holes)
    return [float(one.images), *(number for part in parts for number in (part.value, part.error))]


def _at_size(row: list[float]) -> AtSize:
    images, *numbers = row
    estimates = [Estimate(*numbers[at : at + 2]) for at in (0, 2, 4)]
    return AtSize(int(images), *estimates)
