"""On a phone and at 150% no page slides sideways, nothing is cut off, covered or overlaps."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.pages.helpers import pages_table

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
WINDOW = {"width": 1280, "height": 720}
ZOOMED = {"width": 853, "height": 480}  # the same at 150%
PATHS = [file.removesuffix(".py") for rows in pages_table().values() for file, _, _ in rows]

# Boxes of the texts of each chart: titles, numbers at axes and on bars, notes, words of legends.
# Slanted ones stand in boxes that are wider than they are.
TEXTS = """() => [...document.querySelectorAll('.stPlotlyChart')].map((chart) =>
    [...chart.querySelectorAll('.xtitle, .ytitle, .gtitle, .infolayer .annotation-text, ' +
        '.xtick text, .ytick text, .legendtext, .bartext')]
        .filter((text) => text.textContent.trim())
        .filter((text) => !/rotate\\((?!0|-?90|-?180)/.test(text.getAttribute('transform')))
        .map((text) => {
            const box = text.getBoundingClientRect();
            return [text.textContent, box.left, box.top, box.right, box.bottom];
        }))"""


# Labels of buttons and numbers that end in an ellipsis, since there is no room for them.
CUT = """() => [...document.querySelectorAll('[data-testid=stMain] .stMarkdownEllipsis')]
    .filter((text) => text.clientWidth && text.scrollWidth > text.clientWidth + 1)
    .map((text) => text.textContent.trim())"""


def _open(page: Page, server: str, path: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(f"{server}/{path}")
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'"
    )
    expect(page.locator(".stPlotlyChart:not(:has(.main-svg))")).to_have_count(0)


def _overlapping(charts: list[list[list[Any]]]) -> list[tuple[str, str]]:
    """Pairs of texts of one chart of which one hides at least two pixels of the other."""
    found = []
    for texts in charts:
        for place, (one, *a) in enumerate(texts):
            for other, *b in texts[:place]:
                across = min(a[2], b[2]) - max(a[0], b[0])
                down = min(a[3], b[3]) - max(a[1], b[1])
                if across > 2 and down > 4:  # lines of text stand in boxes that are higher
                    found.append((one, other))
    return found


def _wait_until_no_text_overlaps(page: Page) -> None:
    """A chart that is being drawn anew for its width has texts of both widths for a moment."""
    deadline = time.monotonic() + 30
    while found := _overlapping(page.evaluate(TEXTS)):
        assert time.monotonic() < deadline, found
        page.wait_for_timeout(200)


def _wait_until_it_fits(page: Page) -> None:
    for scrolled in ("document.scrollingElement", "document.querySelector('[data-testid=stMain]')"):
        # A chart that is just being drawn may still have the width it had before.
        page.wait_for_function(f"() => {scrolled}.scrollWidth <= {scrolled}.clientWidth")
    _wait_until_no_text_overlaps(page)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_a_phone(page: Page, server: str, path: str) -> None:
    _open(page, server, path, PHONE)
    _wait_until_it_fits(page)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_a_window_at_100_and_at_150_percent(page: Page, server: str, path: str) -> None:
    _open(page, server, path, WINDOW)
    _wait_until_no_text_overlaps(page)
    page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    _wait_until_it_fits(page)
    assert page.evaluate(CUT) == []


def _reached(page: Page, role: Any, name: str) -> None:
    """A control is seen and would take a press at its middle."""
    control = page.get_by_role(role, name=name, exact=True)
    control.scroll_into_view_if_needed()
    expect(control).to_be_visible()
    control.click(trial=True)


def test_the_controls_of_a_run_are_reached_on_a_phone_and_zoomed(page: Page, server: str) -> None:
    _open(page, server, "train?train_dataset=digits&train_epochs=500", ZOOMED)
    page.get_by_role("button", name="Train", exact=True).click()
    for name in ("Pause", "1 epoch", "Stop"):
        _reached(page, "button", name)
    assert page.evaluate(CUT) == []
    _open(page, server, page.url.removeprefix(f"{server}/"), PHONE)
    for name in ("Pause", "1 epoch", "Stop"):
        _reached(page, "button", name)
    # One that is stopped before it began has no model to be saved.
    page.get_by_text("of 500").first.wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    _reached(page, "button", "Save model")
    page.get_by_role("textbox", name="Name").fill("../mine")
    page.get_by_role("button", name="Save model", exact=True).click()
    refusal = page.get_by_role("alert").filter(has_text="a model's name is".capitalize())
    expect(refusal).to_be_visible()
    refusal.hover()
    _reached(page, "button", "Save model")
    _reached(page, "textbox", "Name")
    whole = "element => element.scrollHeight <= element.clientHeight + 1"
    assert refusal.evaluate(whole)
