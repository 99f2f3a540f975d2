"""A dask client of a local cluster that is started here, or of an existing one."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Client, Future, KilledWorker, LocalCluster, Security, WorkerPlugin
from distributed.comm.core import connect

from vae_core.jobs.encryption import own_security
from vae_core.jobs.local_cluster import NICENESS, start_local
from vae_core.jobs.outcome import LOST, Outcome
from vae_core.jobs.run_folder import RunFolder, sentence
from vae_core.jobs.worker import run_job, warm_up

_CONNECT_SECONDS = 5.0  # VAE_SCHEDULER_SECONDS gives an existing cluster more, or less
_SILENT_SECONDS = 30.0  # of a scheduler that is connected; one that died is noticed at once
_WORKERLESS_SECONDS = 30.0
_LOOK_SECONDS = 1.0

_ADDRESS = re.compile(r"((tcp|tls)://)?(\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+):[0-9]{1,5}")

_KILLED = (
    "The process that ran it died: it was killed, or it needed more memory than it may have. "
    "A smaller model may help."
)


class _WarmUp(WorkerPlugin):
    """Slow imports when a worker starts (or is started again), not when a student waits.

    Args:
        niceness: added to the worker's: beside a server, training takes what clicks leave.
    """

    name = "latent-explorer-warm-up"

    def __init__(self, niceness: int) -> None:
        self._niceness = niceness

    def setup(self, worker: Any) -> None:  # noqa: ARG002
        if hasattr(os, "nice"):
            os.nice(self._niceness)
        if self._niceness:
            # Linux may weigh whole sessions of processes against one another; ours is the runner's.
            with suppress(OSError):
                Path("/proc/self/autogroup").write_text(str(self._niceness))
        warm_up()


@dataclass(frozen=True)
class Standing:
    """What a cluster can do now.

    Attributes:
        places: how many jobs may run at once: the workers' threads.
        message: why there is none, a clause; "" while that is being found out.
        hopeless: none will be without somebody's doing.
    """

    places: int = 0
    message: str = ""
    hopeless: bool = False


class Cluster:
    """Connects and watches in a thread of its own: whatever a scheduler does, nobody waits for it.

    An existing cluster should be started with ``distributed.scheduler.allowed-failures: 0``, as
    the local one is: a job that took its worker down would else be tried on three more.

    Args:
        changed: called in that thread when there is a new ``standing``.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._address = os.environ.get("VAE_SCHEDULER", "")
        # Of an existing cluster dask's own configuration says it, see docs/cluster.md.
        self._security = None if self._address else own_security()
        self._local: LocalCluster | None = None
        self._client: Client | None = None
        self._standing = Standing()
        self._seen_at = self._had_workers_at = time.monotonic()
        self._jobs: dict[RunFolder, Callable[[Outcome], None]] = {}
        self._wake, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def standing(self) -> Standing:
        """As it was last seen; never waits."""
        return self._standing

    def try_again(self) -> None:
        """Connect again, if that was in vain before."""
        if self._standing.hopeless:
            self._standing = Standing()
            self._had_workers_at = time.monotonic()
            self._wake.set()

    def start(self, folder: RunFolder, done: Callable[[Outcome], None]) -> None:
        """Run a job on some worker.

        Args:
            done: called once, in another thread, when it is over or the cluster is lost.

        Raises:
            OSError: the cluster was lost in this moment.
        """
        if self._client is None:
            raise OSError(LOST)
        self._jobs[folder] = done
        try:
            future = self._client.submit(
                run_job, str(folder.path), key=f"job-{folder.run_id}", pure=False
            )
        except Exception as error:  # a client that is closing has several
            del self._jobs[folder]
            raise OSError(f"{type(error).__name__}: {error}") from error
        future.add_done_callback(lambda over: self._end(folder, _outcome_of(over)))

    def close(self) -> None:
        """Leave; a local cluster ends with its workers."""
        self._closed.set()
        self._wake.set()
        self._leave()
        if self._local is not None:
            # On a busy machine it may take longer: the workers end when this process is gone.
            with suppress(TimeoutError):
                self._local.close(timeout=5)

    def _end(self, folder: RunFolder, outcome: Outcome) -> None:
        done = self._jobs.pop(folder, None)
        if outcome.state == "interrupted" and self._standing.places:
            self._standing = Standing()  # to be seen anew before another job goes there
            self._wake.set()
        if done is not None:
            done(outcome)

    def _set(self, standing: Standing) -> None:
        if standing != self._standing and not self._closed.is_set():
            self._standing = standing
            self._changed()

    def _serve(self) -> None:
        while not self._closed.is_set():
            self._wake.clear()
            if self._client is None and not self._standing.hopeless:
                try:
                    self._connect()
                except Exception as error:  # an address may be wrong in many ways
                    self._set(Standing(0, _reason(error), hopeless=True))
            if self._client is not None and self._local is None:
                self._look()
            watched = self._client is not None and self._local is None
            self._wake.wait(_LOOK_SECONDS if watched else None)

    def _connect(self) -> None:
        address = self._address
        if not address:
            self._local = self._local or start_local(self._security)
            address = self._local.scheduler_address
        elif not _ADDRESS.fullmatch(address):
            raise OSError(
                f"VAE_SCHEDULER must be tls://HOST:PORT or tcp://HOST:PORT, got {address[:80]!r}"
            )
        else:
            asyncio.run(_require_answer(address, _seconds()))
        client = Client(address, timeout=_seconds(), security=self._security, set_as_default=False)
        if self._local is None:
            self._set(Standing(0, f"the workers of the cluster at {address} get ready"))
        try:
            client.register_plugin(_WarmUp(NICENESS if self._local else 0))
        except Exception as error:  # whatever a worker of another cluster lacks
            client.close(timeout=2)
            raise OSError(f"its workers cannot run jobs: {error}") from error
        self._client = client
        if self._local is not None:
            self._set(Standing(len(self._local.workers)))
        self._seen_at = self._had_workers_at = time.monotonic()

    def _look(self) -> None:
        """How many threads an existing cluster has, or that it is gone."""
        client, now = self._client, time.monotonic()
        if client is None:
            return
        try:
            if client.status == "closed" or client.scheduler is None:
                raise OSError("the connection was closed")
            told = client.sync(client.scheduler.identity, n_workers=-1, callback_timeout=_seconds())
        except Exception:
            if client.status == "closed" or now - self._seen_at > _SILENT_SECONDS:
                self._lose()
            return
        self._seen_at = time.monotonic()
        places = sum(int(worker["nthreads"]) for worker in told["workers"].values())
        if places or self._jobs:
            self._had_workers_at = now
        message = "" if places else f"the cluster at {self._address} has no workers at the moment"
        self._set(Standing(places, message, now - self._had_workers_at > _WORKERLESS_SECONDS))

    def _lose(self) -> None:
        """The cluster is gone: its jobs are over, and the next connects anew."""
        self._leave()
        self._set(Standing())
        self._wake.set()
        for folder in list(self._jobs):
            self._end(folder, Outcome("interrupted", LOST))

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.close(timeout=2)


