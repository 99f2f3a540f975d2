"""Many runs that differ in beta and seed, as jobs, and what they say together."""

from __future__ import annotations

import math
import secrets
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vae_core.jobs.client import MAX_EACH, Runner
from vae_core.jobs.requests import TrainRequest
from vae_core.jobs.run_view import RunView, read_run

_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over seeds, nats per image; no deviation from one run alone."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """From at least one value."""
        deviation = statistics.stdev(values) if len(values) > 1 else math.nan
        return cls(statistics.fmean(values), deviation)

    def __str__(self) -> str:
        if math.isnan(self.deviation):
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} ± {self.deviation:.2f}"


@dataclass(frozen=True)
class SweepRow:
    """What the runs of one beta came to, on held-out images at beta = 1.

    Attributes:
        runs: how many ended with a model, trained with that beta from first to last.
    """

    beta: float
    runs: int
    reconstruction_nll: Spread
    kl: Spread
    elbo: Spread

    def to_dict(self) -> dict[str, Any]:
        """For JSON, which has no NaN: a deviation of one run is null."""
        values = asdict(self)
        for entry in values.values():
            if isinstance(entry, dict) and math.isnan(entry["deviation"]):
                entry["deviation"] = None
        return values


def summarise(views: Sequence[RunView]) -> list[SweepRow]:
    """One row a beta, ascending; runs that failed or were steered by hand are left out."""
    last_points: dict[float, list[Any]] = {}
    for view in views:
        as_asked = view.state == "done" and not view.changes
        if as_asked and isinstance(view.request, TrainRequest):
            last_points.setdefault(view.request.train.beta, []).append(view.curve[-1])
    return [
        SweepRow(
            beta,
            len(points),
            *(
                Spread.of([point[name] for point in points])
                for name in ("reconstruction_nll", "kl", "elbo")
            ),
        )
        for beta, points in sorted(last_points.items())
    ]


def run_all(runner: Runner, requests: Sequence[TrainRequest]) -> Iterator[RunView]:
    """Run them all, as many at once as the cluster can; yields each when it is over."""
    session = secrets.token_hex(16)
    waiting = list(requests)
    unfinished: list[str] = []
    while waiting or unfinished:
        room = MAX_EACH - len(unfinished)
        batch, waiting = waiting[:room], waiting[room:]
        if batch:
            unfinished += runner.submit_all(batch, f"{session}-{len(waiting)}")
        time.sleep(_POLL_SECONDS)
        for run_id in list(unfinished):
            view = read_run(run_id)
            if not view.unfinished:
                unfinished.remove(run_id)
                yield view
