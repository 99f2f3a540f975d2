"""How long a page takes to open, and the ELBO page to show another image.

    python benchmarks/pages.py [--quick]

In a Chromium on the same cores as the server. A page is open when its script has ended and nothing
in the document changes any more, charts and canvases included. Three ways to it: a click in the
menu of an open app, for the first time in that browser and again; and its address, in a browser
whose caches are empty. What the last costs Streamlit itself is measured beside it, on an app of one
title and on one of a title and one Plotly chart. Another image: from the click on the stepper of
the ELBO page until its heat map, with log p(x) beside it, and until the three numbers above it are
there; the plane was cut and decoded before.

The server first visits every page itself; that is over when the measurement starts, except in the
line that says otherwise.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import common
from benchmarks.browser import chromium, new_page
from benchmarks.server import running_server, wait_until_idle

ROUNDS = 5
IMAGES = 60
READY_MS = 60_000

_ALONE = "import streamlit as st\nst.title('Alone')\n"
_WITH_A_CHART = (
    "import plotly.graph_objects as go\n"
    + _ALONE
    + "st.plotly_chart(go.Figure(go.Scatter(y=[1, 2])))\n"
)

# When the document last changed; a page is at rest after a while without.
_WATCH = """
window.changed = 0;
new MutationObserver(() => { window.changed = performance.now(); }).observe(
  document, { subtree: true, childList: true, attributes: true, characterData: true });
"""
_AT_REST = """(title) => {
  const app = document.querySelector('[data-testid="stApp"]');
  return app?.getAttribute("data-test-script-state") === "notRunning"
    && document.querySelector("h1")?.innerText === title
    && performance.now() - window.changed > 700;
}"""
_MENU = "[data-testid=stSidebarNavLink]"
_CLICK = """(link) => {
  const note = () => { window.started = performance.now(); };
  link.addEventListener("pointerdown", note, { once: true });
}"""

_ANOTHER_IMAGE = """() => new Promise((seen) => {
  const root = [...document.querySelectorAll("*")]
    .map((one) => one.shadowRoot?.querySelector(".q-canvas")).find(Boolean);
  const shown = {
    map: () => root.qCanvas.logP,
    numbers: () => [...document.querySelectorAll('[data-testid="stMetricValue"]')]
      .map((one) => one.textContent).join(),
  };
  const before = Object.fromEntries(Object.entries(shown).map(([name, of]) => [name, of()]));
  const started = performance.now();
  const found = {};
  const look = () => {
    for (const [name, of] of Object.entries(shown)) {
      if (!(name in found) && of() !== before[name]) found[name] = performance.now() - started;
    }
    if (Object.keys(found).length === 2) seen(found);
    else requestAnimationFrame(look);
  };
  document.querySelector('[data-testid="stNumberInputStepUp"]').click();
  look();
})"""


def settled(page: Page, title: str) -> float:
    """The time of the last change, in milliseconds of the page's clock."""
    page.wait_for_function(_AT_REST, arg=title, timeout=READY_MS, polling=100)
    when: float = page.evaluate("() => window.changed")
    return when


def watched_page(browser: Browser) -> Page:
    page = new_page(browser)
    page.add_init_script(_WATCH)
    return page


def by_address(browser: Browser, url: str, title: str) -> float:
    """Milliseconds in a browser that has seen nothing yet."""
    page = watched_page(browser)
    try:
        page.goto(url)
        return settled(page, title)
    finally:
        page.context.close()


def titles(page: Page) -> dict[str, str]:
    """Title in the menu -> address, in the order of the menu."""
    links = page.locator(_MENU).all()
    return {
        link.locator("span").last.inner_text(): link.get_attribute("href") or "" for link in links
    }


def by_menu(page: Page, title: str) -> float:
    """Milliseconds from the press of the button."""
    link = page.locator(_MENU).filter(has_text=title)
    link.evaluate(_CLICK)
    link.click()
    ended = settled(page, title)
    started: float = page.evaluate("() => window.started")
    return ended - started


def app_of(script: str, browser: Browser, rounds: int) -> list[float]:
    """A server of its own, for a script of two lines."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(script)
        file.flush()
        with running_server(Path(file.name)) as server:
            by_address(browser, f"http://{server.address}/", "Alone")  # imports
            return [
                by_address(browser, f"http://{server.address}/", "Alone") for _ in range(rounds)
            ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="one round, ten images")
    quick = parser.parse_args().quick
    rounds, images = (1, 10) if quick else (ROUNDS, IMAGES)

    with chromium() as browser:
        alone = app_of(_ALONE, browser, rounds)
        with_a_chart = app_of(_WITH_A_CHART, browser, rounds)
        first: dict[str, list[float]] = {}
        again: dict[str, list[float]] = {}
        cold: dict[str, list[float]] = {}
        with running_server() as server:
            page = watched_page(browser)
            page.goto(f"http://{server.address}/")
            settled(page, "Latent space")
            at_once = {title: by_menu(page, title) for title in [*titles(page)][1:]}
            page.context.close()
            wait_until_idle(server)
            for _ in range(rounds):
                page = watched_page(browser)
                page.goto(f"http://{server.address}/")
                settled(page, "Latent space")
                addresses = titles(page)
                order = [*addresses][1:] + [*addresses][:1]
                for measured in (first, again):
                    for title in order:
                        measured.setdefault(title, []).append(by_menu(page, title))
                page.context.close()
                for title, address in addresses.items():
                    cold.setdefault(title, []).append(by_address(browser, address, title))
            page = watched_page(browser)
            page.goto(f"http://{server.address}/elbo")
            settled(page, "ELBO")
            seen: list[dict[str, float]] = []
            for _ in range(images):
                seen.append(page.evaluate(_ANOTHER_IMAGE))
                settled(page, "ELBO")

    def median(values: list[float]) -> str:
        return f"{statistics.median(values):.0f}"

    print(common.describe_machine())
    print(f"Chromium {browser.version}; medians of {rounds}, in milliseconds.")
    common.print_table(
        ["opens", "by the menu", "again", "slowest", "by address, empty caches"],
        [
            [
                title,
                median(first[title]),
                median(again[title]),
                f"{max(first[title]):.0f}",
                median(cold[title]),
            ]
            for title in cold
        ]
        + [
            ["Streamlit, one title", "", "", "", median(alone)],
            ["Streamlit, one title and one chart", "", "", "", median(with_a_chart)],
        ],
    )
    print(
        "By the menu, one after another, while the server still visits them itself: "
        + ", ".join(f"{title} {value:.0f}" for title, value in at_once.items())
    )
    common.print_table(
        ["milliseconds", "median", "p95", "max"],
        [
            common.summary(
                "another image: heat map with its log p(x)", [one["map"] for one in seen]
            ),
            common.summary(
                "another image: log p(x), ELBO and KL", [one["numbers"] for one in seen]
            ),
        ],
    )


if __name__ == "__main__":
    main()
