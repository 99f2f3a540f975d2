"""A disk that takes nothing for a while: the queue goes on, and every run ends as it ended."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.vae_core.jobs.fakes import Disk, FakeCluster, TalkingRunner, queue
from tests.vae_core.jobs.helpers import request, until
from vae_core.jobs import client, dispatcher, read_run, run_folder
from vae_core.jobs.process_identity import may_live
from vae_core.jobs.run_folder import RunFolder, new_run_id, replace_file
from vae_core.jobs.run_view import UNWRITTEN, read_state


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    held = Disk()
    monkeypatch.setattr(run_folder, "replace_file", held)
    monkeypatch.setattr(dispatcher, "_WRITE_AGAIN_SECONDS", 0.01)
    return held


def says(folder: RunFolder, state: str) -> bool:
    return read_state(folder)[0] == state


def test_what_ends_while_the_disk_is_full_is_let_go_and_written_once_there_is_room(disk: Disk):
    cluster = FakeCluster()
    with queue(cluster) as held:
        first, second, third = (held.submit(request(seed=n), "abc"[n]) for n in range(3))
        until(lambda: read_state(third)[0] == "queued" and first in cluster.running, "it trains")
        disk.full = True
        cluster.end(first, "failed", "No space left on device.")
        until(lambda: second in cluster.running, "the next has its turn")
        held.ask(third, stop=True)
        cluster.end(second)
        until(lambda: all(map(held.over, (first, second, third))), "the runner holds none")
        assert [read_state(folder)[0] for folder in (first, third)] == ["running", "queued"]
        refused = disk.refused
        until(lambda: disk.refused > refused, "it is written again")
        assert not any("written" in news for news in held.news)
        disk.full = False
        states = ["failed", "done", "stopped"]
        for folder, state in zip((first, second, third), states, strict=True):
            until(partial(says, folder, state), state)
        assert read_state(first)[1] == "No space left on device."


@pytest.mark.usefixtures("disk")
def test_a_run_whose_folder_was_removed_is_forgotten():
    cluster = FakeCluster()
    with queue(cluster) as held:
        gone, after = held.submit(request(seed=5), "a"), held.submit(request(seed=6), "b")
        until(lambda: gone in cluster.running, "it trains")
        shutil.rmtree(gone.path)
        cluster.end(gone)
        until(lambda: held.written(gone), "nothing is left to write")
        until(lambda: after in cluster.running, "the next has its turn")
        assert not gone.path.exists()


@pytest.mark.parametrize("damaged", ["request", "control", "progress"])
@pytest.mark.usefixtures("disk")
def test_a_damaged_folder_ends_its_run_alone(damaged: str):
    cluster = FakeCluster()
    with queue(cluster) as held:
        first, bad = held.submit(request(seed=7), "a"), held.submit(request(seed=8), "b")
        until(lambda: first in cluster.running, "it trains")
        getattr(bad, damaged).write_text("{ [")
        cluster.end(first)
        until(lambda: held.over(bad) or bad in cluster.running, "its turn")
        if bad in cluster.running:
            cluster.end(bad, "paused")
        until(lambda: held.written(bad), "it is let go")
        assert read_state(bad)[0] == "failed"
        after = held.submit(request(seed=9), "c")
        until(lambda: after in cluster.running, "the next has its turn")


def test_the_server_lets_go_of_what_the_runner_let_go(
    talking: TalkingRunner, monkeypatch: pytest.MonkeyPatch
):
    """Whatever the folder says, and even if it is damaged."""
    monkeypatch.setattr(client, "MAX_UNFINISHED", 1)
    run_id = talking.submit(request(), "a")
    folder = RunFolder.of(run_id)
    with pytest.raises(ValueError, match="not finished"):
        talking.submit(request(), "a")
    talking.say(over=str(folder.path), state="failed", message="The disk is full.")
    until(lambda: read_run(run_id).message == "The disk is full.", "the page shows it")
    assert (read_run(run_id).state, read_state_of_file(folder)) == ("failed", "queued")
    folder.write_status("failed", "As written.")
    talking.say(written=str(folder.path))
    until(lambda: run_id not in UNWRITTEN, "the folder says it")
    assert read_run(run_id).message == "As written."
    folder.status.write_text("[")
    again = talking.submit(request(), "a")
    assert read_run(again).state == "queued"


def read_state_of_file(folder: RunFolder) -> str:
    return json.loads(folder.status.read_bytes())["state"]


def test_what_a_dead_runner_held_is_in_nobodys_way(
    talking: TalkingRunner, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(client, "MAX_UNFINISHED", 1)
    folder = RunFolder.of(talking.submit(request(), "a"))
    folder.status.write_text("[")
    psutil.Process(talking.pid).kill()
    until(lambda: not may_live(talking.name), "it is gone")
    talking.submit(request(), "a")


def test_what_waits_is_stopped_without_the_disk(disk: Disk, talking: TalkingRunner):
    run_id = talking.submit(request(), "a")
    disk.full = True
    with pytest.raises(OSError, match="No space left"):
        talking.ask(run_id, "a", beta=2.0)
    talking.stop(run_id, "a")
    assert disk.refused == 2


def test_a_refused_run_leaves_no_folder(
    talking: TalkingRunner, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    before = set(runs_folder.iterdir())
    written = []

    def full_at_the_second(folder: RunFolder, _secret: str) -> None:
        written.append(folder)
        if len(written) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(client, "mark_owner", full_at_the_second)
    with pytest.raises(OSError, match="No space left"):
        talking.submit_all([request(seed=n) for n in range(3)], "a")
    assert set(runs_folder.iterdir()) == before


def test_a_file_that_cannot_be_replaced_leaves_no_part_of_it(monkeypatch: pytest.MonkeyPatch):
    folder = RunFolder.of(new_run_id())
    folder.path.mkdir()
    folder.control.write_bytes(b"old")

    def half(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        replace_file(folder.control, b"new")
    assert [path.name for path in folder.path.iterdir()] == ["control.json"]
    assert folder.control.read_bytes() == b"old"
