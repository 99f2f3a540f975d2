"""What a class costs one server: visitors who open all pages, click, choose and move on.

    python benchmarks/sessions.py [--quick] [--sessions N ...] [--seconds S] [--processes P]

Visitors speak over the websocket that a browser speaks (``benchmarks/visitor.py``), think 5 s on
average, and do in turn what the page in front of them has: another page by the menu, a click on a
canvas, a chooser, a slider, a number, a toggle. Timed is what they wait: from their message to the
message that the script has finished. Measured in this order:

- one visitor on each page just after the server's start, all at once;
- one visitor alone, every page and action, with the CPU time of the server and its children;
- 1, 30, 100 and 300 visitors at once, from when all have opened a page;
- 30 and 100 while a model trains beside them;
- memory (proportional set size of the server and its children) before all these, with them, and
  when their sessions have expired.

With ``--processes`` several servers stand behind one address, as docs/class-server.md has it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import common
from benchmarks.server import Server, running_class_server, running_server, wait_until_idle
from benchmarks.visitor import Event, Visitor
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import MAX_EPOCHS, Runner, TrainRequest, read_run

SEED = 0
THINK = 5.0  # seconds on average
SESSIONS = (1, 30, 100, 300)
BESIDE_TRAINING: Sequence[int] = (30, 100)
SECONDS = 60.0  # of every crowd, once all are there
ARRIVALS = 10.0  # a second
TIMES_ALONE = 6  # each page and action; the kernel counts CPU in steps of 10 ms
SETTLED = 0.1  # seconds: until what the server does after a rerun is over
EXPIRED = 150.0  # seconds: a session without its browser is kept for 120


@dataclass(frozen=True)
class Crowd:
    """What some visitors waited for, and what it cost: CPU seconds of the server."""

    events: list[Event]
    seconds: float
    cpu_seconds: float


def cpu_seconds(server: Server) -> float:
    """So far, of the server and the children it has."""
    times = [process.cpu_times() for process in _family(server)]
    return float(sum(time.user + time.system for time in times))


def memory(server: Server) -> float:
    """Proportional set size in MB of the server and its children."""
    return float(sum(process.memory_full_info().pss for process in _family(server))) / 2**20


def _family(server: Server) -> list[psutil.Process]:
    tops = [psutil.Process(pid) for pid in server.pids]
    return [one for top in tops for one in (top, *top.children(recursive=True))]


async def just_started(server: Server) -> list[Event]:
    """A visitor on each page at once; how long the page took, its first rerun."""
    async with Visitor(server.address, SEED) as first:
        events = [await first.open()]

        async def one(page: str) -> Event:
            async with Visitor(server.address, SEED) as visitor:
                return await visitor.open(page, hash_of=first)

        return events + list(await asyncio.gather(*(one(page) for page in first.pages)))


async def alone(server: Server, times: int) -> list[tuple[Event, float]]:
    """Each page and action several times; with each event its CPU seconds."""
    found = []
    async with Visitor(server.address, SEED) as visitor:
        await visitor.open()

        async def timed(page: str, action: str) -> None:
            before = cpu_seconds(server)
            event = await (visitor.open(page) if action == "open" else visitor.act(action))
            await asyncio.sleep(SETTLED)
            found.append((event, cpu_seconds(server) - before))

        for page in visitor.pages:
            for _ in range(times):
                await timed(page, "open")
                for action in visitor.actions:
                    if action in visitor.actions:  # a change may take others away
                        await timed(page, action)
    return found


async def together(server: Server, sessions: int, duration: float) -> Crowd:
    """Visitors who arrive one after another, then all stay for a time."""
    everybody_is_here = asyncio.Barrier(sessions)
    measured: list[Event] = []
    started: list[tuple[float, float]] = []

    async def visit(number: int) -> None:
        await asyncio.sleep(number / ARRIVALS)
        async with Visitor(server.address, SEED + number) as visitor:
            arrived = [await visitor.open()]
            if visitor.pages:  # else there was no answer, and there will be none to what follows
                arrived.append(await visitor.open(visitor.pages[number % len(visitor.pages)]))
            measured.extend(event for event in arrived if event.error)
            await everybody_is_here.wait()
            if not started:
                started.append((time.monotonic(), cpu_seconds(server)))
            end = time.monotonic() + duration
            await asyncio.sleep(THINK * visitor.random.random())
            while time.monotonic() < end:
                measured.append(await visitor.go_on())
                await asyncio.sleep(THINK * visitor.random.uniform(0.5, 1.5))

    await asyncio.gather(*(visit(number) for number in range(sessions)))
    since, cpu = started[0]
    return Crowd(measured, time.monotonic() - since, cpu_seconds(server) - cpu)


@contextmanager
def a_model_training() -> Iterator[None]:
    """A job as the Train page starts it, in processes of its own, that outlasts the block."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAE_RUNS_DIR"] = folder
        runner = Runner()
        try:
            config = TrainConfig(epochs=MAX_EPOCHS, batch_size=32)
            run_id = runner.submit(TrainRequest(ModelConfig(), config), "benchmark")
            while not read_run(run_id).curve:
                time.sleep(0.1)
            yield
            if not read_run(run_id).unfinished:
                raise RuntimeError("the training ended too soon to be measured beside")
        finally:
            runner.close()


