"""The clock on the wall may step: processes are the same, and no time has passed."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

from tests.vae_core.jobs.fakes import made
from tests.vae_core.jobs.helpers import request, until
from vae_core.jobs import process_identity
from vae_core.jobs.pace import Pace
from vae_core.jobs.process_identity import may_live, moment, process_name, seconds_since
from vae_core.jobs.requests import ABANDONED_SECONDS
from vae_core.jobs.run_view import read_state


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch):
    """Steps the clock on the wall, as psutil and the time module show it."""
    real_time, real_boot = time.time, psutil._psplatform.boot_time

    def step(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: real_time() + seconds)
        monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: real_boot() + seconds)

    return step


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process's start is not reckoned")
@pytest.mark.parametrize("seconds", [2.0, -2.0, 1e6])
def test_a_process_is_the_same_after_a_step_of_the_clock(wall, seconds: float):
    name = process_name(os.getpid())
    before = psutil.Process().create_time()
    wall(seconds)
    assert psutil.Process().create_time() == pytest.approx(before + seconds), "it is a step"
    assert may_live(name)
    folder = made(request())
    folder.write_status("running", owner=name)
    assert read_state(folder)[0] == "running"


def test_a_process_that_ended_and_another_of_its_number():
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as child:
        name = process_name(child.pid)
        assert may_live(name)
        assert name != process_name(os.getpid())
        host, pid, started = name.rsplit(":", 2)
        assert not may_live(f"{host}:{os.getpid()}:{started}")
        assert not may_live(f"{host}:{pid}:{process_name(os.getpid()).rsplit(':', 1)[1]}")
        assert may_live(f"elsewhere:{pid}:0")
        child.kill()
        until(lambda: not may_live(name), "it has ended, also before anybody waits for it")
    assert not may_live(name)


def test_a_restart_of_the_machine_ends_every_process(monkeypatch: pytest.MonkeyPatch):
    name, then = process_name(os.getpid()), moment()
    monkeypatch.setattr(process_identity, "_boot", lambda: "another")
    assert not may_live(name)
    assert seconds_since(*then) is None


def test_time_passes_by_the_monotonic_clock_alone(wall, monkeypatch: pytest.MonkeyPatch):
    then, real = moment(), time.monotonic
    wall(1e6)
    assert seconds_since(*then) < 60
    monkeypatch.setattr(time, "monotonic", lambda: real() + 100)
    assert 100 <= seconds_since(*then) < 160


def test_unwatched_is_measured_from_the_last_look_and_not_by_the_clock(
    wall, monkeypatch: pytest.MonkeyPatch
):
    folder = made(request())
    pace = Pace(folder, steps_per_epoch=1, epochs=5, step=0, first=0, before=0.0)
    folder.seen.touch()
    assert pace.controls().go_on
    passed, real = 0.0, time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + passed)
    for step in (1e6, -1e6, ABANDONED_SECONDS + 100.0):  # as a laptop that wakes up
        wall(step)
        passed += 1.0
        assert pace.controls().go_on
    passed += ABANDONED_SECONDS - 60
    assert pace.controls().go_on
    os.utime(folder.seen, (0, 0))  # somebody looked, by whatever clock
    passed += 1.0
    assert pace.controls().go_on
    passed += ABANDONED_SECONDS - 60
    assert pace.controls().go_on
    passed += 120
    assert not pace.controls().go_on
    assert (pace.ended, pace.outcome.state) == ("unwatched", "paused")
