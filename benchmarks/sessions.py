"""Click to finished rerun on the real server, over the websocket that a browser speaks.

    python benchmarks/sessions.py [--quick]

A click is a point chosen on the canvas of the Latent space page: the page shows its image,
reconstruction, ELBO terms and neighbours. Timed from the click's message to the message that the
script has finished: for one session alone, for 30 sessions that think 2 s between clicks (from when
all have opened the page), and for these while a model trains beside them. Also the seconds from
the start of the server until it calls itself healthy; the clicks begin when its own first visit to
every page is over.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import common
from benchmarks.server import Server, running_server, wait_until_idle
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import MAX_EPOCHS, Runner, TrainRequest, read_run

SEED = 0
STARTS = 3
CLICKS_ALONE = 100
THINK_ALONE = 0.1  # seconds; so that what the server does after a rerun is over
SESSIONS = 30
THINK_TOGETHER = 2.0
SECONDS_TOGETHER = 40.0
IMAGES = 5000  # held out, on the plane
REPLY_LIMIT = 60.0
_FINISHED = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


class Session:
    """One visitor of the Latent space page."""

    def __init__(self, socket: ClientConnection, seed: int) -> None:
        self.socket = socket
        self.random = random.Random(seed)
        self.canvas_id = ""
        self.fragment_id = ""  # of the canvas, if it stands in a fragment
        self.cached: set[str] = set()
        self.pictures = 0  # sent by the last rerun

    async def open_page(self) -> None:
        """The first run of the script."""
        await self._rerun(BackMsg())
        if not self.canvas_id:
            raise RuntimeError("the first page has no canvas to click on")

    async def click(self) -> float:
        """Choose some image on the canvas; seconds until the script has finished."""
        place = {
            "plane": 0,
            "x": self.random.gauss(0, 1),
            "y": self.random.gauss(0, 1),
            "point": self.random.randrange(IMAGES),
            "time": time.monotonic(),
        }
        message = BackMsg()
        message.rerun_script.fragment_id = self.fragment_id
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.canvas_id
        state.json_value = json.dumps({"click": place})
        started = time.perf_counter()
        await self._rerun(message)
        seconds = time.perf_counter() - started
        if self.pictures == 0:
            raise RuntimeError("a click brought no picture: the server did not take it")
        return seconds

    async def _rerun(self, message: BackMsg) -> None:
        # As a browser does: the server then sends only the hash of what is known already.
        message.rerun_script.cached_message_hashes.extend(sorted(self.cached))
        await self.socket.send(message.SerializeToString())
        self.pictures = 0
        async with asyncio.timeout(REPLY_LIMIT):
            while not self._take(await self.socket.recv()):
                pass

    def _take(self, frame: str | bytes) -> bool:
        """Note what matters in a message from the server; True for the last one of a rerun."""
        if isinstance(frame, str):
            raise RuntimeError("the server sent text where its protocol has bytes")
        message = ForwardMsg()
        message.ParseFromString(frame)
        if message.metadata.cacheable:
            self.cached.add(message.hash)
        if message.WhichOneof("type") == "script_finished":
            if message.script_finished not in _FINISHED:
                raise RuntimeError("a rerun did not finish")
            return True
        element = message.delta.new_element
        if element.HasField("exception"):
            raise RuntimeError(f"the page failed: {element.exception.message}")
        if element.HasField("bidi_component"):
            self.canvas_id = element.bidi_component.id
            self.fragment_id = message.delta.fragment_id
        self.pictures += len(element.imgs.imgs)
        return False


def visit(server: Server) -> connect:
    return connect(
        f"ws://{server.address}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
        proxy=None,
    )


async def alone(server: Server, clicks: int) -> list[float]:
    """Seconds of every click of one session."""
    async with visit(server) as socket:
        session = Session(socket, SEED)
        await session.open_page()
        await session.click()  # the first one fills caches of its own
        seconds = []
        for _ in range(clicks):
            await asyncio.sleep(THINK_ALONE)
            seconds.append(await session.click())
        return seconds


async def together(server: Server, sessions: int, duration: float) -> list[float]:
    """Seconds of every click of many sessions at once."""

    everybody_is_here = asyncio.Barrier(sessions)

    async def visitor(number: int) -> list[float]:
        async with visit(server) as socket:
            session = Session(socket, SEED + 1 + number)
            await session.open_page()
            await session.click()  # the first one fills caches of its own
            await everybody_is_here.wait()
            seconds = []
            end = time.monotonic() + duration
            while time.monotonic() < end:
                await asyncio.sleep(THINK_TOGETHER * session.random.uniform(0.5, 1.5))
                seconds.append(await session.click())
            return seconds

    results = await asyncio.gather(*(visitor(number) for number in range(sessions)))
    return [seconds for result in results for seconds in result]


@contextmanager
def a_model_training() -> Iterator[None]:
    """A job of the Train page's size, in processes of its own as there, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAE_RUNS_DIR"] = folder
        runner = Runner()
        try:
            config = TrainConfig(epochs=MAX_EPOCHS, batch_size=128)
            run_id = runner.submit(TrainRequest(ModelConfig(), config), "benchmark")
            while not read_run(run_id).curve:
                time.sleep(0.1)
            yield
            if not read_run(run_id).unfinished:
                raise RuntimeError("the training ended too soon to be measured beside")
        finally:
            runner.close()


def row(name: str, seconds: list[float]) -> list[str]:
    milliseconds = [1000 * value for value in seconds]
    numbers = (statistics.median(milliseconds), common.p95(milliseconds), max(milliseconds))
    return [name, str(len(seconds)), *(f"{value:.0f}" for value in numbers)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="one start, 20 clicks, then 8 s")
    quick = parser.parse_args().quick
    starts, clicks, duration = (1, 20, 8.0) if quick else (STARTS, CLICKS_ALONE, SECONDS_TOGETHER)

    start_seconds = []
    for _ in range(starts - 1):
        with running_server() as server:
            start_seconds.append(server.start_seconds)
    with running_server() as server:
        start_seconds.append(server.start_seconds)
        wait_until_idle(server)
        one = asyncio.run(alone(server, clicks))
        many = asyncio.run(together(server, SESSIONS, duration))
        with a_model_training():
            beside = asyncio.run(together(server, SESSIONS, duration))

    print(common.describe_machine())
    print(
        f"Loopback; clients and server share the cores. {SESSIONS} sessions think "
        f"{THINK_TOGETHER:g} s on average, for {duration:g} s. Seed {SEED}."
    )
    print(
        f"Server start to healthy: median {statistics.median(start_seconds):.1f} s of "
        + ", ".join(f"{value:.1f}" for value in start_seconds)
    )
    common.print_table(
        ["click to finished rerun, ms", "clicks", "median", "p95", "max"],
        [
            row("one session", one),
            row(f"{SESSIONS} sessions", many),
            row(f"{SESSIONS} sessions, a model trains", beside),
        ],
    )


if __name__ == "__main__":
    main()
