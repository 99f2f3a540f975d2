"""A dask client of a local cluster that is started here, or of an existing one."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from typing import Any

import dask
from dask.system import CPU_COUNT
from distributed import Client, Future, KilledWorker, LocalCluster, WorkerPlugin
from distributed.system import MEMORY_LIMIT

from vae_core.jobs.outcome import Outcome
from vae_core.jobs.run_folder import RunFolder, sentence
from vae_core.jobs.worker import run_job, warm_up

_GIB = 2**30
_MEMORY_PER_WORKER = 4 * _GIB
_MOST_WORKERS = 8  # each takes 0.4 GB when idle
_CONNECT_SECONDS = 5.0  # VAE_SCHEDULER_SECONDS gives an existing cluster more, or less
_LOCAL_NICENESS = 10

_KILLED = (
    "The process that ran it died: it was killed, or it needed more memory than it may have. "
    "A smaller model may help."
)
_LOST = "The connection to the cluster was lost while it ran."


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


class Cluster:
    """Connects at once if it can, else when the first job comes.

    An existing cluster should be started with ``distributed.scheduler.allowed-failures: 0``, as
    the local one is: a job that took its worker down would else be tried on three more.
    """

    def __init__(self) -> None:
        self._address = os.environ.get("VAE_SCHEDULER", "")
        self._local: LocalCluster | None = None
        self._client: Client | None = None
        with suppress(OSError):  # the first job says so
            self._connect()

    def _connect(self) -> Client:
        if self._client is None:
            address = self._address
            if not address:
                self._local = self._local or _start_local()
                address = self._local.scheduler_address
            seconds = float(os.environ.get("VAE_SCHEDULER_SECONDS", _CONNECT_SECONDS))
            client = Client(address, timeout=seconds, set_as_default=False)
            try:
                client.register_plugin(_WarmUp(_LOCAL_NICENESS if self._local else 0))
            except Exception as error:  # whatever a worker of another cluster lacks
                client.close()
                raise OSError(f"its workers cannot run jobs: {error}") from error
            self._client = client
        return self._client

    def capacity(self) -> int:
        """How many jobs may run at once: the workers' threads, at least 1."""
        if self._client is None:
            return 1
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return max(1, sum(int(worker["nthreads"]) for worker in workers))

    def start(self, folder: RunFolder, done: Callable[[Outcome], None]) -> None:
        """Run a job on some worker.

        Args:
            done: called in another thread once it is over.

        Raises:
            OSError: the scheduler cannot be reached, or its workers lack what jobs need.
        """
        future = self._connect().submit(
            run_job, str(folder.path), key=f"job-{folder.run_id}", pure=False
        )
        future.add_done_callback(lambda over: done(_outcome_of(over)))

    def close(self) -> None:
        """Leave; a local cluster ends with its workers."""
        if self._client is not None:
            self._client.close(timeout=2)
        if self._local is not None:
            # On a busy machine it may take longer: the workers end when this process is gone.
            with suppress(TimeoutError):
                self._local.close(timeout=5)


def _outcome_of(future: Future[Outcome]) -> Outcome:
    """How a job that is over ended; one clear sentence if it went wrong."""
    try:
        return future.result(timeout=10)
    except KilledWorker:
        return Outcome("failed", _KILLED)
    except (CancelledError, TimeoutError):
        return Outcome("failed", _LOST)
    except Exception as error:  # whatever it was, the queue goes on
        return Outcome("failed", sentence(f"{type(error).__name__}: {error}"))


def _start_local() -> LocalCluster:
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": 0,
            "distributed.scheduler.http.routes": [],
            # Counted by the clock on the wall: a step of five minutes would end every worker.
            # One that dies is seen by its connection, and one that hangs by its run's limits.
            "distributed.scheduler.worker-ttl": None,
            # A job is one long task: there is nothing to spill, and a paused worker helps nobody.
            "distributed.worker.memory.target": False,
            "distributed.worker.memory.spill": False,
            "distributed.worker.memory.pause": False,
            "distributed.worker.memory.monitor-interval": "500ms",
            # Without dask's MALLOC_TRIM_THRESHOLD_, which makes every batch a fresh mapping of
            # memory: training took a fifth longer.
            "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1},
            # Statistics that nobody reads would cost each idle process 3% of a core.
            "distributed.worker.profile.enabled": False,
            "distributed.admin.tick.interval": "1s",
            "distributed.admin.system-monitor.interval": "10s",
            "distributed.scheduler.active-memory-manager.start": False,
            "distributed.scheduler.work-stealing": False,
        }
    )
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    # Half the cores: a job is one thread, and the server wants to answer while it runs.
    workers = max(1, min(CPU_COUNT // 2, int(MEMORY_LIMIT // _GIB), _MOST_WORKERS))
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        # No dashboard; what serves the rest of its addresses listens on this machine alone.
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        memory_limit=int(min(_MEMORY_PER_WORKER, MEMORY_LIMIT / workers)),
        silence_logs=logging.CRITICAL,
    )
