"""The Likelihood page: its numbers from their definitions, and its warnings."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.nn.functional import binary_cross_entropy

from tests.pages.helpers import figure, loaded, number, open_page, table, text, traces
from ui.library.loaded import encodings_of, images_of
from ui.likelihood import measured
from vae_core.data import load_split
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint


@pytest.fixture
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
    error = measured.squared_error(loaded("mnist-2d-gaussian"))
    assert error == pytest.approx(own_error.mean().item(), rel=0.1)

    slider = app.select_slider(key="likelihood_sigma")
    for sigma in (float(slider.options[60]), float(slider.options[150])):
        app.select_slider(key="likelihood_sigma").set_value(sigma).run()
        assert not app.exception
        shown = traces(app, "likelihood_width")
        yours = shown["your σ"]
        expected = error / (2 * sigma**2) + 784 * math.log(sigma * math.sqrt(2 * math.pi))
        assert yours["x"] == [sigma]
        assert yours["y"] == pytest.approx([expected], rel=1e-6)
        assert any(f"= {expected:.1f}" in part.value for part in app.latex)
    assert shown["σ² = mean squared error"]["x"] == pytest.approx([math.sqrt(error / 784)])
    assert shown["the model's σ, learned"]["x"] == pytest.approx([math.sqrt(error / 784)], rel=0.1)


def test_the_pixels_of_an_image_add_up(app: AppTest) -> None:
    """The map against the costs of 4,000 draws of z, by the definition."""
    app.selectbox(key="model").set_value("mnist-2d-beta-1").run()
    assert not app.exception
    image = int(np.flatnonzero(encodings_of(loaded()).label_N == 0)[0])  # shown at first
    shown_D = figure(app, "likelihood_maps")["data"][2]["z"].ravel()
    model, x_D = loaded().vae, images_of(loaded())[image]
    noise = torch.randn(4000, 2, generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        mu_1Z, logvar_1Z = model.encode(x_D[None])
        logits_SD = model.decoder(mu_1Z + (logvar_1Z / 2).exp() * noise)
    cost_SD = -torch.distributions.Bernoulli(logits=logits_SD).log_prob(x_D.expand_as(logits_SD))
    cost_S = cost_SD.sum(1)
    error = float(cost_S.std()) / math.sqrt(measured.DRAWS)
    assert shown_D.sum() == pytest.approx(float(cost_S.mean()), abs=4 * error)
    assert np.corrcoef(shown_D, cost_SD.mean(0))[0, 1] > 0.99
    costs_D = np.sort(shown_D)[::-1]
    half = next(n for n in range(785) if costs_D[:n].sum() >= shown_D.sum() / 2)
    assert f"{shown_D.sum():.1f}" in text(app)
    assert f" {half} " in text(app)


def test_what_z_saves_is_told_beside_what_it_costs(app: AppTest) -> None:
    app.selectbox(key="model").set_value("mnist-2d-beta-1").run()
    x_ND = load_split("mnist-55k", "test").x_ND
    average_ND = x_ND.mean(dim=0).clamp(1e-12, 1 - 1e-7).expand_as(x_ND)
    nll = float(binary_cross_entropy(average_ND, x_ND, reduction="sum")) / len(x_ND)
    assert measured.average_image_nll("mnist-55k") == pytest.approx(nll, abs=0.01)
    saved = nll - float(encodings_of(loaded()).reconstruction_nll_N.mean())
    assert 60 < saved < nll
    assert f"{nll:.1f}" in text(app)
    assert f"{saved:.1f}" in text(app)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.9])
def test_the_area_under_the_bernoulli_formula_is_its_integral(app: AppTest, p: float) -> None:
    app.slider(key="likelihood_p").set_value(p).run()
    continuous, bernoulli = figure(app, "likelihood_grey")["data"]
    x = np.linspace(0, 1, 100_001)
    formula = p**x * (1 - p) ** (1 - x)
    area = np.trapezoid(formula, x)
    np.testing.assert_allclose(
        bernoulli["y"], p ** bernoulli["x"] * (1 - p) ** (1 - bernoulli["x"])
    )
    np.testing.assert_allclose(continuous["y"], bernoulli["y"] / area, rtol=1e-4)
    mean = np.trapezoid(x * formula, x) / area
    lines = [shape["x0"] for shape in figure(app, "likelihood_grey")["layout"]["shapes"]]
    assert lines == pytest.approx([p, mean], abs=1e-4)
    assert f"{area:.3f}" in text(app)
    assert f"{mean:.3f}" in text(app)


def test_sigma_and_beta_are_one_knob(app: AppTest) -> None:
    names = ("mnist-2d-gaussian-0.2", "mnist-2d-gaussian-0.4")
    narrow, wide = (encodings_of(loaded(name)) for name in names)
    apart, spread = abs(narrow.mu_NZ - wide.mu_NZ).max(), narrow.mu_NZ.std()
    assert apart < 0.05 * spread
    assert f"{apart:.2g}" in text(app)
    assert f"{spread:.2f}" in text(app)
    rows = [[number(cell) for cell in row] for row in table(app, "two_models_of_one_objective")]
    assert [row[:2] for row in rows] == [[0.2, 1], [0.4, 0.25]]
    (sigma, beta, *terms), (other_sigma, other_beta, *others) = rows
    assert sigma**2 * beta == pytest.approx(other_sigma**2 * other_beta)
    assert terms == pytest.approx(others, rel=0.01)
    assert terms[1] == pytest.approx(narrow.kl_N.mean(), abs=0.001)


def test_what_does_not_compare_is_said(app: AppTest) -> None:
    assert "Not comparable across kinds" in text(app)
    [table] = [part.value for part in app.markdown if "a log-probability of" in part.value]
    assert len(table.splitlines()) == 6  # one row a likelihood, Bernoulli in grey and in black