def crowd_row(name: str, crowd: Crowd) -> list[str]:
    """Milliseconds by kind of event, and what the server did for them."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for event in crowd.events:
        kind = event.action if event.action in ("open", "click") else "change"
        by_kind[kind].append(1000 * event.seconds)
    cells = []
    for kind in ("open", "click", "change"):
        waits = by_kind[kind]
        cells += [f"{statistics.median(waits):.0f} / {common.p95(waits):.0f}"] if waits else ["–"]
    count = max(len(crowd.events), 1)
    return [
        name,
        str(len(crowd.events)),
        *cells,
        f"{1000 * crowd.cpu_seconds / count:.0f}",
        f"{crowd.cpu_seconds / crowd.seconds:.2f}",
        str(sum(bool(event.error) for event in crowd.events)),
    ]


def print_by_page(found: Sequence[tuple[Event, float]]) -> None:
    """The lone visitor's events: what one waits and what it costs, by page and action."""
    groups: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for event, spent in found:
        groups[event.page or "(first)", event.action].append((1000 * event.seconds, 1000 * spent))
    rows = []
    for (page, action), values in groups.items():
        waits, costs = [wait for wait, _ in values], [cost for _, cost in values]
        numbers = (statistics.median(waits), max(waits), statistics.mean(costs), max(costs))
        rows.append([f"{page}: {action}", str(len(values)), *(f"{n:.0f}" for n in numbers)])
    heads = ["one visitor alone", "n", "wait, median ms", "at most", "CPU, mean ms", "at most"]
    common.print_table(heads, rows)


def print_errors(events: Sequence[Event]) -> None:
    """Every error once, with how often and where it was met."""
    errors = Counter((e.page, e.action, e.error) for e in events if e.error)
    for (page, action, error), count in errors.most_common():
        print(f"ERROR {count} x {page or '(first)'}: {action}: {error}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="1 and 10 sessions, 15 s each")
    parser.add_argument("--sessions", type=int, nargs="+", default=SESSIONS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of every crowd")
    parser.add_argument("--processes", type=int, default=1, help="servers behind one address")
    arguments = parser.parse_args()
    sessions: Sequence[int] = arguments.sessions
    training, duration, expired = BESIDE_TRAINING, arguments.seconds, EXPIRED
    if arguments.quick:
        sessions, training, duration, expired = (1, 10), (), 15.0, 0.0

    print(common.describe_machine())
    print(f"Loopback; clients and server share the cores. Think {THINK:g} s, seed {SEED}.")
    seen: list[Event] = []
    several = arguments.processes > 1
    with running_class_server(arguments.processes) if several else running_server() as server:
        print(f"Server start to healthy: {server.start_seconds:.1f} s")
        opens = asyncio.run(just_started(server))
        seen += opens
        slowest = max(opens, key=lambda event: event.seconds)
        print(
            f"A visitor on each page at once, just after the start: median "
            f"{statistics.median(event.seconds for event in opens):.1f} s, at most "
            f"{slowest.seconds:.1f} s ({slowest.page or 'the first page'})",
            flush=True,
        )
        wait_until_idle(server)
        before = memory(server)
        found = asyncio.run(alone(server, 1 if arguments.quick else TIMES_ALONE))
        seen += [event for event, _ in found]
        print_by_page(found)

        rows, most = [], 0.0

        def measure(count: int, beside: str = "") -> None:
            nonlocal most
            crowd = asyncio.run(together(server, count, duration))
            seen.extend(crowd.events)
            most = max(most, memory(server))
            rows.append(crowd_row(f"{count}{beside}", crowd))
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)

        for count in sessions:
            measure(count)
        if training:
            with a_model_training():
                for count in training:
                    measure(count, ", a model trains")
        heads = ["sessions", "events", "open, ms: median / p95", "click", "another control"]
        common.print_table([*heads, "CPU-ms an event", "cores", "errors"], rows)
        time.sleep(expired)
        print(f"Memory: {before:.0f} MB before, {most:.0f} with all, {memory(server):.0f} after")
    print_errors(seen)


if __name__ == "__main__":
    main()
