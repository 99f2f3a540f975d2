"""The runs on the disk: listed to who started them, renamed, deleted, cleaned away by a rule."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.vae_core.jobs.helpers import LONG, TINY, request, training, view_when
from vae_core.jobs import Runner, cleaning, listing, read_run
from vae_core.jobs.cleaning import Amount, clean_runs, require_room
from vae_core.jobs.listing import list_runs
from vae_core.jobs.own_runs import delete_run, rename_run, save_run
from vae_core.jobs.ownership import mark_owner
from vae_core.jobs.requests import to_json
from vae_core.jobs.run_folder import RunFolder, new_run_id, read_json, write_json
from vae_core.storage.library import list_models, saved_folder

DAY = 24 * 60 * 60


@pytest.fixture
def folder_of_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path))
    return tmp_path


def made(state: str, days: float, owner: str = "a", size: int = 0) -> RunFolder:
    """A run that was looked at so many days ago."""
    folder = RunFolder.of(new_run_id())
    folder.snapshots.mkdir(parents=True)
    mark_owner(folder, owner)
    write_json(folder.request, to_json(request()))
    folder.write_status(state)
    folder.model.write_bytes(bytes(size))
    folder.seen.touch()
    for path in (folder.seen, folder.request):
        os.utime(path, (time.time() - days * DAY,) * 2)
    return folder


def test_only_who_started_them_is_shown_and_the_newest_comes_first(folder_of_runs: Path):
    old, new, other = made("done", 3), made("paused", 1), made("done", 2, owner="b")
    (folder_of_runs / "notes").mkdir()
    damaged = made("done", 0)
    damaged.status.write_text("[]")
    assert [run.run_id for run in list_runs("a")] == [new.run_id, old.run_id]
    assert [run.run_id for run in list_runs("b")] == [other.run_id]
    assert list_runs("") == []
    [listed, _] = list_runs("a")
    assert (listed.state, listed.epochs, listed.request.model) == ("paused", 0, TINY)


@pytest.mark.usefixtures("folder_of_runs")
def test_what_is_over_is_read_once_and_a_change_is_seen(monkeypatch: pytest.MonkeyPatch):
    over, going_on, other = made("done", 3), made("paused", 1), made("done", 2, owner="b")
    for folder in (over, going_on, other):  # they have lain there for a while
        os.utime(folder.path, (time.time() - 60,) * 2)
    list_runs("a")
    read: list[Path] = []

    def noted(path: Path, default: Any) -> Any:
        read.append(path)
        return read_json(path, default)

    monkeypatch.setattr(listing, "read_json", noted)
    assert [run.name for run in list_runs("a")] == ["", ""]
    assert {path.parent for path in read} == {going_on.path}
    write_json(over.name, "renamed")
    assert [run.name for run in list_runs("a")] == ["", "renamed"]


@pytest.mark.usefixtures("folder_of_runs")
def test_the_rule_by_age_count_and_bytes(monkeypatch: pytest.MonkeyPatch):
    kept = [made("done", 59), made("paused", 30)]
    saved = made("done", 100)
    saved.saved.touch()
    running = made("running", 100)
    running.write_status("running", owner="another-machine:1:0.00")
    old = [made("done", 61), made("paused", 70)]
    assert set(clean_runs()) == {folder.run_id for folder in old}
    assert all(folder.path.is_dir() for folder in (*kept, saved, running))

    monkeypatch.setattr(cleaning, "IN_ALL", Amount(3, 2**30))
    shown = [made("done", 0.5), made("done", 0.1)]
    assert set(clean_runs()) == {kept[0].run_id}, "the third newest is the last that stays"
    monkeypatch.setattr(cleaning, "IN_ALL", Amount(3, 10_000))
    shown.append(made("done", 0.2, size=50_000))
    assert set(clean_runs()) == {kept[1].run_id}, "what is shown stays however large it is"
    assert all(folder.path.is_dir() for folder in (*shown, saved, running))


def test_rename_save_and_delete_are_the_owners(jobs: Runner):
    run_id = jobs.submit(request(epochs=1, seed=90), "a")
    view_when(run_id, lambda view: not view.unfinished)
    for refused in (
        lambda: rename_run(run_id, "b", "mine"),
        lambda: save_run(run_id, "b", "mine"),
        lambda: delete_run(run_id, "b"),
    ):
        with pytest.raises(ValueError, match="started by somebody else"):
            refused()
    rename_run(run_id, "a", " a name ")
    [listed] = [run for run in list_runs("a") if run.run_id == run_id]
    assert listed.name == "a name"
    with pytest.raises(ValueError, match="at most 60 printable"):
        rename_run(run_id, "a", "x" * 61)
    save_run(run_id, "a", "kept")
    delete_run(run_id, "a")
    with pytest.raises(ValueError, match="there is no run"):
        read_run(run_id)
    assert "kept" in [entry.name for entry in list_models(viewer="a")]
    assert "kept" not in [entry.name for entry in list_models(viewer="b")]
    assert "kept" in [entry.name for entry in list_models(viewer="b", linked={"kept"})]
    assert not any(path.read_bytes() == b"a" for path in saved_folder().glob("*.owner"))


def test_a_run_that_is_not_over_is_not_deleted(jobs: Runner):
    run_id = jobs.submit(LONG, "a")
    view_when(run_id, training)
    with pytest.raises(ValueError, match="not over"):
        delete_run(run_id, "a")
    jobs.stop(run_id, "a")
    view_when(run_id, lambda view: not view.unfinished)
    delete_run(run_id, "a")


def test_models_that_the_command_line_wrote_into_the_folder_are_for_all(
    folder_of_runs: Path, checkpoint_path: Path
):
    checkpoint_path.rename(folder_of_runs / "from the shell.safetensors")
    assert "from the shell" in [entry.name for entry in list_models(viewer="anybody")]


@pytest.mark.usefixtures("folder_of_runs")
def test_one_visitor_has_so_many_runs_and_the_others_keep_theirs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cleaning, "EACH", Amount(3, 2**30))
    mine = [made("done", days) for days in (9, 8, 7, 0.1, 0.2)]
    other = [made("done", 0.3, owner="b") for _ in range(2)]
    nobodys = [made("done", 40) for _ in range(4)]
    for folder in nobodys:
        folder.started_by.unlink()
    assert set(clean_runs()) == {mine[0].run_id, mine[1].run_id}, "the oldest beyond three"
    assert all(folder.path.is_dir() for folder in (*mine[2:], *other, *nobodys))

    require_room("b", 1)
    with pytest.raises(ValueError, match="of one visitor at most 3 runs or 1 GB"):
        require_room("b", 2)
    require_room("a", 1)
    assert not mine[2].path.exists(), "the old one made room"
    require_room("c", 3)
    monkeypatch.setattr(cleaning, "FULL", Amount(8, 2**30))
    with pytest.raises(ValueError, match="this server keeps at most 8 runs"):
        require_room("c", 1)
    monkeypatch.setattr(cleaning, "EACH", Amount(3, 10_000))
    made("done", 0, owner="d", size=20_000)
    with pytest.raises(ValueError, match="of one visitor"):
        require_room("d", 1)


def test_what_kills_left_is_swept_and_nothing_else(folder_of_runs: Path):
    run = made("done", 0)
    (folder_of_runs / "saved").mkdir()
    parts = [
        run.path / ".progress.json.123.456",
        run.path / ".started_by.123.456",
        run.path / ".model.safetensors.ab_1x9z0",
        run.snapshots / ".17.84.npz.1.2",
        folder_of_runs / "saved" / ".a name.safetensors.abcdefgh",
    ]
    others = [
        folder_of_runs / ".gitignore",
        folder_of_runs / "saved" / ".owner.abcdefgh",
        folder_of_runs / "saved" / ".hidden.safetensors",
        run.path / "model.safetensors.abcdefgh",
        folder_of_runs / "saved" / ".notes.json.backup",
    ]
    fresh = run.path / ".curve.json.9.9"
    torn = RunFolder.of(new_run_id())
    torn.snapshots.mkdir(parents=True)
    begun = RunFolder.of(new_run_id())
    begun.path.mkdir()
    for path in (*parts, *others, fresh):
        path.write_bytes(b"x")
    for path in (*parts, *others, torn.path):
        os.utime(path, (time.time() - 2 * 60 * 60,) * 2)
    assert clean_runs() == []
    assert not any(path.exists() for path in (*parts, torn.path))
    assert all(path.exists() for path in (*others, fresh, begun.path, run.status))
