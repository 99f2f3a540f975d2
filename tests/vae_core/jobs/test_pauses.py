"""A paused run is on the disk alone: it holds no place, and goes on from where it was."""

from __future__ import annotations

import json
import math

import psutil
import pytest

from tests.vae_core.jobs.helpers import (
    LONG,
    family,
    long_request,
    request,
    training,
    until,
    view_when,
)
from vae_core.jobs import MAX_EPOCHS, Runner, client, read_run
from vae_core.jobs.run_folder import RunFolder
from vae_core.storage.checkpoints import load_checkpoint


def pause(jobs: Runner, run_id: str, owner: str) -> None:
    """Pause, and wait until it has gone to the disk."""
    jobs.ask(run_id, owner, hold=0)
    view_when(run_id, lambda view: view.state == "paused")


def test_paused_runs_let_others_by_and_go_on_from_their_step(jobs: Runner):
    """More are paused than there are workers, all by one person."""
    workers = len(family(jobs.pid))
    paused = []
    for n in range(workers + 1):
        paused.append(jobs.submit(request(MAX_EPOCHS, batch_size=8, seed=n), "one"))
        view_when(paused[-1], training)
        pause(jobs, paused[-1], "one")
    other = jobs.submit(request(epochs=1, seed=50), "two")
    assert view_when(other, lambda view: not view.unfinished).state == "done"

    run_id = paused[0]
    view = read_run(run_id)
    assert view.paused
    assert view.unfinished
    assert view.epoch == load_checkpoint(view.model_path).history[-1]["epoch"]
    assert view.epoch == pytest.approx(view.fraction * MAX_EPOCHS)
    before = [dict(point) for point in view.curve]
    first, wanted = int(view.epoch), int(view.epoch) + 2
    jobs.ask(run_id, "one", hold=wanted)
    view = view_when(run_id, lambda view: view.state == "paused" and view.epoch == wanted)
    assert [dict(point) for point in view.curve[: len(before)]] == before
    assert [point["epoch"] for point in view.curve[len(before) :]] == [first + 1, wanted]
    assert len(view.dimension_kl) == len(view.curve)
    assert view.curve[-1]["elbo"] > view.curve[0]["elbo"]
    for run_id in paused:
        jobs.stop(run_id, "one")
        view = view_when(run_id, lambda view: not view.unfinished)
        assert view.state == "stopped"
        assert "kept" in view.message


def test_a_change_by_hand_is_told_once_and_lasts_over_a_pause(jobs: Runner):
    run_id = jobs.submit(request(epochs=6, seed=51), "a")
    jobs.ask(run_id, "a", beta=0.25, hold=2)
    view_when(run_id, lambda view: view.state == "paused")
    jobs.ask(run_id, "a", hold=4)
    view_when(run_id, lambda view: view.state == "paused" and view.epoch == 4)
    jobs.ask(run_id, "a", hold=None, beta=None)
    view = view_when(run_id, lambda view: not view.unfinished)
    assert [(c.epoch, c.value) for c in view.changes] == [(0.0, 0.25), (4.0, None)]
    assert [point["beta"] for point in view.curve[1:]] == [0.25] * 4 + [1.0] * 2
    assert tuple(load_checkpoint(view.model_path).changes) == view.changes


def test_a_paused_run_outlives_the_server_and_goes_on_before_others():
    first = Runner()
    run_id = first.submit(LONG, "a")
    view_when(run_id, training)
    pause(first, run_id, "a")
    first.close()
    assert read_run(run_id).state == "paused"

    second = Runner()
    busy = [second.submit(long_request(n), f"b{n}", "b") for n in range(9)]
    view_when(busy[-1], lambda view: view.position > 0)
    second.ask(run_id, "a", hold=None)
    assert view_when(run_id, lambda view: view.state == "queued").position <= 1
    view = view_when(busy[-1], lambda view: view.wait_seconds is not None)
    assert view.ahead
    for waiting in busy:
        second.stop(waiting, "b")
    steps = json.loads(RunFolder.of(run_id).progress.read_bytes())["step"]
    view_when(run_id, training)
    until(
        lambda: json.loads(RunFolder.of(run_id).progress.read_bytes())["step"] > steps,
        "it goes on",
    )
    second.close()
    assert read_run(run_id).state == "interrupted"


def test_paused_runs_take_no_room_in_the_queue(jobs: Runner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "MAX_UNFINISHED", 1)
    run_id = jobs.submit(LONG, "a")
    jobs.ask(run_id, "a", hold=0)
    view_when(run_id, lambda view: view.state == "paused")
    after = jobs.submit(request(epochs=1, seed=52), "a")
    view_when(after, lambda view: not view.unfinished)
    jobs.stop(run_id, "a")
    view_when(run_id, lambda view: not view.unfinished)


def test_what_waits_tells_for_how_long(jobs: Runner):
    workers = len([p for p in family(jobs.pid) if p.status() != psutil.STATUS_ZOMBIE])
    running = [jobs.submit(long_request(200 + n), f"r{n}", "a") for n in range(workers)]
    waits = jobs.submit(request(epochs=1, seed=53), "w")
    view = view_when(waits, lambda view: view.wait_seconds is not None or not view.unfinished)
    if view.unfinished:  # there may be more workers than processes of its family
        left = [s for run_id in running if (s := read_run(run_id).seconds_left) is not None]
        rounds = math.ceil(view.position / view.ahead)  # they are alike, and have just begun
        assert view.wait_seconds == pytest.approx(rounds * sum(left) / len(left), rel=0.5)
    for run_id in running:
        jobs.stop(run_id, "a")
    view_when(waits, lambda view: not view.unfinished)
