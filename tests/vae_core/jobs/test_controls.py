"""A run that is steered: paused, a single epoch, changed, stopped, cut off and taken up again."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from functools import partial

import pytest

from tests.vae_core.jobs.helpers import LONG, TINY, request, training, until, view_when
from vae_core.config import Change, ModelConfig, TrainConfig
from vae_core.jobs import Runner, TrainRequest, read_run, read_snapshot, run_all, summarise
from vae_core.jobs.run_folder import RunFolder
from vae_core.storage.checkpoints import load_checkpoint

PER_EPOCH = 23  # 1,437 images in batches of 64


def steps_done(run_id: str) -> int:
    return json.loads(RunFolder.of(run_id).progress.read_bytes())["step"]


def held_at(run_id: str, step: int) -> bool:
    return read_run(run_id).paused and steps_done(run_id) == step


def test_single_epochs_changes_and_the_end(jobs: Runner):
    run_id = jobs.submit(request(epochs=4), "a")
    jobs.ask(run_id, "a", hold=0)  # in the queue already
    view_when(run_id, lambda view: view.paused)
    first_hold = steps_done(run_id)
    for epoch in (2, 3):
        jobs.ask(run_id, "a", hold=epoch)
        until(partial(held_at, run_id, epoch * PER_EPOCH), "the epoch is done")
        assert read_run(run_id).epoch == epoch
    assert first_hold <= 2 * PER_EPOCH

    jobs.ask(run_id, "a", beta=0.25, learning_rate=1e-3)
    told = RunFolder.of(run_id).progress.stat().st_mtime_ns
    until(lambda: RunFolder.of(run_id).progress.stat().st_mtime_ns > told, "it is told again")
    assert held_at(run_id, 3 * PER_EPOCH), "a pause goes on until it is ended"
    jobs.ask(run_id, "a", hold=None)
    view = view_when(run_id, lambda view: not view.unfinished)
    assert (view.state, view.epoch) == ("done", 4)
    assert view.changes == (Change(3.0, "beta", 0.25), Change(3.0, "learning_rate", 1e-3))
    assert [point["beta"] for point in view.curve] == [1.0, 1.0, 1.0, 1.0, 0.25]
    checkpoint = load_checkpoint(view.model_path)
    assert tuple(checkpoint.changes) == view.changes
    assert checkpoint.train_config.beta == 1.0  # what was configured stays


def test_beta_of_a_training_without_a_kl_term_is_refused(jobs: Runner):
    logistic = ModelConfig(model="logistic", image_shape=(8, 8))
    run_id = jobs.submit(TrainRequest(logistic, TrainConfig(dataset="digits", epochs=1)), "a")
    with pytest.raises(ValueError, match="'logistic' has no KL term"):
        jobs.ask(run_id, "a", beta=0.5)
    jobs.ask(run_id, "a", beta=None, learning_rate=1e-3)
    assert view_when(run_id, lambda view: not view.unfinished).state == "done"


def test_stop_ends_a_pause(jobs: Runner):
    run_id = jobs.submit(LONG, "a")
    jobs.ask(run_id, "a", hold=0)
    view_when(run_id, lambda view: view.paused)
    jobs.stop(run_id, "a")
    view = view_when(run_id, lambda view: not view.unfinished)
    assert view.state == "stopped"
    assert not view.paused
    load_checkpoint(view.model_path)


def test_a_stop_within_an_epoch_keeps_the_last_whole_one_and_says_what_was_done(jobs: Runner):
    run_id = jobs.submit(TrainRequest(TINY, replace(LONG.train, epochs=26)), "a")
    jobs.ask(run_id, "a", hold=1)
    whole = view_when(run_id, lambda view: view.paused and view.epoch == 1).curve[-1]
    # Held, it waits there for the stop; on its way that might come between two epochs as well.
    jobs.ask(run_id, "a", hold=1.25, beta=0.0)
    until(lambda: read_run(run_id).paused and steps_done(run_id) > 1437, "it waits in the second")
    jobs.stop(run_id, "a")
    view = view_when(run_id, lambda view: not view.unfinished)
    assert view.curve[1] == whole
    part = view.curve[-1]["epoch"]
    assert 1 < part < 2
    assert [point["epoch"] for point in view.curve] == [*range(int(part) + 1), part]
    assert view.snapshot_epochs[-1] == part
    assert read_snapshot(run_id, part).epoch == read_snapshot(run_id).epoch == part
    assert len(view.dimension_kl) == len(view.curve)
    checkpoint = load_checkpoint(view.model_path)
    assert [dict(point) for point in checkpoint.history] == [dict(point) for point in view.curve]
    for record in (checkpoint.record, view.record):
        assert (record.epochs, record.asked, record.ended) == (part, 26, "stopped")
        assert [(change.epoch, change.value) for change in record.changes] == [(1.0, 0.0)]


def test_a_ruined_run_keeps_the_untrained_model_and_names_the_setting(jobs: Runner):
    run_id = jobs.submit(request(epochs=5, learning_rate=1000.0), "a")
    view = view_when(run_id, lambda view: not view.unfinished)
    assert view.state == "failed"
    assert "the untrained model was kept" in view.message
    assert "learning rate of 1000 is out of the ordinary" in view.message
    checkpoint = load_checkpoint(view.model_path)
    assert [point["epoch"] for point in checkpoint.history] == [0]
    assert (checkpoint.record.epochs, checkpoint.record.ended) == (0, "diverged")
    assert view.curve[0] == checkpoint.history[0]


def test_a_wish_out_of_range_is_refused_and_changes_nothing(jobs: Runner):
    run_id = jobs.submit(LONG, "a")
    with pytest.raises(ValueError, match="must be a finite number >= 0, got -1"):
        jobs.ask(run_id, "a", beta=-1.0)
    assert not RunFolder.of(run_id).control.exists()
    jobs.stop(run_id, "a")
    view_when(run_id, lambda view: not view.unfinished)


def test_an_interrupted_run_goes_on_from_its_last_model():
    held = Runner()
    asked = request(epochs=3)
    run_id = held.submit(asked, "a")
    held.ask(run_id, "a", hold=2)
    until(lambda: held_at(run_id, 2 * PER_EPOCH), "two epochs are done")
    os.kill(held.pid, signal.SIGKILL)
    view = view_when(run_id, lambda view: not view.unfinished)
    assert view.state == "interrupted"
    saved = load_checkpoint(view.model_path)  # every few seconds: perhaps not of the last epoch
    done = int(saved.history[-1]["epoch"])
    assert done <= 2

    again = held.submit(TrainRequest(TINY, asked.train, resume=run_id), "a")
    view = view_when(again, lambda view: not view.unfinished)
    held.close()
    assert view.state == "done", view.message
    assert [point["epoch"] for point in view.curve] == [0, 1, 2, 3]
    assert [dict(p) for p in view.curve[: done + 1]] == [dict(p) for p in saved.history]
    assert read_snapshot(again, 0) is not None  # the timeline is whole
    assert load_checkpoint(view.model_path).history[-1]["epoch"] == 3


def test_a_sweep_runs_everything_and_tells_mean_and_spread(jobs: Runner):
    asked = [request(epochs=1, beta=beta, seed=seed) for beta in (4.0, 0.0) for seed in (0, 1)]
    views = list(run_all(jobs, asked))
    assert sorted(view.request.train.beta for view in views) == [0.0, 0.0, 4.0, 4.0]
    rows = summarise(views)
    assert [(row.beta, row.runs) for row in rows] == [(0.0, 2), (4.0, 2)]
    for row in rows:
        one, other = (v.curve[-1]["kl"] for v in views if v.request.train.beta == row.beta)
        assert row.kl.mean == pytest.approx((one + other) / 2)
        assert row.kl.deviation == pytest.approx(abs(one - other) / 2**0.5)
    assert not any(training(view) for view in views)
