"""A link watches: only who started a run changes it, checked where it is done."""

from __future__ import annotations

import pytest

from tests.vae_core.jobs.helpers import LONG, request, training, view_when
from vae_core.jobs import Runner, TrainRequest, read_run
from vae_core.jobs.ownership import is_owner
from vae_core.jobs.run_folder import RunFolder

SECRET = "0123456789abcdef0123456789abcdef"


def test_others_watch_and_the_owner_steers(jobs: Runner):
    run_id = jobs.submit(LONG, "session", SECRET)
    view_when(run_id, training)
    for stranger in ("", "session", SECRET[:-1], run_id, "somebody"):
        assert not is_owner(run_id, stranger)
        with pytest.raises(ValueError, match="started by somebody else"):
            jobs.ask(run_id, stranger, hold=0)
        with pytest.raises(ValueError, match="started by somebody else"):
            jobs.stop(run_id, stranger)
    assert not RunFolder.of(run_id).control.exists()
    assert is_owner(run_id, SECRET)
    jobs.stop(run_id, SECRET)
    view = view_when(run_id, lambda view: not view.unfinished)
    assert view.state == "stopped"
    going_on = TrainRequest(view.request.model, view.request.train, resume=run_id)
    with pytest.raises(ValueError, match="started by somebody else"):
        jobs.submit(going_on, "stranger")


def test_the_secret_is_in_no_file(jobs: Runner):
    run_id = jobs.submit(request(epochs=1, seed=80), "session", SECRET)
    view_when(run_id, lambda view: not view.unfinished)
    for path in RunFolder.of(run_id).path.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


def test_a_run_that_names_no_owner_is_nobodys(jobs: Runner):
    run_id = jobs.submit(request(epochs=1, seed=81), "a")
    view_when(run_id, lambda view: not view.unfinished)
    RunFolder.of(run_id).started_by.unlink()
    with pytest.raises(ValueError, match="started by somebody else"):
        jobs.stop(run_id, "a")
    assert read_run(run_id).state == "done"
