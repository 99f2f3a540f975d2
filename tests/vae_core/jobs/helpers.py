"""Small requests for a runner, and how a test waits for what becomes of them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import psutil

from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import MAX_EPOCHS, RunView, TrainRequest, read_run

DEADLINE = 120.0  # of a condition on a busy machine; nearly always met at once

TINY = ModelConfig(image_shape=(8, 8), hidden=(16,), decoder_hidden=(16,))


def request(epochs: int = 3, **changes: object) -> TrainRequest:
    config: dict[str, Any] = {
        "dataset": "digits",
        "batch_size": 64,
        "precision": "float32",
        **changes,
    }
    return TrainRequest(TINY, TrainConfig(epochs=epochs, **config))


def long_request(seed: int) -> TrainRequest:
    """700,000 steps."""
    return request(MAX_EPOCHS, batch_size=1, seed=seed)


LONG = long_request(seed=100)


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


def view_when(run_id: str, condition: Callable[[RunView], bool]) -> RunView:
    until(lambda: condition(read_run(run_id)), f"{condition}; the run is {read_run(run_id)}")
    return read_run(run_id)


def training(view: RunView) -> bool:
    """It has begun: a snapshot is there and a step was counted."""
    return view.state == "running" and view.fraction > 0


def family(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
