"""The cells that the plane is cut into at present, for many images at once.

Each image has its own leaves, in one table for all, so that what several images need can be
calculated together.

Shape suffixes: L leaves, N images.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAF = np.dtype(
    [
        ("image", np.int64),
        ("centre", np.float64, 2),
        ("size", np.float64),
        ("log_integral", np.float64),
        ("log_error", np.float64),
        ("mean", np.float64, 2),  # of the integrand within the cell
        ("top", np.float64),  # the highest value seen, and where
        ("mode", np.float64, 2),
    ]
)

_ENOUGH = 0.6  # of the tolerance: where the splitting ends


class Leaves:
    """A table of ``LEAF`` records, sorted by image; every image has at least one."""

    def __init__(self, table_L: NDArray[np.void], count: int) -> None:
        """``count``: how many images, 0 .. count - 1."""
        self.count = count
        self._set(table_L)

    def _set(self, table_L: NDArray[np.void]) -> None:
        self.table_L = table_L[np.argsort(table_L["image"], kind="stable")]
        self._start_N = np.searchsorted(self.table_L["image"], np.arange(self.count))
        log_integral_L, image_L = self.table_L["log_integral"], self.table_L["image"]
        most_N = np.maximum.reduceat(log_integral_L, self._start_N)
        share_L = np.exp(log_integral_L - most_N[image_L])
        self.log_total_N = most_N + np.log(np.add.reduceat(share_L, self._start_N))
        # Relative to the total, hence nats. Beyond exp(100) nobody asks by how much.
        log_error_L = self.table_L["log_error"] - self.log_total_N[image_L]
        self._error_L = np.exp(np.minimum(log_error_L, 100.0))
        self.error_N = np.add.reduceat(self._error_L, self._start_N)

    def of_image(self, n: int) -> NDArray[np.void]:
        stop = self._start_N[n + 1] if n + 1 < self.count else len(self.table_L)
        return self.table_L[self._start_N[n] : stop]

    def worth_splitting(self, tolerance: float) -> NDArray[np.bool_]:
        """Which leaves to split next, (L,): of each image those with the largest errors.

        What remains is within the tolerance; none once all is.
        """
        order = np.lexsort((self._error_L, self.table_L["image"]))
        stops = [*self._start_N[1:], len(order)]
        split_L = np.zeros(len(order), dtype=bool)
        for start, stop in zip(self._start_N, stops, strict=True):
            of_image = order[start:stop]  # from the smallest error on
            split_L[of_image] = np.cumsum(self._error_L[of_image]) > _ENOUGH * tolerance
        return split_L

    def replace(self, split_L: NDArray[np.bool_], table_L: NDArray[np.void]) -> None:
        """Put others in the place of some leaves."""
        self._set(np.concatenate([self.table_L[~split_L], table_L]))
