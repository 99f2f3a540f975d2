"""What somebody wrote into a link is no live link in our own sentence."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.helpers import PATIENCE

pytestmark = pytest.mark.browser

EVIL = "http://evil.example www.evil.example me@evil.example [x](http://evil.example)"


@pytest.mark.parametrize(
    ("page_name", "name"), [("sweep", "sweep"), ("sweep", "sweep_betas"), ("compare", "runs")]
)
def test_text_of_a_link_stays_text(page: Page, server: str, page_name: str, name: str):
    page.goto(f"{server}/{page_name}?{urlencode({name: EVIL})}")
    alert = page.locator("[role=alert]").filter(has_text="evil").first
    expect(alert).to_be_visible(timeout=PATIENCE)
    assert alert.locator("a").count() == 0
