"""How fast a run answers: python benchmarks/steering.py

Seconds from asking a real job (the Train page's network, in a worker process) to the answer in its
folder: the first snapshot, a pause, a changed beta, the stop. Medians of five runs and the slowest.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from os import environ
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import common
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import MAX_EPOCHS, Runner, RunView, TrainRequest, read_run

_RUNS = 5
_REQUEST = TrainRequest(
    ModelConfig(hidden=(128,) * 3, decoder_hidden=(128,) * 3),
    TrainConfig(epochs=MAX_EPOCHS, batch_size=128, learning_rate=1e-2),
)


def seconds_until(run_id: str, condition: Callable[[RunView], bool]) -> float:
    """Wait for something in a run's folder."""
    started = time.perf_counter()
    while not condition(read_run(run_id)):
        time.sleep(0.005)
    return time.perf_counter() - started


def main() -> None:
    print(common.describe_machine())
    answers: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        answers.setdefault(name, []).append(seconds)

    with tempfile.TemporaryDirectory() as folder:
        environ["VAE_RUNS_DIR"] = folder
        runner = Runner()
        try:
            for _ in range(_RUNS + 1):
                run_id = runner.submit(_REQUEST, "benchmark", anew=True)
                note("first snapshot", seconds_until(run_id, lambda view: bool(view.curve)))
                seconds_until(run_id, lambda view: view.epoch >= 2)
                runner.ask(run_id, "benchmark", hold=0)
                note("pause", seconds_until(run_id, lambda view: view.paused))
                runner.ask(run_id, "benchmark", beta=0.0, hold=None)
                note("changed beta in the curve", seconds_until(run_id, lambda v: bool(v.changes)))
                runner.stop(run_id, "benchmark")
                note("stop", seconds_until(run_id, lambda view: not view.unfinished))
        finally:
            runner.close()
    # The first run waits for the workers to start: a server has done that before a visitor comes.
    rows = [
        [name, f"{np.median(seconds[1:]):.2f}", f"{max(seconds[1:]):.2f}"]
        for name, seconds in answers.items()
    ]
    common.print_table(["seconds until", "median", "slowest"], rows)


if __name__ == "__main__":
    main()
