"""Existing clusters: one that works, and every way in which one does not."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import Scheduler, SpecCluster, Worker

from tests.vae_core.jobs.fakes import FakeCluster, queue
from tests.vae_core.jobs.helpers import (
    LONG,
    family,
    free_port,
    long_request,
    request,
    training,
    until,
    view_when,
)
from vae_core.jobs import Runner, cluster, read_run
from vae_core.jobs.cluster import Cluster, Standing
from vae_core.jobs.encryption import self_signed
from vae_core.jobs.outcome import LOST
from vae_core.jobs.run_folder import read_json
from vae_core.jobs.run_view import read_state

LOOPBACK = {"host": "127.0.0.1", "protocol": "tcp"}
NO_WORKERS = {
    "workers": {},
    "scheduler": {"cls": Scheduler, "options": {**LOOPBACK, "dashboard": False}},
    "worker": {"cls": Worker, "options": {**LOOPBACK, "nthreads": 1}},
}


@contextmanager
def connecting(patch: pytest.MonkeyPatch, address: str, seconds: str = "0.3") -> Iterator[Cluster]:
    patch.setenv("VAE_SCHEDULER", address)
    patch.setenv("VAE_SCHEDULER_SECONDS", seconds)
    changed = threading.Event()
    held = Cluster(changed.set)
    try:
        assert changed.wait(60), "it never says anything"
        yield held
    finally:
        held.close()


@pytest.mark.parametrize(
    "address",
    ["nonsense", "tcp://", "tcp://host:port", "http://127.0.0.1:80", "tcp://a b:1", "tcp://:8786",
     "tcp://127.0.0.1:8786/x"],
)  # fmt: skip
def test_an_address_that_is_none_says_so(monkeypatch: pytest.MonkeyPatch, address: str):
    with connecting(monkeypatch, address) as held:
        assert held.standing.hopeless
        assert address in held.standing.message
        assert "tls://HOST:PORT" in held.standing.message


@pytest.mark.parametrize("seconds", ["soon", "-1", "nan", "0"])
def test_a_wait_that_is_no_number_says_so(monkeypatch: pytest.MonkeyPatch, seconds: str):
    with connecting(monkeypatch, "tcp://127.0.0.1:8786", seconds) as held:
        assert held.standing.hopeless
        assert "VAE_SCHEDULER_SECONDS" in held.standing.message


def test_a_scheduler_that_is_silent_or_not_there_or_unknown(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for address in (
            f"tcp://127.0.0.1:{port}",
            f"tcp://127.0.0.1:{free_port()}",
            f"tls://127.0.0.1:{port}",  # without a certificate
            "tcp://no-such-host.invalid:8786",
        ):
            with connecting(monkeypatch, address) as held:
                standing = held.standing
                assert standing.hopeless
                assert standing.message.startswith("the cluster cannot be used")
                assert "\n" not in standing.message
                assert ("docs/cluster.md" in standing.message) == address.startswith("tls")


def test_a_cluster_without_workers_says_so_and_takes_jobs_once_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(cluster, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(cluster, "warm_up", lambda: None)
    with (
        SpecCluster(**NO_WORKERS) as empty,
        connecting(monkeypatch, empty.scheduler_address, "10") as held,
    ):
        until(lambda: "has no workers" in held.standing.message, "it is told")
        assert not held.standing.hopeless
        monkeypatch.setattr(cluster, "_WORKERLESS_SECONDS", 0.0)
        until(lambda: held.standing.hopeless, "nobody waits for ever")
        held.try_again()
        empty.scale(1)
        until(lambda: held.standing.places > 0, "it has a worker")


def test_who_waits_for_a_cluster_is_told_and_can_stop():
    """The dispatcher waits for nothing: it answers while a cluster is silent."""
    fake = FakeCluster(places=0)
    with queue(fake) as held:
        one, other = held.submit(request(), "a"), held.submit(request(seed=1), "b")
        held.ask(one, stop=True)
        until(lambda: held.written(one), "it is stopped")
        assert read_state(one)[0] == "stopped"
        fake.standing = Standing(0, "the cluster has no workers at the moment")
        held.cluster_changed()
        until(lambda: "no workers" in read_json(other.status, {}).get("message", ""), "it is told")
        assert read_run(other.run_id).message == fake.standing.message
        fake.standing = Standing(0, "the cluster cannot be used: it is gone", hopeless=True)
        held.cluster_changed()
        until(lambda: held.written(other), "it is let go")
        assert read_state(other)[:2] == ("failed", "The cluster cannot be used: it is gone.")
        asked = fake.asked
        fake.standing = Standing(1)
        after = held.submit(request(seed=2), "c")
        until(lambda: after in fake.running, "the next one tries again")
        assert fake.asked == asked + 1
        fake.end(after, "interrupted", LOST)
        until(lambda: held.written(after), "it is let go")
        assert read_json(after.control, {})["stop"], "its worker may live on, and is told"


def tls_of_docs(folder: Path) -> dict[str, str]:
    """The variables that docs/cluster.md sets, for a certificate and its key in files."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    for path, content in zip((certificate, key), self_signed(), strict=True):
        path.write_text(content)
    text = (Path(__file__).parents[3] / "docs" / "cluster.md").read_text()
    values = {"$TLS/cert.pem": str(certificate), "$TLS/key.pem": str(key), "true": "true"}
    pairs = [
        word.split("=", 1) for word in text.split() if word.startswith("DASK_") and "=" in word
    ]
    found = {name: values[value] for name, value in pairs if "__COMM__" in name}
    assert len(found) == 8
    return found


