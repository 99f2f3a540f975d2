"""The same asked for twice is computed once; what is steered by hand is shared no longer."""

from __future__ import annotations

import os
from functools import partial

from tests.vae_core.jobs.helpers import request, training, view_when
from vae_core.jobs import MAX_EPOCHS, Runner, RunView, read_run, read_snapshot
from vae_core.jobs.run_folder import RunFolder


def test_a_finished_run_is_given_to_whoever_asks_for_the_same(jobs: Runner):
    asked = request(epochs=2, seed=70)
    first = jobs.submit(asked, "a")
    one = view_when(first, lambda view: not view.unfinished)
    second = jobs.submit(asked, "b")
    other = view_when(second, lambda view: not view.unfinished)
    assert other.state == "done"
    assert "not computed again" in other.message
    assert (other.curve, other.dimension_kl) == (one.curve, one.dimension_kl)
    assert other.snapshot_epochs == (0, 1, 2)
    assert other.model_path.read_bytes() == one.model_path.read_bytes()
    assert RunFolder.of(second).model.parent != RunFolder.of(first).model.parent

    third = jobs.submit(asked, "c", anew=True)
    view = view_when(third, lambda view: not view.unfinished)
    assert view.message == ""
    assert view.curve[-1]["elbo"] == one.curve[-1]["elbo"]
    assert view.curve[-1]["seconds"] != one.curve[-1]["seconds"], "it was computed"
    different = jobs.submit(request(epochs=2, seed=71), "d")
    view = view_when(different, lambda view: not view.unfinished)
    assert view.message == ""


def trains_with(changes: int, view: RunView) -> bool:
    return training(view) and len(view.changes) == changes


def test_a_follower_watches_and_becomes_its_own_when_one_steers(jobs: Runner):
    asked = request(MAX_EPOCHS, batch_size=8, seed=72)
    first = jobs.submit(asked, "a")
    view_when(first, training)
    watching = jobs.submit(asked, "b")
    steering = jobs.submit(asked, "c")
    stopping = jobs.submit(asked, "d")
    view_when(watching, lambda view: view.epoch >= 1)
    assert view_when(steering, training).curve[0] == read_run(first).curve[0]
    assert read_snapshot(watching) is not None
    os.utime(RunFolder.of(first).seen, (0, 0))
    read_run(watching)
    assert RunFolder.of(first).seen.stat().st_mtime > 1e9, "somebody looks at it"

    jobs.stop(stopping, "d")
    assert view_when(stopping, lambda view: not view.unfinished).state == "stopped"
    jobs.ask(steering, "c", beta=0.0)  # its own from here on, first to come
    view_when(steering, lambda view: view.state == "queued" or view.changes != ())
    assert read_run(first).changes == ()
    assert read_run(watching).state == "running"

    jobs.ask(first, "a", beta=4.0)  # no longer what "b" asked for
    view_when(first, lambda view: view.changes != ())
    jobs.stop(first, "a")
    view_when(first, lambda view: not view.unfinished)
    for run_id, owner, changes in ((watching, "b", 0), (steering, "c", 1)):  # the latest first
        view = view_when(run_id, partial(trains_with, changes))
        assert view.epoch >= 1, "it went on from what it had followed"
        jobs.stop(run_id, owner)
        view_when(run_id, lambda view: not view.unfinished)


def test_followers_get_the_result(jobs: Runner):
    asked = request(epochs=6, seed=73, batch_size=16)
    run_ids = [jobs.submit(asked, f"s{n}") for n in range(4)]
    views = [view_when(run_id, lambda view: not view.unfinished) for run_id in run_ids]
    assert {view.state for view in views} == {"done"}
    assert sorted(view.message == "" for view in views) == [False, False, False, True]
    assert len({str(view.curve) for view in views}) == 1
