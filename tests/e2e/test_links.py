"""Links in Chromium: what is changed on a page, a fresh browser opens and the menu brings back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.e2e.helpers import PATIENCE
from tests.e2e.link_cases import CASES, Case

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.browser

# Every control of the page as a person sees it: key -> what it shows. None until all are drawn.
CONTROLS = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    if (!app || app.dataset.testScriptState !== 'notRunning') return null;
    if (document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')) return null;
    const text = (node) => node ? node.textContent.trim() : '';
    const shown = {};
    const all = '[class*="st-key-"][data-testid="stElementContainer"]';
    for (const root of document.querySelectorAll(all)) {
        const key = /st-key-(\\S+)/.exec(root.className)[1];
        const input = root.querySelector('input');
        if (root.querySelector('[role="radiogroup"] button')) {
            shown[key] = text(root.querySelector('button[aria-checked="true"]'));
        } else if (root.querySelector('[data-testid="stMultiSelect"]')) {
            const tags = root.querySelectorAll('[data-tag]');
            shown[key] = [...tags].map(text).join();
        } else if (!input) {
            continue;
        } else if (input.type === 'range') {
            shown[key] = input.getAttribute('aria-valuetext') || input.value;
        } else if (input.type === 'radio') {
            shown[key] = text(root.querySelector('label[data-selected="true"]'));
        } else {
            shown[key] = input.type === 'checkbox' ? String(input.checked) : input.value;
        }
    }
    return Object.keys(shown).length ? shown : null;
}"""


def shown(page: Page) -> dict[str, str]:
    """The controls of a page that is at rest."""
    return page.wait_for_function(CONTROLS).json_value()


def wait_until_shown(page: Page, view: dict[str, str]) -> None:
    """A control may show its default for a moment before it shows what it was given."""
    equal = f"(view) => {{ const now = ({CONTROLS})(); return now && same(now, view); }}"
    same = "(a, b) => JSON.stringify(Object.entries(a)) === JSON.stringify(Object.entries(b))"
    try:
        page.wait_for_function(
            f"(view) => {{ const same = {same}; return ({equal})(view); }}", arg=view
        )
    except PlaywrightTimeoutError:
        assert shown(page) == view


def set_control(page: Page, key: str, to: str) -> None:
    root = page.locator(f".st-key-{key}[data-testid='stElementContainer']")
    root.scroll_into_view_if_needed()
    entry = root.locator("input").first
    if to == "→":
        root.locator("input[type=range]").press("ArrowRight")
    elif to in ("on", "off"):
        root.locator("label").first.click()
    elif root.locator("[role=radiogroup]").count():
        root.locator("[role=radiogroup]").get_by_text(to, exact=True).click()
    elif entry.get_attribute("role") == "combobox":
        _choose(page, entry, to)
    else:
        entry.fill(to)
        entry.press("Enter")


def _choose(page: Page, entry: Locator, to: str) -> None:
    # A menu closes when the page moves under it, as it does while the page is being built.
    for _ in range(10):
        entry.click()
        try:
            page.get_by_role("option", name=to, exact=True).click(timeout=3000)
        except PlaywrightTimeoutError:
            continue
        return
    raise AssertionError(f"there was no {to}")


def open_link(page: Page, address: str, shared: dict[str, str]) -> None:
    query = "&".join(f"{name}={text}" for name, text in shared.items())
    page.goto(f"{address}?{query}" if query else address)


def steps(page: Page) -> int:
    """How many there are in the browser's history."""
    count: int = page.evaluate("history.length")
    return count


def go_by_the_menu(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    shown(page)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_link_is_the_view(page: Page, server: str, case: Case) -> None:
    """In a fresh session, by the menu, and Back: one press for one step."""
    open_link(page, f"{server}/{case.address}", case.shared)
    views, opening = [shown(page)], steps(page)
    for key, to in case.changes.items():
        address = page.url
        set_control(page, key, to)
        expect(page).not_to_have_url(address)
        expect(page).to_have_url(re.compile(rf"[?&]{key}="))  # the change is in the link
        views.append(shown(page))
        assert steps(page) == opening + len(views) - 1
    before, after = views[0], views[-1]
    assert {key for key in case.changes if after[key] == before.get(key)} == set()
    link, title = page.url, page.title()
    assert all(f"{name}=" in link for name in case.shared)

    fresh = page.context.new_page()  # a session of its own
    fresh.goto(f"{link}&utm_source=mail")
    wait_until_shown(fresh, after)
    expect(fresh).to_have_url(link)
    assert (fresh.title(), steps(fresh)) == (title, opening)
    fresh.close()

    heading = page.get_by_role("heading", level=1).inner_text()
    assert title == f"{heading} · Latent Explorer"
    elsewhere = "Sweep" if case.address != "sweep" else "Likelihood"
    go_by_the_menu(page, elsewhere)
    there = page.url
    go_by_the_menu(page, heading)
    expect(page).to_have_url(link)
    wait_until_shown(page, after)
    assert steps(page) == opening + len(views) + 1
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(elsewhere)
    assert page.url == there
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert page.url == link
    page.go_back()
    wait_until_shown(page, views[-2])


def test_back_and_forward_lead_through_the_views_one_step_each(page: Page, server: str) -> None:
    page.goto(server)
    views, steps = [shown(page)], page.evaluate("history.length")
    for key, to in {"points": "no points", "rings": "none", "ellipses": "of all images"}.items():
        address = page.url
        set_control(page, key, to)
        expect(page).not_to_have_url(address)
        views.append(shown(page))
    assert page.evaluate("history.length") == steps + len(views) - 1
    for view in reversed(views[:-1]):
        page.go_back()
        wait_until_shown(page, view)
    page.go_forward()
    wait_until_shown(page, views[1])


def test_runs_come_back_through_the_link(page: Page, browser: Browser, server: str) -> None:
    page.goto(f"{server}/train?train_dataset=digits&train_epochs=2")
    page.get_by_role("button", name="Train", exact=True).click()
    again = page.get_by_role("button", name="Run again with KL off")
    expect(again).to_be_visible()
    first = page.url
    again.click()
    expect(page).not_to_have_url(first)
    expect(page.get_by_role("button", name="Run again with KL on")).to_be_visible()
    second = page.url
    page.get_by_role("link", name="Compare runs").click()
    expect(page.get_by_text("Rate and distortion")).to_be_visible()
    expect(page.locator(".st-key-runs [data-tag]")).to_have_count(2)
    page.locator(".st-key-runs [data-tag] button").first.click()
    expect(page).to_have_url(re.compile("runs="))
    after, link = shown(page), page.url

    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
    fresh = context.new_page()
    fresh.goto(link)
    wait_until_shown(fresh, after)
    for address in (first, second):
        fresh.goto(address)
        expect(fresh.get_by_text("Done.")).to_be_visible()
    context.close()
    page.get_by_role("link", name="Train", exact=True).click()
    expect(page).to_have_url(second)
