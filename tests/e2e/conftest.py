"""A real server on a free port and a real Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.helpers import PATIENCE, ROOT, serve
from tests.helpers import begin_alone

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# The app as app.py has it, without its visit to every page.
UNVISITED = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
import streamlit as st
from ui.canvas.assets import ROUTES
from ui.shell.browser_secret import MIDDLEWARE
frame = Path({root!r}) / "ui" / "shell" / "frame.py"
app = st.App(frame, routes=ROUTES, middleware=MIDDLEWARE)
"""


# Not for the whole session: while it lives, playwright keeps an event loop running in this thread.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        reason = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("LATENT_EXPLORER_BROWSER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server that the tests share."""
    begin_alone("e2e", tmp_path_factory)
    with _served("app.py", tmp_path_factory) as address:
        yield address


@pytest.fixture
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that nobody has asked for anything, not even itself."""
    script = tmp_path_factory.mktemp("fresh") / "app.py"
    script.write_text(UNVISITED.format(root=str(ROOT)))
    with _served(script, tmp_path_factory) as address:
        yield address


@contextmanager
def _served(script: str | Path, folders: pytest.TempPathFactory) -> Iterator[str]:
    """The app, offline and with a folder of its own for runs; its log must hold no traceback."""
    environment = {
        "VAE_RUNS_DIR": str(folders.mktemp("runs")),
        "VAE_DATA_DIR": str(folders.mktemp("data")),
    }
    log = folders.mktemp("log") / "server.log"
    with serve(script, log, environment) as address:
        yield address
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What a browser has fetched and compiled, for all tests: a page is drawn a quarter sooner.

    Its first page stays, or each of the others would open a window of its own.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """The page of somebody who has never been here.

    It fails the test if the app asks the network for anything, or a script breaks.
    """
    context.clear_cookies()
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("http://127.0.0.1", "data:", "blob:"))
            else problems.append(f"request to {request.url}")
        ),
    )
    yield page
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear()")
    page.close()
    assert not problems, problems
