"""The cluster of this machine alone."""

from __future__ import annotations

import logging

import dask
from dask.system import CPU_COUNT
from distributed import LocalCluster, Security
from distributed.system import MEMORY_LIMIT

NICENESS = 10

_GIB = 2**30
_MEMORY_PER_WORKER = 4 * _GIB
_MOST_WORKERS = 8  # each takes 0.4 GB when idle


def start_local(security: Security | None) -> LocalCluster:
    """Scheduler and workers on this machine, which end with this process."""
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
        security=security,
        memory_limit=int(min(_MEMORY_PER_WORKER, MEMORY_LIMIT / workers)),
        silence_logs=logging.CRITICAL,
    )