async def _require_answer(address: str, seconds: float) -> None:
    """Raises an error if a scheduler is silent: a client would wait for its first word for ever."""
    security = Security()  # as dask's configuration has it
    given = security.get_tls_config_for_role("client")
    if address.startswith("tls") and not given["ca_file"]:
        raise OSError(f"{address} needs a certificate; docs/cluster.md says how it is given")
    try:
        connection = await asyncio.wait_for(
            connect(address, timeout=seconds, **security.get_connection_args("client")), seconds
        )
    except TimeoutError:
        raise OSError(f"the scheduler at {address} did not answer in {seconds:g} s") from None
    connection.abort()


def _seconds() -> float:
    told = os.environ.get("VAE_SCHEDULER_SECONDS", "")
    try:
        seconds = float(told or _CONNECT_SECONDS)
        if not 0 < seconds < 3600:
            raise ValueError
    except ValueError:
        raise OSError(
            f"VAE_SCHEDULER_SECONDS must be a number between 0 and 3600, got {told[:80]!r}"
        ) from None
    return seconds


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return f"the cluster cannot be used: {text}"


def _outcome_of(future: Future[Outcome]) -> Outcome:
    """How a job that is over ended; one clear sentence if it went wrong."""
    try:
        return future.result(timeout=10)
    except KilledWorker:
        return Outcome("failed", _KILLED)
    except (CancelledError, TimeoutError):
        return Outcome("interrupted", LOST)
    except Exception as error:  # whatever it was, the queue goes on
        return Outcome("failed", sentence(f"{type(error).__name__}: {error}"))
