"""Posteriors of training images beside a model: kept, and refused where they are not its own."""

from __future__ import annotations

import numpy as np
import pytest

from vae_core.aggregate.sample_size import SIZES, AtSize, surgery_by_size
from vae_core.paths import BUNDLED
from vae_core.statistics import Estimate
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.library import list_models
from vae_core.storage.training_posteriors import (
    SUFFIX,
    TrainingPosteriors,
    load_training_posteriors,
    save_training_posteriors,
)

POSTERIORS = TrainingPosteriors(
    np.array([[0.1, -85.03], [2.5, 0.0]], np.float32),
    np.array([[-7.3, 0.1], [1, -2]], np.float32),
    (AtSize(2, Estimate(0.5, 0.1), Estimate(3.0, 0.2), Estimate(0.25, 0.05)),),
)


def test_they_come_back(tmp_path) -> None:
    save_training_posteriors(tmp_path / "a.npz", POSTERIORS, "d1")
    found = load_training_posteriors(tmp_path / "a.npz", "d1")
    assert found is not None
    np.testing.assert_array_equal(found.mu_NZ, POSTERIORS.mu_NZ)
    np.testing.assert_allclose(found.logvar_NZ, POSTERIORS.logvar_NZ, atol=4e-3)
    assert found.by_size == POSTERIORS.by_size
    assert load_training_posteriors(tmp_path / "a.npz", "d2") is None


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04"])
def test_a_damaged_or_missing_file_is_none(tmp_path, content) -> None:
    assert load_training_posteriors(tmp_path / "none.npz", "d") is None
    (tmp_path / "a.npz").write_bytes(content)
    assert load_training_posteriors(tmp_path / "a.npz", "d") is None


@pytest.mark.parametrize("name", ["mu", "logvar", "by_size"])
def test_arrays_of_another_kind_are_none(tmp_path, name) -> None:
    path = tmp_path / "a.npz"
    save_training_posteriors(path, POSTERIORS, "d")
    sound = dict(np.load(path))
    for array in (sound[name].astype(str), sound[name] * np.nan, sound[name].astype(complex)):
        np.savez(path, **(sound | {name: array}))
        assert load_training_posteriors(path, "d") is None


def test_every_bundled_vae_has_its_own() -> None:
    entries = [entry for entry in list_models("vae") if entry.bundled]
    assert entries
    for entry in entries:
        path = BUNDLED / f"{entry.name}{SUFFIX}"
        found = load_training_posteriors(path, load_checkpoint(entry.path).digest)
        assert found is not None, entry.name
        assert found.mu_NZ.shape[0] == 55_000
        assert [one.images for one in found.by_size] == list(SIZES)


def test_what_was_measured_of_them_is_measured_again() -> None:
    entry = next(entry for entry in list_models("vae") if entry.name == "mnist-2d-beta-1")
    digest = load_checkpoint(entry.path).digest
    found = load_training_posteriors(BUNDLED / f"{entry.name}{SUFFIX}", digest)
    assert found is not None
    again = surgery_by_size(found.mu_NZ, found.logvar_NZ, SIZES[:4], seed=5)
    for one, other in zip(again, found.by_size, strict=False):
        for name in ("mutual_information", "marginal_kl", "holes"):
            mine, theirs = getattr(one, name), getattr(other, name)
            assert abs(mine.value - theirs.value) < 4 * np.hypot(mine.error, theirs.error)
