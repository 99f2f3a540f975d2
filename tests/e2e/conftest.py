"""A real server on a free port and a real Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.helpers import PATIENCE, serve
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
    """The address of the server that the tests share: each has a browser context of its own."""
    begin_alone("e2e", tmp_path_factory)
    with _served(tmp_path_factory) as address:
        yield address


@pytest.fixture
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that nobody has asked for anything."""
    with _served(tmp_path_factory) as address:
        yield address


@contextmanager
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app, offline and with a folder of its own for runs; its log must hold no traceback."""
    environment = {
        "VAE_RUNS_DIR": str(tmp_path_factory.mktemp("runs")),
        "VAE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
    }
    log = tmp_path_factory.mktemp("log") / "server.log"
    with serve("app.py", log, environment) as address:
        yield address
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test if the app asks the network for anything, or a script breaks."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
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
    context.close()
    assert not problems, problems
