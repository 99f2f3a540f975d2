"""Training jobs: worker processes on dask.distributed, one folder a run, no streamlit.

    the server  --one JSON line a command-->  the runner (``python -m vae_core.jobs``)
                                                 |  dask.distributed
    pages  <--files in runs/<run id>/--  worker processes

The server holds a ``Runner``, which starts the runner process and ends it. That process owns the
queue and a dask client: of a local cluster that it starts (loopback only), or of an existing one
whose scheduler's address is in VAE_SCHEDULER. The code is the same. Workers of an existing
cluster need this package, and must see the runs folder under the same path: files are how a job
tells what it does. What is imported here brings neither dask nor torch into the server.
"""

from __future__ import annotations

from vae_core.jobs.client import Runner
from vae_core.jobs.requests import MAX_EPOCHS, TrainRequest, UmapRequest
from vae_core.jobs.run_view import RunView, Snapshot, read_run, read_snapshot
from vae_core.jobs.sweeps import run_all, summarise

__all__ = [
    "MAX_EPOCHS",
    "RunView",
    "Runner",
    "Snapshot",
    "TrainRequest",
    "UmapRequest",
    "read_run",
    "read_snapshot",
    "run_all",
    "summarise",
]
