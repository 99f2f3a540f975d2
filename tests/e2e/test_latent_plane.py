"""The latent plane in a real browser: posteriors to scale, selection, pins, backdrops."""

from __future__ import annotations

import csv
import re
from base64 import b64decode
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.e2e.helpers import (
    PATIENCE,
    READY,
    in_canvas,
    opened_afresh,
    point_at,
    wait_in_canvas,
)
from vae_core.data import load_split
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint

pytestmark = pytest.mark.browser

# All pixels of the plane (without the probe's layer), and the device pixels of one CSS pixel.
PIXELS = """
    const base = root.querySelector("canvas.base");
    const { data } = base.getContext("2d").getImageData(0, 0, base.width, base.height);
    let bytes = "";
    for (let at = 0; at < data.length; at += 0x8000)
        bytes += String.fromCharCode(...data.subarray(at, at + 0x8000));
    return { width: base.width, height: base.height, bytes: btoa(bytes),
             left: base.getBoundingClientRect().left, top: base.getBoundingClientRect().top };
"""


@cache
def posteriors() -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of the held-out images, from torch alone, (N, 2) each."""
    model = load_checkpoint(BUNDLED / "mnist-2d-beta-1.safetensors").model
    with torch.no_grad():
        mu, logvar = model.encode(load_split("mnist-55k", "test").x_ND)
    return mu.double().numpy(), logvar.double().mul(0.5).exp().numpy()


def choose(page: Page, chooser: str, option: str) -> None:
    box = page.get_by_role("combobox", name=chooser)
    wanted = page.get_by_role("option", name=option, exact=True)
    box.scroll_into_view_if_needed()
    # A menu closes when the sidebar moves under it, as it does while the page is being built.
    for _ in range(10):
        box.click()
        try:
            wanted.click(timeout=3000)
        except PlaywrightTimeoutError:
            continue
        return
    raise AssertionError(f"{chooser} did not offer {option}")


def pixels(page: Page) -> dict[str, Any]:
    """``data``: the pixels as whole numbers, shape (height, width). As a list of a million
    numbers they would take seconds on their way here."""
    found: dict[str, Any] = page.locator(READY).evaluate(f"root => {{ {PIXELS} }}")
    data = np.frombuffer(b64decode(found.pop("bytes")), "<u4")
    return {**found, "data": data.reshape(found["height"], found["width"])}


def test_ellipses_are_as_wide_and_high_as_the_covariance(page: Page, server: str) -> None:
    mu, sigma = posteriors()
    # A round and lonely one: no other ellipse comes near it.
    gap = np.abs(mu[:, None] - mu[None]) - 2.2 * (sigma[:, None] + sigma[None])
    lonely = np.where(np.eye(len(mu), dtype=bool), np.inf, gap.max(axis=2)).min(axis=1)
    lonely[sigma.max(axis=1) > 1.7 * sigma.min(axis=1)] = -np.inf
    lonely[np.hypot(*mu.T) > 3] = -np.inf
    image = int(lonely.argmax())
    page.goto(server)
    page.wait_for_selector(READY)
    middle = in_canvas(page, f"return canvas.toPixels(0, {mu[image][0]}, {mu[image][1]});")
    page.mouse.move(middle["x"], middle["y"])

    def scale() -> float:
        ends = in_canvas(page, "return [canvas.toPixels(0, 0, 0).x, canvas.toPixels(0, 1, 0).x];")
        return ends[1] - ends[0]

    while 2 * sigma[image].max() * scale() < 80:
        before = scale()
        page.mouse.wheel(0, -120)
        scale_now = "canvas.toPixels(0, 1, 0).x - canvas.toPixels(0, 0, 0).x"
        wait_in_canvas(page, f"return {scale_now} > {before};")
    page.mouse.move(2, 2)
    without = pixels(page)
    choose(page, "Posteriors q(z|x), 1σ and 2σ", "of all images")
    wait_in_canvas(
        page,
        """
            const { wanted, drawn } = canvas.ellipses(0) ?? {};
            return drawn > 0 && drawn === wanted;
        """,
    )
    with_them = pixels(page)
    rows, columns = np.nonzero(with_them["data"] != without["data"])
    place = in_canvas(page, f"return canvas.toPixels(0, {mu[image][0]}, {mu[image][1]});")
    x, y = place["x"] - with_them["left"], place["y"] - with_them["top"]
    reach = 2 * sigma[image] * scale()
    own = (np.abs(columns + 0.5 - x) < 1.1 * reach[0]) & (np.abs(rows + 0.5 - y) < 1.1 * reach[1])
    width, height = np.ptp(columns[own]), np.ptp(rows[own])  # between the middles of the lines
    assert width / 2 == pytest.approx(reach[0], rel=0.02)
    assert height / 2 == pytest.approx(reach[1], rel=0.02)


def test_samples_follow_the_posteriors_and_come_back_the_same(page: Page, server: str) -> None:
    mu, sigma = posteriors()
    page.goto(f"{server}/?points=one+sample+per+image")
    places = []
    for _ in range(2):
        page.wait_for_selector(READY)
        places.append(np.reshape(in_canvas(page, "return canvas.shownPlaces(0);"), (-1, 2)))
        page.reload()
    np.testing.assert_array_equal(places[0], places[1])
    noise = (places[0] - mu) / sigma
    count = len(mu)
    assert np.abs(noise.mean(axis=0)).max() < 4 / np.sqrt(count)
    assert np.abs((noise**2).mean(axis=0) - 1).max() < 4 * np.sqrt(2 / count)
    assert abs((noise[:, 0] * noise[:, 1]).mean()) < 4 / np.sqrt(count)


def test_new_samples_are_drawn_while_one_looks(page: Page, server: str) -> None:
    page.goto(f"{server}/?points=new+samples+each+second")
    page.wait_for_selector(READY)
    wait_in_canvas(
        page,
        """
            const places = canvas.shownPlaces(0);
            window.firstPlaces ??= places;
            return places && places.every((value, n) => value !== window.firstPlaces[n]);
        """,
    )


def test_a_lasso_selects_the_images_inside_it(page: Page, server: str) -> None:
    mu, _ = posteriors()
    corners = np.array([[-2.0, -0.4], [-0.6, -0.4], [-1.4, 1.4]])
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.goto(server)
    page.wait_for_selector(READY)
    unit = in_canvas(page, "return canvas.toPixels(0, 1, 0).x - canvas.toPixels(0, 0, 0).x;")
    page.get_by_role("button", name="lasso").click()
    places = [in_canvas(page, f"return canvas.toPixels(0, {x}, {y});") for x, y in corners]
    page.mouse.move(places[0]["x"], places[0]["y"])
    page.mouse.down()
    for place in [*places[1:], places[0]]:
        page.mouse.move(place["x"], place["y"], steps=5)
    page.mouse.up()
    expect(page.get_by_text("of 5,000 images selected")).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(download.value.path().read_text().splitlines()))
    found = {int(row["index"]) for row in rows}
    # How far each mean lies inside every edge of the triangle, in CSS pixels.
    along = np.roll(corners, -1, axis=0) - corners
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1)[:, None]
    depth = ((mu[:, None] - corners) * normals).sum(axis=2).min(axis=1) * unit
    assert set(np.flatnonzero(depth > 2)) <= found <= set(np.flatnonzero(depth > -2))
    assert len(found) > 100
    expect(page.get_by_text("decode of the mean latent")).to_be_visible(timeout=PATIENCE)
    _the_link_has_what_is_seen(page)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("of 5,000 images selected")).to_be_hidden(timeout=PATIENCE)


def _the_link_has_what_is_seen(page: Page) -> None:
    """The selection there is, the part of the plane, the classes that are shown; Back has them."""
    whole, selected = _seen(page), page.url
    page.locator(".latent-canvas .chip").nth(3).click()
    expect(page).to_have_url(re.compile("[?&]view=h3"))
    place = in_canvas(page, "return canvas.toPixels(0, 0.5, 0.5);")
    page.mouse.move(place["x"], place["y"])
    page.mouse.wheel(0, -240)
    expect(page).not_to_have_url(re.compile("[?&]view=h3"))
    count = page.get_by_text("of 5,000 images selected").inner_text()
    with opened_afresh(page) as fresh:
        fresh.set_viewport_size({"width": 1280, "height": 1400})
        fresh.wait_for_selector(READY)
        expect(fresh.get_by_text(count)).to_be_visible(timeout=PATIENCE)
        assert _seen(fresh) == pytest.approx(_seen(page), abs=0.01)
    assert _seen(page) != pytest.approx(whole, abs=1)
    page.go_back()
    page.go_back()
    expect(page).to_have_url(selected)
    unit = "canvas.toPixels(0, 1, 1).x - canvas.toPixels(0, 0, 0).x"
    wait_in_canvas(page, f"return Math.abs({unit} - {whole[2] - whole[0]}) < 0.01;")
    expect(page.locator(".latent-canvas .chip[aria-pressed=false]")).to_have_count(0)
    assert _seen(page) == pytest.approx(whole, abs=0.01)


def _seen(page: Page) -> list[float]:
    """Where two places are in the canvas, and which classes are hidden."""
    box = "const { left, top } = root.getBoundingClientRect();"
    places = "[0, 1].map((n) => canvas.toPixels(0, n, n)).map(({ x, y }) => [x - left, y - top])"
    ends = in_canvas(page, f"{box} return {places};")
    hidden = page.locator(".latent-canvas .chip[aria-pressed=false]").all_inner_texts()
    return [*ends[0], *ends[1], *map(float, hidden)]


def test_shift_and_drag_selects_a_box_and_empty_ground_is_told(page: Page, server: str) -> None:
    page.goto(server)
    page.wait_for_selector(READY)
    places = [in_canvas(page, f"return canvas.toPixels(0, {x}, 2.9);") for x in (-4.6, -4.2)]
    page.keyboard.down("Shift")
    page.mouse.move(places[0]["x"], places[0]["y"])
    page.mouse.down()
    page.mouse.move(places[1]["x"], places[1]["y"] + 20, steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.get_by_text("There is no image of a class that is shown inside")).to_be_visible(
        timeout=PATIENCE
    )


def test_the_card_shows_the_image_under_the_pointer(page: Page, server: str) -> None:
    mu, _ = posteriors()
    page.goto(server)
    page.wait_for_selector(READY)
    point_at(page, 3.9, -2.9)
    assert not in_canvas(page, "return canvas.sourceShown(0);")
    point_at(page, *mu[0])
    wait_in_canvas(
        page,
        """
            return canvas.sourceShown(0);
        """,
    )


def test_a_pin_survives_a_page_change_and_travels_in_the_link(page: Page, server: str) -> None:
    mu, _ = posteriors()
    page.goto(server)
    page.wait_for_selector(READY)
    place = in_canvas(page, f"return canvas.toPixels(0, {mu[0][0]}, {mu[0][1]});")
    page.mouse.click(place["x"], place["y"])
    page.get_by_role("button", name="Pin here").click()
    pin = page.get_by_role("button", name="A · image")
    expect(pin).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Train").click()
    expect(page.get_by_role("heading", name="Train")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Latent space").click()
    expect(pin).to_be_visible(timeout=PATIENCE)
    page.wait_for_url("**pins=A*")
    page.goto("about:blank")
    page.go_back()  # a new session, from the link alone
    expect(pin).to_be_visible(timeout=PATIENCE)
    pin.click()
    expect(pin).to_be_hidden(timeout=PATIENCE)


def test_the_manifold_is_drawn_and_kept_as_a_picture(page: Page, server: str) -> None:
    page.goto(server)
    page.wait_for_selector(READY)
    page.mouse.move(2, 2)
    plain = pixels(page)
    choose(page, "Backdrop", "decoded images")
    expect(page.get_by_role("slider", name="Opacity")).to_be_visible(timeout=PATIENCE)
    page.wait_for_selector(READY)
    changed = pixels(page)["data"] != plain["data"]
    assert changed.mean() > 0.05
    page.get_by_role("button", name="Manifold as a picture").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
