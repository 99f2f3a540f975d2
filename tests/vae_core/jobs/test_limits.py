"""A worker that needs more memory than it may have, and a disk that takes no more, for real."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vae_core.jobs.helpers import DEADLINE, view_when
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import Runner, TrainRequest
from vae_core.jobs.requests import to_json
from vae_core.jobs.run_folder import RunFolder, new_run_id, write_json
from vae_core.storage.checkpoints import load_checkpoint

SMALL = ModelConfig(image_shape=(8, 8), hidden=(16,), decoder_hidden=(16,))
HUGE = ModelConfig(image_shape=(8, 8), hidden=(8100, 8100, 8100), decoder_hidden=(16,))


def test_a_run_that_needs_too_much_memory_fails_and_the_queue_goes_on(
    monkeypatch: pytest.MonkeyPatch,
):
    # The worker's limit as a share of its 4 GB: the weights of the huge model, their copy and
    # Adam's averages need 2 GB more than a worker has when it is idle.
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE", "0.3")
    jobs = Runner()
    try:
        huge = jobs.submit(TrainRequest(HUGE, TrainConfig(dataset="digits", epochs=50)), "a")
        small = jobs.submit(TrainRequest(SMALL, TrainConfig(dataset="digits", epochs=1)), "b")
        view = view_when(huge, lambda view: not view.unfinished)
        assert view.state == "failed"
        assert "more memory than it may have" in view.message
        assert view_when(small, lambda view: not view.unfinished).state == "done"
    finally:
        jobs.close()


# RLIMIT_FSIZE lets no file grow beyond it, as a full disk would not.
LIMITED = """
import resource, sys
from vae_core.jobs.worker import run_job
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
outcome = run_job(sys.argv[1])
print(outcome.state, outcome.message, sep="|")
"""


def run_limited(request: TrainRequest, most_bytes: int) -> tuple[RunFolder, str, str]:
    folder = RunFolder.of(new_run_id())
    folder.snapshots.mkdir(parents=True)
    write_json(folder.request, to_json(request))
    told = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folder.path), str(most_bytes)],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    state, message = told.stdout.strip().split("|")
    return folder, state, message


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is of Unix")
def test_a_disk_that_takes_no_more_keeps_the_last_good_model():
    """The model file grows with its history: the first save fits, the last one does not."""
    request = TrainRequest(SMALL, TrainConfig(dataset="digits", epochs=40))
    folder, state, _ = run_limited(request, 2**30)
    assert state == "done"
    size = folder.model.stat().st_size

    folder, state, message = run_limited(request, size - 500)
    assert state == "failed"
    assert "too large" in message.lower()
    assert len(load_checkpoint(folder.model).history) < 41
    assert not [path for path in folder.path.rglob("*") if path.name.startswith(".")]
