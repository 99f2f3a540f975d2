"""The 8x8 digits of scikit-learn (UCI optical recognition of handwritten digits)."""

from __future__ import annotations

import numpy as np

from vae_core.data.images import LabelledImages, from_bytes, stratified_split
from vae_core.data.progress import Progress


def load(split: str, _progress: Progress) -> LabelledImages:
    """1,437 train or 360 test images; pixels 0..16 scaled to [0, 1]."""
    from sklearn.datasets import load_digits  # 1.8 s to import, rarely needed

    bunch = load_digits()
    train, test = stratified_split(bunch.target, test_fraction=0.2, seed=0)
    part = train if split == "train" else test
    grey_ND = np.rint(bunch.data[part] * (255 / 16))
    return from_bytes(grey_ND, bunch.target[part], (8, 8))
