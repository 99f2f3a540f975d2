"""The ELBO page in Chromium: q is moved by hand, the ELBO follows, log p(x) does not."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.e2e.helpers import PATIENCE, opened_afresh
from vae_core.data import binarise_fixed, load_split
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.browser


def canvas(page: Page) -> Locator:
    root = page.locator(".q-canvas")
    expect(root.get_by_text("encoder's q", exact=True)).to_be_visible()
    expect(page.get_by_text("Over many images")).to_be_visible()  # the last of the page
    root.scroll_into_view_if_needed()
    return root


def shown(root: Locator, name: str) -> tuple[float, float]:
    """ELBO and gap in the row of a q, nats."""
    row = root.locator(".row").filter(has=root.page.get_by_text(name, exact=True))
    elbo, gap = (row.locator(cell).inner_text().split()[-1] for cell in (".elbo", ".gap-value"))
    return float(elbo.replace("−", "-")), float(gap.replace("−", "-"))


def independent_elbo(q: dict[str, list[float]], class_index: int) -> tuple[float, float]:
    """The ELBO of q for the first image of a class: torch alone, sampled; and its error."""
    model = load_checkpoint(BUNDLED / "mnist-2d-beta-1.safetensors").vae
    images = load_split("mnist-55k", "test")
    n = int((images.label_N == class_index).nonzero()[0])
    x_D = binarise_fixed(images.x_ND, seed=0)[n]
    normal = torch.distributions.Normal(torch.tensor(q["mu"]), torch.tensor(q["sigma"]))
    noise = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(5))
    z_S2 = normal.mean + normal.stddev * noise
    with torch.no_grad():
        logits_SD = torch.cat([model.decoder(part) for part in z_S2.split(2000)])
    pixels = torch.distributions.Bernoulli(logits=logits_SD)
    value_S = pixels.log_prob(x_D.expand_as(logits_SD)).sum(1)
    prior = torch.distributions.Normal(0.0, 1.0)
    kl = torch.distributions.kl_divergence(normal, prior).sum()
    return float(value_S.mean() - kl), float(value_S.std() / 20_000**0.5)


def test_dragging_q_moves_its_elbo_and_not_log_p(page: Page, server: str) -> None:
    page.goto(f"{server}/elbo?elbo_class=0")
    root = canvas(page)
    heading = root.locator(".heading").inner_text()
    encoder, (elbo, gap) = shown(root, "encoder's q"), shown(root, "your q")
    assert (elbo, gap) == encoder
    x, y = root.evaluate("root => root.qCanvas.handles().centre")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 25, y - 20, steps=4)
    expect(root.get_by_text(f"{elbo:.3f}".replace("-", "−"))).to_have_count(1)  # it has moved
    live, live_gap = shown(root, "your q")
    assert live < elbo - 0.1
    assert live + live_gap == pytest.approx(elbo + gap, abs=0.005)
    assert shown(root, "encoder's q") == encoder
    page.mouse.up()
    expect(page.get_by_role("cell", name="your q")).to_be_visible()  # the table has it
    assert root.locator(".heading").inner_text() == heading
    assert shown(root, "your q") == (live, live_gap)
    expected, error = independent_elbo(root.evaluate("root => root.qCanvas.hand"), 0)
    assert abs(live - expected) < 4 * error + 0.1
    hand = root.evaluate("root => root.qCanvas.hand")
    expect(page).to_have_url(re.compile("elbo_hand="))
    with opened_afresh(page) as fresh:
        again = canvas(fresh).evaluate("root => root.qCanvas.hand")
        for name in ("mu", "sigma"):
            assert again[name] == pytest.approx(hand[name], rel=1e-5)
    page.go_back()
    expect(root.get_by_text(f"{elbo:.3f}".replace("-", "−"))).to_have_count(2)  # as at first


def test_an_image_is_chosen_with_a_click_on_the_plane(page: Page, server: str) -> None:
    page.goto(f"{server}/elbo?elbo_class=0")
    canvas(page)
    page.get_by_role("button", name="On the plane").click()
    dialog = page.get_by_role("dialog")
    plane = dialog.locator('.latent-canvas[data-ready="1"]')
    plane.wait_for()
    model = load_checkpoint(BUNDLED / "mnist-2d-beta-1.safetensors").vae
    images = load_split("mnist-55k", "test")
    with torch.no_grad():
        mu_N2 = model.encode(images.x_ND)[0]
    n = int((images.label_N == 1).nonzero()[40])
    place = plane.evaluate(
        "(root, z) => root.latentCanvas.toPixels(0, z[0], z[1])", mu_N2[n].tolist()
    )
    page.mouse.click(place["x"], place["y"])
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Image of class")).to_have_value("1")
    expect(page.get_by_text(re.compile(r"^image \d+$"))).not_to_have_text("image 0")


def test_widths_by_handle_and_by_key(page: Page, server: str) -> None:
    page.goto(f"{server}/elbo?elbo_class=0")
    root = canvas(page)

    def hand() -> dict[str, list[float]]:
        return root.evaluate("root => root.qCanvas.hand")

    before, handles = hand(), root.evaluate("root => root.qCanvas.handles()")
    (x, y), centre = handles["width"], handles["centre"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(centre[0] + 2 * (x - centre[0]), y)
    page.mouse.up()
    assert hand()["sigma"][0] == pytest.approx(2 * before["sigma"][0], rel=0.1)
    assert hand()["sigma"][1] == before["sigma"][1]
    assert hand()["mu"] == before["mu"]
    now = hand()
    root.locator("canvas").first.focus()
    page.keyboard.press("ArrowRight")
    assert hand()["mu"][0] > now["mu"][0]
    assert hand()["mu"][1] == now["mu"][1]
    page.keyboard.press("+")
    np.testing.assert_allclose(np.divide(hand()["sigma"], now["sigma"]), 1.05)
    page.keyboard.press("Shift+ArrowDown")
    np.testing.assert_allclose(np.divide(hand()["sigma"], now["sigma"]), [1.05, 1.0])
    expect(page.get_by_role("cell", name="your q")).to_be_visible()
    root.get_by_role("button", name="Back to the encoder's q").click()
    assert hand() == before


BRIGHTEST = """(root) => {
  const { picture, bounds: [left, right, bottom, top] } = root.qCanvas.map;
  const { width, height } = picture;
  const { data } = picture.getContext("2d").getImageData(0, 0, width, height);
  const light = Array.from({ length: width * height }, (_, i) => data[4 * i] + data[4 * i + 1]);
  const most = light.reduce((a, b) => Math.max(a, b));
  const at = light.flatMap((value, i) => (value === most ? [i] : []));
  const mean = (values) => values.reduce((a, b) => a + b) / values.length;
  return {
    place: [
      left + (mean(at.map((i) => i % width)) + 0.5) / width * (right - left),
      top - (mean(at.map((i) => Math.floor(i / width))) + 0.5) / height * (top - bottom),
    ],
    pixel: (right - left) / width,
  };
}"""


def test_the_map_is_brightest_at_the_mode(page: Page, server: str) -> None:
    page.goto(f"{server}/elbo?elbo_class=7")
    found = canvas(page).evaluate(BRIGHTEST)
    images = load_split("mnist-55k", "test")
    x_D = binarise_fixed(images.x_ND, seed=0)[int((images.label_N == 7).nonzero()[0])]
    model = load_checkpoint(BUNDLED / "mnist-2d-beta-1.safetensors").vae
    z_Z = torch.tensor(found["place"], requires_grad=True)
    optimiser = torch.optim.LBFGS([z_Z], max_iter=200, line_search_fn="strong_wolfe")

    def energy() -> torch.Tensor:
        optimiser.zero_grad()
        pixels = torch.distributions.Bernoulli(logits=model.decoder(z_Z[None])[0])
        value = -pixels.log_prob(x_D).sum() + 0.5 * (z_Z**2).sum()
        value.backward()
        return value

    optimiser.step(energy)
    np.testing.assert_allclose(z_Z.detach(), found["place"], atol=2 * found["pixel"])


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_optimising_climbs_to_the_best_q(
    page: Page, server: str, motion: Literal["no-preference", "reduce"]
) -> None:
    page.emulate_media(reduced_motion=motion)
    page.goto(f"{server}/elbo?elbo_class=0")
    root = canvas(page)
    _, before = shown(root, "encoder's q")
    page.get_by_role("button", name="Optimise q for this image").click()
    expect(page.get_by_text("Total gap")).to_be_visible()
    expect(root.get_by_text("best q")).to_be_visible()
    best = shown(root, "best q")
    assert best[1] < before
    # It walks there, and the bars are drawn in the browser's next frame.
    row = root.locator(".row").filter(has=page.get_by_text("your q", exact=True))
    expect(row.locator(".gap-value")).to_contain_text(f"{best[1]:.3f}")
    root.get_by_role("button", name="Back to the encoder's q").click()
    expect(row.locator(".gap-value")).not_to_contain_text(f"{best[1]:.3f}")
    page.get_by_role("button", name="Optimise q for this image").click()  # once more
    expect(row.locator(".gap-value")).to_contain_text(f"{best[1]:.3f}")
