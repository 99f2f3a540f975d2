"""Links in Chromium: what is changed on a page, a fresh browser opens and the menu brings back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.e2e.helpers import PATIENCE

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


@dataclass(frozen=True)
class Case:
    """A page and what is changed on it: key of a control -> what it is to show.

    An arrow moves a slider, "on" and "off" a toggle; the order counts, since some controls come
    with the value of another.
    """

    address: str
    changes: dict[str, str]
    shared: dict[str, str] = field(default_factory=dict)  # set beforehand, through the address


CASES = {
    "latent space": Case(
        "",
        {
            "model": "MNIST 2-D, β = 4",
            "shapes": "on",
            "points": "one sample per image",
            "ellipses": "none",
            "backdrop": "decoded images",
            "layout": "prior's quantiles",
            "opacity": "→",
            "contours": "each class",
            "rings": "none",
        },
    ),
    "latent space, values": Case("", {"colour": "overlap", "backdrop": "density of q(z)"}),
    "latent space, axes": Case(
        "", {"projection": "axes", "axis_x": "z9", "axis_y": "z2"}, {"model": "mnist-16d-beta-1"}
    ),
    "latent space, UMAP": Case(
        "",
        {"umap_neighbours": "→", "umap_min_dist": "→"},
        {"model": "mnist-16d-beta-1", "projection": "umap"},
    ),
    "interpolate": Case(
        "interpolate",
        {
            "walk_kind": "straight",
            "walk_start_class": "2",
            "walk_start_number": "5",
            "walk_end_class": "8",
            "walk_share": "→",
            "walk_next": "end 1",
        },
    ),
    "interpolate, pins": Case(
        "interpolate",
        {"walk_start_pin": "C", "walk_end_pin": "A"},
        {"pins": "A17~B0.5000_-1.2500~C40"},
    ),
    "KL switch": Case("kl_switch", {"beta": "→"}, {"place": "17"}),
    "overlap": Case(
        "overlap",
        {
            "overlap_from": "3",
            "overlap_to": "5",
            "overlap_pairs": "of any classes",
            "overlap_scale": "→",
        },
        {"place": "0.5000_-1.2500"},
    ),
    "ELBO": Case("elbo", {"elbo_class": "7", "elbo_number": "3", "elbo_sample": "1,000"}),
    "surgery": Case("surgery", {"model": "MNIST 2-D, β = 4"}),
    "likelihood": Case(
        "likelihood",
        {"elbo_class": "5", "elbo_number": "2", "likelihood_p": "→", "likelihood_sigma": "→"},
    ),
    "reparameterisation": Case(
        "reparameterisation",
        {
            "path_mu": "→",
            "path_sigma": "→",
            "path_eps": "→",
            "toy_mu": "→",
            "toy_sigma": "→",
            "toy_scale": "off",
            "elbo_class": "4",
            "decoder_scale": "on",
        },
    ),
    "missing labels": Case(
        "missing_labels",
        {
            "labels_kept": "→",
            "labels_class": "6",
            "labels_number": "2",
            "labels_method": "Small MLP",
            "labels_train_seed": "3",
            "labels_vae": "16",
            "labels_clusters": "→",
            "labels_seed": "1",
        },
    ),
    "discrete latents": Case(
        "discrete",
        {
            "discrete_temperature": "→",
            "discrete_weight_A": "→",
            "discrete_show": "density",
            "discrete_class": "8",
            "discrete_number": "4",
            "discrete_draws": "→",
        },
    ),
    "train": Case(
        "train",
        {
            "train_model": "Categorical VAE",
            "train_preset": "Cure it with a warm-up",
            "train_dataset": "Digits 8x8",
            "train_size": "3 of 256 units",
            "train_latent_dim": "5",
            "train_beta": "3",
            "train_epochs": "7",
            "train_seed": "2",
            "train_categories": "4",
            "train_straight": "on",
            "train_tau": "2",
            "train_likelihood": "Gaussian, σ fixed",
            "train_sigma": "0.3",
            "train_warm_up": "4",
        },
    ),
    "sweep": Case(
        "sweep",
        {
            "sweep_dataset": "Digits 8x8",
            "sweep_betas": "1, 3",
            "sweep_seeds": "5",
            "sweep_latent_dim": "4",
            "sweep_epochs": "6",
        },
    ),
}


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


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_link_is_the_view(page: Page, browser: Browser, server: str, case: Case) -> None:
    address = f"{server}/{case.address}"
    open_link(page, address, case.shared)
    before = shown(page)
    for key, to in case.changes.items():
        address = page.url
        set_control(page, key, to)
        expect(page).not_to_have_url(address)
        expect(page).to_have_url(re.compile(rf"[?&]{key}="))  # the change is in the link
        shown(page)
    after = shown(page)
    assert {key for key in case.changes if after[key] == before.get(key)} == set()
    link, title = page.url, page.title()
    assert all(f"{name}=" in link for name in case.shared)

    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
    fresh = context.new_page()
    fresh.goto(link)
    wait_until_shown(fresh, after)
    assert (fresh.url, fresh.title()) == (link, title)
    context.close()

    heading = page.get_by_role("heading", level=1).inner_text()
    elsewhere = "Surgery" if case.address != "surgery" else "Sweep"
    for name in (elsewhere, heading):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page).to_have_url(link)
    wait_until_shown(page, after)
    assert page.title() == title == f"{heading} · Latent Explorer"


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
