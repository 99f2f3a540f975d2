"""Where files live in a checkout, and where they live for an installed vae_core."""

from __future__ import annotations

from pathlib import Path

import pytest

from vae_core import paths
from vae_core.storage import library

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.delenv("VAE_RUNS_DIR", raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_checkout_keeps_runs_beside_the_app_and_has_models():
    assert paths.runs_folder() == ROOT / "runs"
    assert (ROOT / "checkpoints" / "mnist-2d-beta-1.safetensors").parent == paths.BUNDLED


def test_an_installed_package_keeps_runs_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_ROOT", tmp_path / "site-packages")
    assert paths.runs_folder() == tmp_path / "runs"


def test_an_installed_package_lists_no_bundled_models(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "BUNDLED", tmp_path / "site-packages" / "checkpoints")
    monkeypatch.setattr(paths, "_ROOT", tmp_path / "site-packages")
    assert library.list_models() == []
    saved = tmp_path / "runs" / "saved"
    saved.mkdir(parents=True)
    (saved / "mine.safetensors").touch()
    assert [entry.name for entry in library.list_models()] == ["mine"]


def test_the_environment_says_where_runs_are(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "chosen"))
    assert paths.runs_folder() == tmp_path / "chosen"
