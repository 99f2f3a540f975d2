"""Plotly's code is in the browser before a page that draws with it is asked for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.helpers import PATIENCE

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.browser

FETCHED = """() => performance.getEntriesByType("resource")
  .some((one) => one.name.includes("PlotlyChart") && one.responseEnd > 0)"""


def test_it_is_fetched_at_rest_and_run_when_the_menu_is_neared(page: Page, server: str) -> None:
    page.goto(server)
    page.wait_for_function(FETCHED)
    marks_of_plotly = page.locator('style[id^="plotly.js-style"]')  # it leaves one when it runs
    expect(page.locator(".latent-canvas")).to_be_visible()
    assert marks_of_plotly.count() == 0
    page.get_by_role("link", name="Overlap").hover()
    expect(marks_of_plotly).not_to_have_count(0)
