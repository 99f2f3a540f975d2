"""Posteriors of training images beside a model: kept, and refused where they are not its own."""

from __future__ import annotations

import numpy as np
import pytest

from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.library import list_models
from vae_core.storage.training_posteriors import (
    SUFFIX,
    TrainingPosteriors,
    load_training_posteriors,
    save_training_posteriors,
)

POSTERIORS = TrainingPosteriors(
    np.array([[0.1, -85.03], [2.5, 0.0]], np.float32), np.array([[-7.3, 0.1], [1, -2]], np.float32)
)


def test_they_come_back(tmp_path) -> None:
    save_training_posteriors(tmp_path / "a.npz", POSTERIORS, "d1")
    found = load_training_posteriors(tmp_path / "a.npz", "d1")
    assert found is not None
    np.testing.assert_array_equal(found.mu_NZ, POSTERIORS.mu_NZ)
    np.testing.assert_allclose(found.logvar_NZ, POSTERIORS.logvar_NZ, atol=4e-3)
    assert load_training_posteriors(tmp_path / "a.npz", "d2") is None


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04"])
def test_a_damaged_or_missing_file_is_none(tmp_path, content) -> None:
    assert load_training_posteriors(tmp_path / "none.npz", "d") is None
    (tmp_path / "a.npz").write_bytes(content)
    assert load_training_posteriors(tmp_path / "a.npz", "d") is None


def test_every_bundled_vae_has_its_own() -> None:
    entries = [entry for entry in list_models("vae") if entry.bundled]
    assert entries
    for entry in entries:
        path = BUNDLED / f"{entry.name}{SUFFIX}"
        found = load_training_posteriors(path, load_checkpoint(entry.path).digest)
        assert found is not None, entry.name
        assert found.mu_NZ.shape[0] == 55_000
