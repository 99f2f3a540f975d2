"""Jobs, with a real runner process and real workers: to the end, stopped, and when things die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from tests.vae_core.jobs.helpers import (
    LONG,
    TINY,
    family,
    gone,
    long_request,
    request,
    training,
    until,
    view_when,
)
from vae_core.config import ModelConfig
from vae_core.data import load_split
from vae_core.jobs import (
    MAX_EPOCHS,
    Runner,
    TrainRequest,
    client,
    read_run,
    read_snapshot,
)
from vae_core.jobs.run_folder import RunFolder
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.training.vae import train


def test_a_run_ends_with_the_model_that_training_here_gives(jobs: Runner, runs_folder: Path):
    asked = request(epochs=3)
    run_id = jobs.submit(asked, "a")
    view = view_when(run_id, lambda view: not view.unfinished)

    assert (view.state, view.message, view.fraction) == ("done", "", 1.0)
    assert view.request == asked
    assert [point["epoch"] for point in view.curve] == [0, 1, 2, 3]
    assert view.snapshot_epochs == (0, 1, 2, 3)
    assert view.model_path == runs_folder / run_id / "model.safetensors"

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    images, held_out = load_split("digits", "train"), load_split("digits", "test")
    means = []
    for report in train(TINY, asked.train, images, held_out):
        with torch.no_grad():
            means.append(report.model.encode(held_out.x_ND)[0].numpy())
    torch.set_num_threads(threads)
    checkpoint = load_checkpoint(view.model_path)
    for name, value in report.model.state_dict().items():
        assert torch.equal(value, checkpoint.model.state_dict()[name]), name
    assert view.curve[-1]["elbo"] == checkpoint.history[-1]["elbo"] == report.elbo
    for epoch in view.snapshot_epochs:
        snapshot = read_snapshot(run_id, epoch)
        assert snapshot is not None
        # The data set has 360 held-out images, fewer than are shown at most: all, in order.
        np.testing.assert_allclose(snapshot.mu_NZ, means[int(epoch)], atol=1e-6)
        np.testing.assert_array_equal(snapshot.label_N, held_out.label_N)
        assert snapshot.samples_SD.shape[1] == 64
        assert 0 <= snapshot.samples_SD.min() <= snapshot.samples_SD.max() <= 1
    assert read_snapshot(run_id).epoch == 3
    assert read_snapshot(run_id, 4) is None


def test_stop_keeps_the_model_so_far_and_the_queue_goes_on(jobs: Runner):
    long = jobs.submit(LONG, "a")
    view_when(long, training)
    # As many more as there are workers, so that the last has to wait whatever the machine.
    waiting = [jobs.submit(long_request(n), f"b{n}", "a") for n in range(8)]
    last = jobs.submit(request(epochs=1), "c")
    assert view_when(last, lambda view: view.position > 0).state == "queued"
    with pytest.raises(ValueError, match="not finished"):
        jobs.submit(request(), "c")

    never_ran = waiting[-1]
    view_when(never_ran, lambda view: view.position > 0)
    jobs.stop(never_ran, "a")
    assert view_when(never_ran, lambda view: not view.unfinished).state == "stopped"
    assert read_run(never_ran).model_path is None

    asked = time.monotonic()
    jobs.stop(long, "a")
    view = view_when(long, lambda view: not view.unfinished)
    assert view.state == "stopped"
    assert "kept" in view.message
    assert load_checkpoint(view.model_path).history[-1]["epoch"] == view.epoch
    assert time.monotonic() - asked < 10  # it is within a step, not at the end of 500 epochs
    for run_id in waiting:
        jobs.stop(run_id, "a")
    assert view_when(last, lambda view: not view.unfinished).state == "done"
    again = jobs.submit(request(epochs=1), "c")  # nothing in the way any more
    view_when(again, lambda view: not view.unfinished)


def test_a_queue_that_is_full_says_so(jobs: Runner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "MAX_UNFINISHED", 1)
    run_id = jobs.submit(LONG, "a")
    with pytest.raises(ValueError, match="queue is full"):
        jobs.submit(request(), "b")
    jobs.stop(run_id, "a")
    view_when(run_id, lambda view: not view.unfinished)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (request(dataset="no-such"), "Unknown data set 'no-such'"),
        (TrainRequest(ModelConfig(), request().train), "takes images of (28, 28)"),
        (request(epochs=2, learning_rate=1e30), "Training diverged in epoch 1"),
    ],
)
def test_what_a_person_can_mend_is_one_sentence(jobs: Runner, asked: TrainRequest, said: str):
    run_id = jobs.submit(asked, "wrong")
    view = view_when(run_id, lambda view: not view.unfinished)
    assert view.state == "failed"
    assert said in view.message
    assert view.message.endswith(".")
    assert "\n" not in view.message


def test_a_diverged_run_keeps_its_last_finite_model(jobs: Runner):
    run_id = jobs.submit(request(epochs=2, learning_rate=1e30), "diverged")
    view = view_when(run_id, lambda view: not view.unfinished)
    assert load_checkpoint(view.model_path).history[-1]["epoch"] == 0


def test_a_killed_worker_fails_its_run_and_the_queue_goes_on(jobs: Runner):
    run_id = jobs.submit(LONG, "a")
    view_when(run_id, training)
    busiest = max(family(jobs.pid), key=lambda process: sum(process.cpu_times()[:2]))
    busiest.kill()
    view = view_when(run_id, lambda view: not view.unfinished)
    assert view.state == "failed"
    assert "died" in view.message
    after = jobs.submit(request(epochs=1), "a")
    assert view_when(after, lambda view: not view.unfinished).state == "done"


def test_a_killed_runner_leaves_no_worker_and_the_next_run_works(jobs: Runner):
    run_id = jobs.submit(LONG, "a")
    view_when(run_id, training)
    killed, workers = jobs.pid, family(jobs.pid)
    assert workers
    os.kill(killed, signal.SIGKILL)
    view = view_when(run_id, lambda view: not view.unfinished)
    assert view.state == "interrupted"
    assert view.message.endswith(".")
    until(lambda: gone(workers), "the workers ended")
    jobs.stop(run_id, "a")  # too late, and no error
    after = jobs.submit(request(epochs=1), "a")
    assert jobs.pid != killed
    assert view_when(after, lambda view: not view.unfinished).state == "done"


SERVER = """
import sys, time
from vae_core.jobs import Runner, TrainRequest
from vae_core.config import ModelConfig, TrainConfig
assert "distributed" not in sys.modules and "sklearn" not in sys.modules
model = ModelConfig(image_shape=(8, 8), hidden=(16,), decoder_hidden=(16,))
runner = Runner()
run_id = runner.submit(TrainRequest(model, TrainConfig("digits", epochs=500, batch_size=1)), "a")
print(runner.pid, run_id, flush=True)
{then}
"""


@pytest.mark.parametrize("then", ["sys.stdin.read()", "runner.close()", "pass"])
def test_no_process_outlives_the_server(then: str):
    """Killed with -9, closed in good order, or ended without a word."""
    command = [sys.executable, "-c", SERVER.format(then=then)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        pid, run_id = server.stdout.readline().decode().split()
        processes = [psutil.Process(int(pid))]
        if then == "sys.stdin.read()":
            view_when(run_id, training)
            processes += family(int(pid))
            assert len(processes) > 1
            server.kill()
    until(lambda: gone(processes), "the runner and its workers ended")
    assert read_run(run_id).state == "interrupted"


@pytest.mark.parametrize(
    "run_id", ["../../etc", "", "0" * 15, "0" * 17, "A" * 16, "0" * 15 + "/", "0" * 16 + "\n"]
)
def test_a_link_to_no_run_is_one_sentence(jobs: Runner, run_id: str):
    for call in (read_run, read_snapshot, partial(jobs.stop, owner="a")):
        with pytest.raises(ValueError, match="is not the name of a run"):
            call(run_id)


def test_a_run_that_was_removed_and_one_that_is_damaged(jobs: Runner, runs_folder: Path):
    for call in (read_run, partial(jobs.stop, owner="a")):
        with pytest.raises(ValueError, match="there is no run"):
            call("0" * 16)
    folder = runs_folder / ("1" * 16)
    folder.mkdir()
    (folder / "request.json").write_text('{"kind": "train"}')
    with pytest.raises(ValueError, match="broken"):
        read_run(folder.name)
    (folder / "status.json").write_text("[]")
    with pytest.raises(ValueError, match="damaged"):
        read_run(folder.name)


def test_to_look_at_a_run_is_noted(jobs: Runner):
    run_id = jobs.submit(request(epochs=1), "a")
    view_when(run_id, lambda view: not view.unfinished)
    seen = RunFolder.of(run_id).seen
    os.utime(seen, (0, 0))
    read_run(run_id)
    assert seen.stat().st_mtime > 1e9


def test_more_epochs_than_a_job_may_take():
    with pytest.raises(ValueError, match=f"at most {MAX_EPOCHS} epochs"):
        request(epochs=MAX_EPOCHS + 1)
