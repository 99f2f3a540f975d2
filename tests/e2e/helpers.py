"""A server of the app, and what the tests ask of the latent canvas in a browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120_000  # milliseconds; a deadline for a busy machine, not a speed that is promised
READY = ".latent-canvas[data-ready='1']"


@contextmanager
def serve(script: str | Path, log: Path, environment: dict[str, str]) -> Iterator[str]:
    """``streamlit run script`` on a free port, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                str(script),
                "--server.headless=true",
                *options,
            ],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(f"{address}/_stcore/health", process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the server did not become healthy:\n{log.read_text()}")


@contextmanager
def opened_afresh(page: Page) -> Iterator[Page]:
    """The link of a page in a session of its own; in the end its address is the same."""
    fresh = page.context.new_page()
    fresh.goto(page.url)
    yield fresh
    assert fresh.url == page.url
    fresh.close()


def in_canvas(page: Page, script: str) -> Any:
    """Evaluate ``script`` with ``canvas`` bound to the component's test hook."""
    return page.locator(READY).evaluate(f"root => {{ const canvas = root.latentCanvas; {script} }}")


def point_at(page: Page, x: float, y: float, pane: int = 0) -> tuple[float, float]:
    """Move the pointer to a place of the plane; returns where the probe ended up."""
    place = in_canvas(page, f"return canvas.toPixels({pane}, {x}, {y});")
    page.mouse.move(place["x"], place["y"])
    page.wait_for_function(
        """([selector, pane, x, y]) => {
            const seek = (node) => node.querySelector(selector) || [...node.querySelectorAll('*')]
                .filter((n) => n.shadowRoot).map((n) => seek(n.shadowRoot)).find(Boolean);
            const probe = seek(document).latentCanvas.probe(pane);
            return Math.hypot(probe.x - x, probe.y - y) < 0.1;
        }""",
        arg=[READY, pane, x, y],
    )
    probe = in_canvas(page, f"return canvas.probe({pane});")
    return probe["x"], probe["y"]


def wait_in_canvas(page: Page, script: str) -> None:
    """Wait until ``script`` returns true with ``canvas`` bound to the component's test hook."""
    page.wait_for_function(
        """([selector, script]) => {
            const seek = (node) => node.querySelector(selector) || [...node.querySelectorAll('*')]
                .filter((n) => n.shadowRoot).map((n) => seek(n.shadowRoot)).find(Boolean);
            const root = seek(document);
            return root && new Function("canvas", script)(root.latentCanvas);
        }""",
        arg=[READY, script],
    )
