"""Two browsers, one owner: the other watches, and a paused run stops neither."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.helpers import PATIENCE

pytestmark = pytest.mark.browser


@pytest.fixture
def watcher(browser: Browser) -> Iterator[Page]:
    """A page in another browser: cookies of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def train(page: Page, epochs: int) -> None:
    field = page.get_by_role("spinbutton", name="Epochs", exact=True)
    field.fill(str(epochs))
    field.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_one_steers_the_other_watches_and_a_pause_is_in_nobodys_way(
    page: Page, watcher: Page, server: str
) -> None:
    page.goto(f"{server}/train")
    train(page, 400)
    expect(button(page, "Pause")).to_be_visible(timeout=PATIENCE)
    page.wait_for_url("**/train?*run=*")
    link = page.url

    watcher.goto(link)
    expect(watcher.get_by_text("you watch")).to_be_visible(timeout=PATIENCE)
    for name in ("Pause", "Stop", "1 epoch"):
        expect(button(watcher, name)).to_have_count(0, timeout=PATIENCE)

    button(page, "Pause").click()
    expect(page.get_by_text("Paused after epoch")).to_be_visible(timeout=PATIENCE)
    watcher.goto(f"{server}/train")  # nothing of the other's is offered here
    expect(watcher.get_by_text("Your runs")).to_have_count(0, timeout=PATIENCE)
    train(watcher, 2)
    expect(watcher.get_by_text("2 epochs in")).to_be_visible(timeout=PATIENCE)
    expect(button(watcher, "Save model")).to_be_visible(timeout=PATIENCE)

    page.goto(f"{server}/train")  # a new tab, without the link
    page.get_by_text("Your runs").wait_for()
    button(page, "Show").click()
    expect(page.get_by_text("Paused after epoch")).to_be_visible(timeout=PATIENCE)
    button(page, "Resume").click()
    expect(button(page, "Pause")).to_be_visible(timeout=PATIENCE)
    page.reload()  # the cookie says who it is
    button(page, "Stop").click()
    expect(page.get_by_text("It was stopped; the model so far was kept")).to_be_visible(
        timeout=PATIENCE
    )
    expect(button(page, "Save model")).to_be_visible(timeout=PATIENCE)
    watcher.goto(link)
    expect(watcher.get_by_text("It was stopped")).to_be_visible(timeout=PATIENCE)
    expect(button(watcher, "Save model")).to_have_count(0, timeout=PATIENCE)


def test_the_secret_is_a_cookie_that_no_script_can_read(page: Page, server: str) -> None:
    page.goto(server)
    [cookie] = [c for c in page.context.cookies() if c["name"] == "latent-explorer-browser"]
    assert cookie["httpOnly"]
    assert len(cookie["value"]) == 32
    assert cookie["value"] not in page.evaluate("document.cookie")
    page.reload()
    assert cookie["value"] in {c["value"] for c in page.context.cookies()}


@pytest.mark.parametrize(("accepted", "given"), [("text/html,*/*", True), ("image/*", False)])
def test_a_page_that_is_not_sent_again_brings_a_secret_too(
    server: str, accepted: str, given: bool
) -> None:
    """Cookies are often deleted alone: then the page is still there, and not modified."""
    asked = Request(server, headers={"Accept": accepted})
    with urlopen(asked) as first:
        asked.add_header("If-None-Match", first.headers["ETag"])
    with pytest.raises(HTTPError) as raised:
        urlopen(asked)
    with raised.value as answer:
        assert answer.status == 304
        assert ("latent-explorer-browser=" in (answer.headers["Set-Cookie"] or "")) is given