def test_an_existing_cluster_of_two_workers_runs_jobs_and_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Encrypted, as docs/cluster.md has it."""
    address = f"tls://127.0.0.1:{free_port()}"
    for name, value in tls_of_docs(tmp_path).items():
        monkeypatch.setenv(name, value)
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-dashboard", "--no-nanny"]
    started = [
        subprocess.Popen([*command, *rest], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command, rest in (
            (dask, ["--host", "127.0.0.1", "--port", address.rsplit(":", 1)[1]]),
            (worker, [address, "--nthreads", "1", "--local-directory", str(tmp_path / "one")]),
            (worker, [address, "--nthreads", "1", "--local-directory", str(tmp_path / "two")]),
        )
    ]
    try:
        monkeypatch.setenv("VAE_SCHEDULER", address)
        monkeypatch.setenv("VAE_SCHEDULER_SECONDS", "60")  # it starts at this moment
        outside = Runner()
        try:
            run_id = outside.submit(request(epochs=1), "a")
            assert view_when(run_id, lambda view: not view.unfinished).state == "done"
            assert not family(outside.pid), "it should start no cluster of its own"
            left = [outside.submit(LONG, session) for session in "bc"]
            for run_id in left:
                view_when(run_id, training)  # both at once: a worker each
        finally:
            outside.close()
        assert [read_run(run_id).state for run_id in left] == ["interrupted"] * 2
        # The workers live on, and are told through the folders to let go: they take new jobs.
        again = Runner()
        try:
            runs = [again.submit(request(epochs=1), session) for session in "de"]
            for run_id in runs:
                assert view_when(run_id, lambda view: not view.unfinished).state == "done"
        finally:
            again.close()
        assert all(process.poll() is None for process in started)
        monkeypatch.setenv("VAE_SCHEDULER_SECONDS", "5")
        scheduler_dies(started)
    finally:
        for process in started:
            process.kill()
            process.wait()


def scheduler_dies(started: list[subprocess.Popen]) -> None:
    """While two runs train: they are cut off, their workers end, and the next one is told."""
    scheduler, *workers = started
    outside = Runner()
    try:
        runs = [
            outside.submit(long_request(seed), session) for seed, session in ((1, "f"), (2, "g"))
        ]
        for run_id in runs:
            view_when(run_id, training)
        scheduler.kill()
        for run_id in runs:
            view = view_when(run_id, lambda view: not view.unfinished)
            assert (view.state, view.message) == ("interrupted", LOST)
            assert view.model_path is not None
        until(lambda: all(worker.poll() is not None for worker in workers), "the workers end")
        after = outside.submit(request(epochs=1, seed=77), "s1")
        view = view_when(after, lambda view: not view.unfinished)
        assert (view.state, "cannot be used" in view.message) == ("failed", True)
    finally:
        outside.close()
