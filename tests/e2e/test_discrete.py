"""The Discrete latents page in Chromium: a category is tried on and kept, the decode follows."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from tests.e2e.helpers import PATIENCE, opened_afresh
from vae_core.models.categorical_vae import CategoricalVAE
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.browser


def test_a_category_is_tried_kept_and_taken_back(page: Page, server: str) -> None:
    model = load_checkpoint(BUNDLED / "mnist-categorical-20x10.safetensors").model
    assert isinstance(model, CategoricalVAE)
    page.goto(f"{server}/discrete")
    canvas = page.locator(".code-canvas")
    expect(canvas.get_by_text("Your code is the likeliest one.")).to_be_visible()
    expect(page.get_by_text("Open the Train page")).to_be_visible()  # the last of the page

    def shown() -> tuple[list[int], np.ndarray]:
        found = canvas.evaluate("node => [node.codeCanvas.code, [...node.codeCanvas.image()]]")
        return found[0], np.array(found[1])

    def decoded(code: list[int]) -> np.ndarray:
        with torch.no_grad():
            return model.decode(model.one_hot(torch.tensor([code])))[0].numpy()

    likeliest, image = shown()
    np.testing.assert_allclose(image, decoded(likeliest), atol=1e-5)

    other = [(k + 1) % 10 if n == 6 else k for n, k in enumerate(likeliest)]
    cell = canvas.get_by_role("button", name=f"variable 7, category {other[6]}:")
    cell.hover()
    expect(canvas.get_by_text(f"Trying z7 = {other[6]}")).to_be_visible()
    code, image = shown()
    assert code == likeliest
    np.testing.assert_allclose(image, decoded(other), atol=1e-5)

    cell.click()
    expect(canvas.get_by_text("in 1 of 20 variables")).to_be_visible()
    code, image = shown()
    assert code == other
    np.testing.assert_allclose(image, decoded(other), atol=1e-5)
    expect(page).to_have_url(re.compile(r"\?discrete_flipped="))
    with opened_afresh(page) as fresh:
        expect(fresh.locator(".code-canvas").get_by_text("in 1 of 20 variables")).to_be_visible()
        again = fresh.locator(".code-canvas").evaluate("node => node.codeCanvas.code")
        assert again == other

    cell.press("ArrowRight" if other[6] < 9 else "ArrowLeft")
    expect(canvas.get_by_text("Trying z7")).to_be_visible()
    canvas.get_by_role("button", name="Likeliest code").click()
    expect(canvas.get_by_text("Your code is the likeliest one.")).to_be_visible()
    assert shown()[0] == likeliest
    expect(page).to_have_url(f"{server}/discrete")
    page.go_back()
    expect(canvas.get_by_text("in 1 of 20 variables")).to_be_visible()
