"""The Likelihood page: its numbers from their definitions, and its warnings."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.nn.functional import binary_cross_entropy

from tests.pages.helpers import open_page, text
from vae_core.data import load_split
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint


@pytest.fixture(scope="module")
def app() -> AppTest:
    app = open_page("likelihood.py")
    app.selectbox(key="model").set_value("mnist-2d-gaussian").run()
    assert not app.exception
    assert not app.error
    return app


def test_the_cost_of_a_width_is_the_formula_with_the_models_own_error(app: AppTest) -> None:
    model = load_checkpoint(BUNDLED / "mnist-2d-gaussian.safetensors").vae
    x_ND = load_split("mnist-5k", "test").x_ND  # a fifth of the bundled images
    torch.manual_seed(0)
    with torch.no_grad():
        mu_NZ, logvar_NZ = model.encode(x_ND)
        decoded_ND = model.decoder(mu_NZ + (logvar_NZ / 2).exp() * torch.randn_like(mu_NZ))
    own_error = ((x_ND - decoded_ND) ** 2).sum(1)

    slider = app.select_slider(key="likelihood_sigma")
    for sigma in (float(slider.options[60]), float(slider.options[150])):
        app.select_slider(key="likelihood_sigma").set_value(sigma).run()
        formula = next(part.value for part in app.latex if "sigma" in part.value)
        error = float(re.search(r"\{\\frac\{([\d.]+)\}", formula).group(1))
        assert error == pytest.approx(own_error.mean().item(), rel=0.1)
        total = float(re.search(r"= (-?[\d.]+) \\text", formula).group(1))
        expected = error / (2 * sigma**2) + 784 * math.log(sigma * math.sqrt(2 * math.pi))
        assert total == pytest.approx(expected, rel=1e-3, abs=0.1)
    assert f"σ² = SE / D = {error / 784:.4f}" in text(app)
    learned = float(re.search(r"own σ, learned, is \*\*([\d.]+)", text(app)).group(1))
    assert learned == pytest.approx(math.sqrt(error / 784), rel=0.1)


def test_the_pixels_of_an_image_add_up(app: AppTest) -> None:
    app.selectbox(key="model").set_value("mnist-2d-beta-1").run()
    stated = re.search(r"sum of this map: (−?[\d.]+) nats", text(app)).group(1)
    stated = float(stated.replace("−", "-"))
    half = int(re.search(r"The (\d+) most expensive pixels", text(app)).group(1))
    assert 50 < stated < 300
    assert 5 < half < 200


def test_what_z_saves_is_told_beside_what_it_costs(app: AppTest) -> None:
    app.selectbox(key="model").set_value("mnist-2d-beta-1").run()
    x_ND = load_split("mnist-55k", "test").x_ND
    average_ND = x_ND.mean(dim=0).clamp(1e-12, 1 - 1e-7).expand_as(x_ND)
    nll = float(binary_cross_entropy(average_ND, x_ND, reduction="sum")) / len(x_ND)
    assert f"without any z, has {nll:.1f}" in text(app)
    saved = float(re.search(r"saves ([\d.]+) of reconstruction", text(app)).group(1))
    assert 60 < saved < nll


@pytest.mark.parametrize("p", [0.1, 0.3, 0.9])
def test_the_area_under_the_bernoulli_formula_is_its_integral(app: AppTest, p: float) -> None:
    app.slider(key="likelihood_p").set_value(p).run()
    stated = float(re.search(r"area of \*\*([\d.]+)\*\*", text(app)).group(1))
    x = np.linspace(0, 1, 100_001)
    assert stated == pytest.approx(np.trapezoid(p**x * (1 - p) ** (1 - x), x), abs=1e-3)
    mean = float(re.search(r"The mean is ([\d.]+)", text(app)).group(1))
    density = p**x * (1 - p) ** (1 - x)
    expected = np.trapezoid(x * density, x) / np.trapezoid(density, x)
    assert mean == pytest.approx(expected, abs=1e-3)


def test_sigma_and_beta_are_one_knob(app: AppTest) -> None:
    apart, spread = re.search(
        r"agree to ([\d.e-]+) at the worst.*deviation is (\d+\.\d+)", text(app), re.DOTALL
    ).groups()
    assert float(apart) < 0.05 * float(spread)
    for settings in ("| 0.2 | 1 |", "| 0.4 | 0.25 |"):
        assert settings in text(app)


def test_what_does_not_compare_is_said(app: AppTest) -> None:
    assert "Not comparable across kinds" in text(app)
    [table] = [part.value for part in app.markdown if "a log-probability of" in part.value]
    assert len(table.splitlines()) == 6  # one row a likelihood, Bernoulli in grey and in black
