"""A run whose folder is damaged is one sentence, stops nobody, and can be removed."""

from __future__ import annotations

import pytest

from tests.vae_core.jobs.damaged_runs import (
    CONTENTS,
    JSON_FILES,
    OWNER,
    damage,
    damaged_snapshots,
    sound_run,
)
from vae_core.jobs import read_run, read_snapshot
from vae_core.jobs.cleaning import clean_runs
from vae_core.jobs.listing import list_runs
from vae_core.jobs.own_runs import delete_run

# Without its curve, or what it was asked to do, or was called, there is a run all the same.
DISPENSABLE = ("control", "name")


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path))


@pytest.mark.parametrize("file", JSON_FILES)
@pytest.mark.parametrize("kind", [*CONTENTS, "a pipe"])
def test_a_damaged_file_is_one_sentence_on_that_run_alone(file, kind):
    sound, folder = sound_run(), sound_run()
    damage(folder, file, CONTENTS.get(kind))
    try:
        view = read_run(folder.run_id)
    except ValueError as error:
        assert file not in DISPENSABLE
        said = str(error)
        damaged = f"the folder of the run {folder.run_id} is damaged"
        assert damaged in said or (file, kind) == ("request", "a pipe")
        assert "\n" not in said
        assert "' object" not in said  # Python's own words are nobody's
        assert "indices" not in said
        assert len(said) < 200
    else:
        assert view.state in ("done", "running", "interrupted")
        assert view.record.in_words
        assert view.dead_dimensions() == {}
    listed = [run.run_id for run in list_runs(OWNER)]
    assert sound.run_id in listed
    assert (folder.run_id in listed) or file not in DISPENSABLE
    assert clean_runs() == []
    read_snapshot(folder.run_id)
    if folder.request.is_file():
        delete_run(folder.run_id, OWNER)
        assert not folder.path.exists()


@pytest.mark.parametrize("file", ["request", "status", "progress", "curve", "dimensions"])
def test_a_missing_file_is_no_error_but_for_the_request(file):
    folder = sound_run()
    getattr(folder, file).unlink()
    if file == "request":
        with pytest.raises(ValueError, match="there is no run"):
            read_run(folder.run_id)
    else:
        assert read_run(folder.run_id).state == ("interrupted" if file == "status" else "done")


def test_a_damaged_snapshot_is_none():
    snapshots = damaged_snapshots()
    folder = sound_run()
    assert read_snapshot(folder.run_id, 3).mu_NZ.shape == (20, 2)
    for name, content in snapshots.items():
        folder.snapshot.write_bytes(content)
        assert read_snapshot(folder.run_id) is None, name
    assert len(snapshots) > 20


def test_odd_names_of_snapshots_are_none():
    folder = sound_run()
    for name in ("1e5", "1_0", "9" * 40, "3.", "0x1", "1.5"):
        (folder.snapshots / f"{name}.npz").touch()
    assert read_run(folder.run_id).snapshot_epochs == (0, 1.5, 3)
