"""What was measured of a bundled model over all held-out images, in a file beside it.

Every image is compared with every other, which takes a second a model, and is the same for
everybody.

Shape suffixes: N images, D pixels, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np
from torch import Tensor

from vae_core.aggregate.best_decoder import Cost, reconstruction_cost
from vae_core.aggregate.overlap import Overlap, measure_overlap
from vae_core.aggregate.surgery import Surgery, surgery
from vae_core.evaluation.encodings import Encodings
from vae_core.evaluation.evaluate import evaluate
from vae_core.files import read_arrays, write_atomically
from vae_core.models.vae import VAE
from vae_core.statistics import Estimate

T = TypeVar("T", Cost, Surgery)

SUFFIX = ".measured.npz"

SIGMA_SCALES = tuple(2 ** (step / 2) for step in range(-4, 5))
"""By what the widths of all posteriors are multiplied in the experiment: 1/4 to 4."""

COST_DRAWS = 600
"""Draws of z from which a reconstruction cost is estimated: 0.1 s."""

SURGERY_DRAWS = 2
"""Draws of z for each image."""


def overlap_of(encodings: Encodings, classes: int) -> Overlap:
    """How far the posteriors of the images overlap."""
    return measure_overlap(encodings.mu_NZ, encodings.logvar_NZ, encodings.label_N, classes=classes)


def cost_of(model: VAE, binary_ND: Tensor, encodings: Encodings, scale: float) -> Cost:
    """What the overlap costs with every posterior ``scale`` times as wide.

    Args:
        binary_ND: the images in black and white.
    """
    return reconstruction_cost(
        model, binary_ND, encodings.mu_NZ, encodings.logvar_NZ, scale=scale, draws=COST_DRAWS
    )


def surgery_of(model: VAE, x_ND: Tensor, encodings: Encodings) -> Surgery:
    """The ELBO of the images, cut into its three parts."""
    nll_SN = [
        evaluate(model, x_ND, seed=seed).reconstruction_nll_B.numpy()
        for seed in range(SURGERY_DRAWS)
    ]
    return surgery(encodings.mu_NZ, encodings.logvar_NZ, np.stack(nll_SN), samples=SURGERY_DRAWS)


@dataclass(frozen=True)
class Measured:
    """Results of the three functions above.

    Attributes:
        overlap: its arrays are of single precision in the file.
        costs: at each of ``SIGMA_SCALES``; none where black and white images mean nothing.
    """

    overlap: Overlap
    surgery: Surgery
    costs: tuple[Cost, ...]


def save_measured(path: Path, measured: Measured, digest: str) -> None:
    """Write them for the checkpoint of that digest."""
    overlap, buffer = measured.overlap, BytesIO()
    np.savez_compressed(
        buffer,
        equivocation=overlap.equivocation_N.astype(np.float32),
        class_share=overlap.class_share_NK.astype(np.float32),
        overlap=np.array([astuple(overlap.equivocation), astuple(overlap.identification_error)]),
        surgery=np.array(_row(measured.surgery)),
        costs=np.array([_row(cost) for cost in measured.costs]),
        digest=np.array(digest),
    )
    write_atomically(path, buffer.getvalue())


def load_measured(path: Path, digest: str) -> Measured | None:
    """What was measured of this checkpoint; None if there is no such file, or it is another's."""
    stored = read_arrays(path)
    if stored is None or str(stored.get("digest")) != digest:
        return None
    try:
        whole, wrong = (Estimate(*row) for row in stored["overlap"].tolist())
        return Measured(
            Overlap(
                stored["equivocation"].astype(np.float64),
                whole,
                wrong,
                stored["class_share"].astype(np.float64),
            ),
            _record(Surgery, stored["surgery"].tolist()),
            tuple(_record(Cost, row) for row in stored["costs"].tolist()),
        )
    except (KeyError, TypeError, ValueError, StopIteration):  # of another version
        return None


def _row(record: Cost | Surgery) -> list[float]:
    """Its numbers in their order, two for an estimate."""
    values = (getattr(record, field.name) for field in fields(record))
    return [
        float(number)
        for value in values
        for number in (astuple(value) if isinstance(value, Estimate) else (value,))
    ]


def _record(kind: type[T], row: Sequence[float]) -> T:
    """What ``_row`` was given."""
    numbers, hints = iter(row), get_type_hints(kind)
    values: list[Any] = [
        Estimate(next(numbers), next(numbers))
        if hints[f.name] is Estimate
        else hints[f.name](next(numbers))
        for f in fields(kind)
    ]
    if next(numbers, None) is not None:
        raise ValueError("there are more numbers than the record has")
    return kind(*values)
