"""How long a decode takes, on the server and in the browser, and how smooth the canvas is.

    python benchmarks/decode.py [--quick]

Browser: Chromium without a graphics card, on the Latent space page of the real server, with the
bundled model. Its clock has steps of 0.1 ms, so besides the page's own timer around each decode
there is a mean over many calls in a row. Frames: the time from one animation frame to the next
while 70,000 points are dragged and zoomed.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from playwright.sync_api import Locator, Page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import common
from benchmarks.browser import chromium, new_page
from benchmarks.common import summary
from benchmarks.server import running_server, wait_until_idle
from vae_core.evaluation.encodings import decode_latents
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint

MODEL = "mnist-2d-beta-1"
SEED = 0
MOVES = 400
FRAME_LIMIT = 1000 / 60 + 1  # ms; a frame in time, with the clock's steps
READY_MS = 120_000

_RECORD_FRAMES = """() => {
  window.frameTimes = [];
  let last = null;
  const note = (now) => {
    if (last !== null) window.frameTimes.push(now - last);
    last = now;
    window.frameRequest = requestAnimationFrame(note);
  };
  window.frameRequest = requestAnimationFrame(note);
}"""
_STOP_FRAMES = "() => { cancelAnimationFrame(window.frameRequest); return window.frameTimes; }"
_DECODE_IN_A_ROW = """(root, places) => {
  const { decode } = root.latentCanvas;
  const means = [];
  for (let n = 0; n < places.length; n += 50) {
    const start = performance.now();
    for (const place of places.slice(n, n + 50)) decode(0, place);
    means.push((performance.now() - start) / Math.min(50, places.length - n));
  }
  return means;
}"""


def on_server(repeats: int) -> list[list[str]]:
    """Milliseconds of vae_core's decode, sizes in turn."""
    model = load_checkpoint(BUNDLED / f"{MODEL}.safetensors").vae
    random = np.random.default_rng(SEED)
    sizes = {"1 point": 1, "20 x 20 points": 400, "40 x 40 points": 1600}
    seconds: dict[str, list[float]] = {name: [] for name in sizes}
    for _ in range(repeats):
        for name, count in sizes.items():
            z_PZ = random.standard_normal((count, 2))
            started = time.perf_counter()
            decode_latents(model, z_PZ)
            seconds[name].append(time.perf_counter() - started)
    return [
        summary(f"server: {name}", [1000 * value for value in values])
        for name, values in seconds.items()
    ]


def in_browser(page: Page, address: str, moves: int) -> list[list[str]]:
    """Milliseconds of decodes on the Latent space page, called in a row and under the pointer."""
    canvas = open_canvas(page, f"http://{address}/?model={MODEL}")
    random = np.random.default_rng(SEED)
    places = random.standard_normal((20 * 50, 2)).tolist()
    in_a_row: list[float] = canvas.evaluate(_DECODE_IN_A_ROW, places)
    canvas.evaluate("(root) => { root.latentCanvas.timings.decode.length = 0; }")
    walk(page, canvas, moves)
    timers: list[float] = canvas.evaluate("(root) => root.latentCanvas.timings.decode")
    return [
        summary("browser: 1 point, means of 50 in a row", in_a_row),
        summary(f"browser: under the pointer, {len(timers)} decodes", timers),
    ]


def frames(page: Page, address: str, moves: int) -> tuple[list[list[str]], str]:
    """Milliseconds between frames while 70,000 points are dragged and zoomed, and of drawing."""
    canvas = open_canvas(page, f"http://{address}/")
    first: list[float] = canvas.evaluate("(root) => [...root.latentCanvas.timings.firstDraw]")
    page.evaluate(_RECORD_FRAMES)
    page.wait_for_timeout(1000)
    still: list[float] = page.evaluate(_STOP_FRAMES)
    canvas.evaluate("(root) => { root.latentCanvas.timings.points.length = 0; }")
    page.evaluate(_RECORD_FRAMES)
    drag_and_zoom(page, canvas, moves)
    moving: list[float] = page.evaluate(_STOP_FRAMES)
    drawing: list[float] = canvas.evaluate("(root) => root.latentCanvas.timings.points")
    in_time = sum(value <= FRAME_LIMIT for value in moving) / len(moving)
    note = (
        f"70,000 points moving: {1000 / statistics.mean(moving):.0f} frames/s on average, "
        f"{100 * in_time:.1f}% of {len(moving)} frames within {FRAME_LIMIT:.1f} ms."
    )
    rows = [
        summary("frame to frame, page at rest", still),
        summary("frame to frame, 70,000 points moving", moving),
        summary("drawing 70,000 points", drawing),
        summary("first draw of 70,000 points, from the data's arrival", first),
    ]
    return rows, note


def open_canvas(page: Page, url: str) -> Locator:
    """The root of the canvas, once everything on it is drawn."""
    page.goto(url)
    canvas = page.locator('.latent-canvas[data-ready="1"]')
    canvas.wait_for(timeout=READY_MS)
    page.wait_for_load_state("networkidle")
    return canvas


def middle_of(canvas: Locator) -> tuple[float, float]:
    middle: dict[str, float] = canvas.evaluate("(root) => root.latentCanvas.toPixels(0, 0, 0)")
    return middle["x"], middle["y"]


def walk(page: Page, canvas: Locator, moves: int) -> None:
    """Move the pointer on a spiral, a step for every frame."""
    x, y = middle_of(canvas)
    for n in range(moves):
        angle, radius = 0.15 * n, 20 + 150 * n / moves
        page.mouse.move(x + radius * math.cos(angle), y + radius * math.sin(angle))
        page.evaluate("() => new Promise(requestAnimationFrame)")


def drag_and_zoom(page: Page, canvas: Locator, moves: int) -> None:
    """Drag in circles, then zoom in and out, as fast as the browser takes it."""
    x, y = middle_of(canvas)
    page.mouse.move(x + 60, y)
    page.mouse.down()
    for n in range(moves):
        page.mouse.move(x + 60 * math.cos(0.1 * n), y + 60 * math.sin(0.1 * n))
    page.mouse.up()
    for n in range(moves // 2):
        page.mouse.wheel(0, -20 if (n // 20) % 2 == 0 else 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="a fifth of the repetitions")
    moves = MOVES // 5 if parser.parse_args().quick else MOVES
    torch.set_num_threads(1)

    rows = on_server(moves)
    with chromium() as browser:
        page = new_page(browser)
        with running_server() as server:
            wait_until_idle(server)
            rows += in_browser(page, server.address, moves)
        with running_server(Path(__file__).with_name("many_points.py")) as server:
            frame_rows, note = frames(page, server.address, moves)

    print(common.describe_machine())
    print(
        f"Model {MODEL}, Chromium {browser.version} on the same cores as the server. Seed {SEED}."
    )
    common.print_table(["milliseconds", "median", "p95", "max"], rows + frame_rows)
    print(note)


if __name__ == "__main__":
    main()
