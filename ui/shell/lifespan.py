"""What happens once when the server starts, and once when it ends."""

from __future__ import annotations

import torch
from threadpoolctl import threadpool_limits

from ui.runs.client import runner


def warm_up() -> None:
    """Once per server, before the first visitor: slow imports, a first encoding, the job runner."""
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401
    import scipy.linalg  # noqa: F401

    # Many sessions share the cores; one thread each answers sooner than two that collide. NumPy
    # and SciPy bring a pool of their own each, whose threads wait for work at full speed.
    torch.set_num_threads(1)
    threadpool_limits(1)
    runner()


def shut_down() -> None:
    """End the job runner with the server."""
    runner().close()
