"""The Overlap page in Chromium: a cell of the table and a place on the plane answer to a click."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.helpers import PATIENCE

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.browser

# Where a cell of the table lies on the screen, from plotly's own axes.
CELL = """([from, to]) => {
    const plot = document.querySelector('.st-key-overlap_matrix .js-plotly-plot');
    const { xaxis, yaxis } = plot._fullLayout;
    const box = plot.getBoundingClientRect();
    return [box.x + xaxis._offset + xaxis.d2p(to), box.y + yaxis._offset + yaxis.d2p(from)];
}"""


def test_a_click_on_a_cell_shows_its_two_classes(page: Page, server: str) -> None:
    page.goto(f"{server}/overlap")
    expect(page.get_by_text("Responsibilities r(z)")).to_be_visible()  # the last of the page
    page.locator(".st-key-overlap_matrix .js-plotly-plot").scroll_into_view_if_needed()
    for start, end in ((3, 5), (7, 9)):
        page.mouse.click(*page.evaluate(CELL, [start, end]))
        chosen = f"The images of class {start} that lie deepest in class {end}"
        expect(page.get_by_text(chosen)).to_be_visible()
    expect(page).to_have_url(re.compile("overlap_from=7"))


def test_a_click_moves_the_lens(page: Page, server: str) -> None:
    page.goto(f"{server}/overlap")
    canvas = page.locator("[class*='st-key-overlap_lens'] canvas.probe")
    expect(page.get_by_text("Until then: where")).to_be_visible()
    canvas.scroll_into_view_if_needed()
    expect(page.get_by_text("Responsibilities r(z)")).to_be_visible()
    box = canvas.bounding_box()
    assert box is not None
    before = page.get_by_text("images shared this place").inner_text()
    canvas.click(position={"x": 0.7 * box["width"], "y": 0.3 * box["height"]})
    expect(page.get_by_text("Click another place to move the lens")).to_be_visible()
    expect(page.get_by_text("images shared this place")).not_to_have_text(before)
