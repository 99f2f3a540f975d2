"""The main job in a real browser: open, see, decode, walk, switch the KL term, train."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from tests.e2e.helpers import PATIENCE, READY, in_canvas, point_at
from vae_core.data import load_split
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint

pytestmark = pytest.mark.browser


def decoded_by_torch(name: str, z: tuple[float, float]) -> np.ndarray:
    model = load_checkpoint(BUNDLED / f"{name}.safetensors").model
    with torch.no_grad():
        return torch.sigmoid(model.decoder(torch.tensor([z]))).numpy()[0]


def test_deep_link_on_a_fresh_server_opens_the_page_in_its_frame(
    page: Page, fresh_server: str
) -> None:
    page.goto(f"{fresh_server}/interpolate?walk_start_class=2&walk_end_class=8")
    expect(page.get_by_role("heading", name="Interpolate")).to_be_visible()
    expect(page.get_by_role("link", name="Latent space")).to_be_visible()
    expect(page.get_by_label("End 1: class")).to_have_value("2")
    expect(page.get_by_label("End 2: class")).to_have_value("8")
    page.wait_for_selector(READY)


def test_the_pointer_decodes_what_torch_decodes(page: Page, server: str) -> None:
    page.goto(server)
    page.wait_for_selector(READY)
    for place in [(0.0, 0.0), (1.1, -0.7), (-1.6, 1.3), (0.4, 2.2)]:
        probe = point_at(page, *place)
        shown = np.array(in_canvas(page, "return Array.from(canvas.lastDecode(0));"))
        assert np.abs(shown - decoded_by_torch("mnist-2d-beta-1", probe)).max() < 1e-5


def test_a_click_on_an_image_tells_its_elbo_and_neighbours(page: Page, server: str) -> None:
    page.goto(server)
    page.wait_for_selector(READY)
    model = load_checkpoint(BUNDLED / "mnist-2d-beta-1.safetensors").model
    with torch.no_grad():
        mean = model.encode(load_split("mnist-55k", "test").x_ND[:1])[0][0].tolist()
    place = in_canvas(page, f"return canvas.toPixels(0, {mean[0]}, {mean[1]});")
    page.mouse.click(place["x"], place["y"])
    expect(page.get_by_text("Nearest held-out images")).to_be_visible()
    expect(page.get_by_text("This image, nats")).to_be_visible()
    expect(page.get_by_text("decoded from its mean")).to_be_visible()


def test_a_walk_between_two_images_can_be_scrubbed_and_kept(page: Page, server: str) -> None:
    page.goto(f"{server}/interpolate")
    page.wait_for_selector(READY)
    expect(page.get_by_text("decoded at 0.50")).to_be_visible()
    page.get_by_role("slider", name="Position on the path").press("ArrowRight")
    expect(page.get_by_text("decoded at 0.51")).to_be_visible()
    for name, magic in (("GIF", b"GIF89a"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {name}").click()
        assert download.value.path().read_bytes().startswith(magic)


def test_the_kl_switch_probes_the_same_z_in_both_planes(page: Page, server: str) -> None:
    page.goto(f"{server}/kl_switch")
    page.wait_for_selector(READY)
    probe = point_at(page, 0.8, -0.5, pane=1)
    for pane, name in enumerate(["mnist-2d-beta-0", "mnist-2d-beta-1"]):
        shown = np.array(in_canvas(page, f"return Array.from(canvas.lastDecode({pane}));"))
        assert np.abs(shown - decoded_by_torch(name, probe)).max() < 1e-5
    expect(page.get_by_text("KL on (β = 1)")).to_be_visible()
    page.get_by_role("slider").first.press("ArrowRight")
    expect(page.get_by_text("KL on (β = 2)")).to_be_visible()


def test_a_model_trained_here_is_saved_and_appears_in_the_chooser(page: Page, server: str) -> None:
    page.goto(f"{server}/train")
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("2")
    epochs.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("2 epochs in")).to_be_visible(timeout=PATIENCE)
    page.reload()  # the link finds the run again
    expect(page.get_by_text("2 epochs in")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_label("After epoch 2, nats per image")).to_be_visible()
    page.get_by_role("slider", name="Plane after epoch").press("ArrowLeft")
    expect(page.get_by_label("Plane after epoch 1")).to_be_visible()
    expect(page.get_by_label("After epoch 1, nats per image")).to_be_visible()
    assert page.locator(".run-canvas").evaluate("(root) => root.runCanvas.marked") == 1
    page.get_by_role("textbox", name="Name").fill("my model")
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Save model").click()
    page.get_by_role("button", name="Open in Latent space").click()
    expect(page.get_by_role("heading", name="Latent space")).to_be_visible()
    page.wait_for_selector(READY)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("my model (2-D, β = 1)")


def test_a_broken_model_name_in_a_link_falls_back(page: Page, server: str) -> None:
    page.goto(f"{server}/?model=../../etc/passwd")
    page.wait_for_selector(READY)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("MNIST 2-D, β = 1")
