"""The worker's part of a job, in this process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.vae_core.jobs.helpers import (
    LONG,
    TINY,
    request,
)
from vae_core.data import load_split
from vae_core.jobs import (
    TrainRequest,
    UmapRequest,
    pace,
    read_run,
    read_snapshot,
    train_job,
)
from vae_core.jobs.outcome import Outcome
from vae_core.jobs.requests import to_json
from vae_core.jobs.run_folder import RunFolder, new_run_id, read_json, write_json
from vae_core.jobs.umap_job import seconds_in_step
from vae_core.jobs.worker import run_job
from vae_core.models.vae import VAE
from vae_core.planes.umap_layout import UmapSettings, load_umap
from vae_core.storage.checkpoints import Checkpoint, load_checkpoint, save_checkpoint


def run_here(asked: TrainRequest) -> tuple[Outcome, RunFolder]:
    """The worker's part alone, in this process."""
    folder = RunFolder.of(new_run_id())
    folder.snapshots.mkdir(parents=True)
    write_json(folder.request, to_json(asked))
    threads = torch.get_num_threads()
    outcome = run_job(str(folder.path))
    torch.set_num_threads(threads)
    return outcome, folder


def test_a_job_that_takes_too_long_is_stopped_and_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pace, "MAX_SECONDS", 0)
    outcome, folder = run_here(LONG)
    assert outcome.state == "stopped"
    assert "limit of 0 minutes" in outcome.message
    folder.write_status(outcome.state, outcome.message)
    assert read_run(folder.run_id).record.ended == load_checkpoint(folder.model).ended == "limit"


def test_a_run_that_nobody_looks_at_is_paused_and_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pace, "ABANDONED_SECONDS", -1)
    outcome, folder = run_here(LONG)
    assert outcome.state == "paused"
    assert "nobody had looked at it" in outcome.message
    assert folder.model.is_file()


def test_a_full_disk_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(train_job, "replace_file", full)
    outcome, _ = run_here(request(epochs=1))
    assert outcome.state == "failed"
    assert "No space left on device" in outcome.message


def test_long_runs_keep_few_snapshots_and_always_the_last(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(train_job, "KEPT_SNAPSHOTS", 2)
    monkeypatch.setattr(train_job, "MAX_POINTS", 50)
    outcome, folder = run_here(request(epochs=5))
    assert outcome.state == "done"
    kept = sorted(int(path.stem) for path in folder.snapshots.iterdir())
    assert kept == [0, 3, 5]
    last = read_snapshot(folder.run_id)
    assert last.epoch == 5
    assert last.mu_NZ.shape == (50, 2)
    assert len(set(last.label_N)) == 10, "spread over the data set, whatever its order"


def test_a_umap_job_writes_the_plane_of_its_checkpoint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """The layout itself is replaced: its first fit compiles for most of a minute."""
    model = VAE.create(TINY, torch.Generator().manual_seed(0))
    path = save_checkpoint(Checkpoint(model, request().train), tmp_path / "a.safetensors")
    output = tmp_path / "planes" / "a.umap.npz"
    folder = RunFolder.of(new_run_id())
    folder.path.mkdir()
    write_json(
        folder.request,
        to_json(UmapRequest(str(path), str(output), neighbours=30, min_dist=0.5, seed=5)),
    )
    asked, told = [], []

    def two_columns(mu_NZ, settings, *, seed):
        asked.append((settings, seed))
        told.append(read_json(folder.progress, {})["note"])
        assert 0 <= seconds_in_step(folder.run_id) < 60
        return np.ascontiguousarray(mu_NZ[:, :2])

    monkeypatch.setattr("vae_core.jobs.umap_job.fit_umap", two_columns)
    monkeypatch.setattr("vae_core.jobs.umap_job._compiled", False)
    assert run_job(str(folder.path)).state == "done"
    assert asked == [(UmapSettings(30, 0.5), 5)]
    assert "compiles for 40 to 50 seconds" in told[0]
    assert run_job(str(folder.path)).state == "done"
    assert "has compiled UMAP before" in told[1]
    x_ND = load_split("digits", "test").x_ND
    with torch.no_grad():
        mu_NZ = model.encode(x_ND)[0].numpy()
    xy_N2 = load_umap(output, load_checkpoint(path).digest, len(x_ND))
    np.testing.assert_allclose(xy_N2, mu_NZ, atol=1e-6)

    path.unlink()
    outcome = run_job(str(folder.path))
    assert outcome.state == "failed"
    assert "no checkpoint" in outcome.message
