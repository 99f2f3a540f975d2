"""The Discrete latents page: its numbers are those of vae_core, its choices those of the link."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import (
    choose_tiny,
    figure,
    labels,
    linked,
    open_page,
    open_train,
    press,
    run_until,
    table,
    text,
    traces,
)
from ui.discrete import measured
from ui.discrete.bias_figure import bias_figure
from ui.discrete.figures import simplex_figure, to_triangle
from ui.library.loaded import LoadedModel, held_out, images_of, load_model
from vae_core.gradients.categorical import GradientError
from vae_core.jobs import read_run
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.library import list_models


def open_discrete(**query: str) -> AppTest:
    app = open_page("discrete.py", **query)
    assert not app.exception
    assert not app.error
    return app


def loaded() -> LoadedModel:
    return load_model(list_models("categorical-vae")[0])


def test_from_one_hot_to_uniform():
    app = open_discrete()
    nearness = []
    p_3 = np.array([0.5, 0.3, 0.2])
    for temperature in (0.1, 1.0, 10.0):
        app.select_slider(key="discrete_temperature").set_value(temperature).run()
        assert not app.exception
        shown = [trace for trace in traces(app, "discrete_simplex").values() if len(trace["x"]) > 1]
        drawn_S3 = np.concatenate([trace["customdata"] for trace in shown])
        assert len(shown) == 3
        np.testing.assert_allclose(drawn_S3.sum(axis=1), 1)
        nearness.append(float(measured.simplex_draws(p_3, temperature, 1).max(axis=1).mean()))
        assert nearness[-1] == pytest.approx(drawn_S3.max(axis=1).mean(), abs=0.03)
        assert f"{nearness[-1]:.2f}" in text(app)
        probability, share, _ = figure(app, "discrete_bars")["data"]
        np.testing.assert_allclose(probability["y"], p_3)
        assert (abs(share["y"] - p_3) < 4 * np.sqrt(p_3 * (1 - p_3) / 3000)).all()
    assert nearness[0] > 0.9
    assert nearness[2] < 0.5
    assert nearness == sorted(nearness, reverse=True)
    app.segmented_control(key="discrete_show").set_value("density").run()
    assert not app.exception
    place_G3, _ = measured.simplex_density(p_3, 10.0)
    np.testing.assert_allclose(figure(app, "discrete_simplex")["data"][0]["customdata"], place_G3)


def test_the_argmax_is_the_same_at_every_temperature():
    p_3 = np.array([0.5, 0.3, 0.2])
    cold, warm = (measured.simplex_draws(p_3, t, seed=3) for t in (0.1, 10.0))
    assert (cold.argmax(axis=1) == warm.argmax(axis=1)).all()
    other = measured.simplex_draws(p_3, 0.1, seed=4)
    assert (cold != other).any()


def test_corners_of_the_triangle_are_one_hot_codes():
    xy_32 = to_triangle(np.eye(3))
    sides = [np.linalg.norm(xy_32[i] - xy_32[j]) for i, j in ((0, 1), (1, 2), (0, 2))]
    np.testing.assert_allclose(sides, 1)
    figure = simplex_figure(np.eye(3), np.full(3, 1 / 3))
    shown = {trace.name: (trace.x[0], trace.y[0]) for trace in figure.data if trace.name}
    for name, xy in zip("ABC", xy_32, strict=True):
        np.testing.assert_allclose(shown[f"largest: {name}"], xy)


def test_the_density_covers_the_triangle_alike():
    place_G3, log_G = measured.simplex_density(np.full(3, 1 / 3), 1.0)
    np.testing.assert_allclose(place_G3.sum(axis=1), 1)
    assert (place_G3 > 0).all()
    # The mean of a density over the triangle's places is 1 over its area, 1/2.
    assert abs(np.exp(log_G).mean() - 2) < 0.1


def test_the_image_s_numbers_are_those_of_the_model():
    app = open_discrete(discrete_class="7", discrete_number="2")
    model = loaded()
    n = int(np.flatnonzero(held_out(model.checkpoint.dataset).label_N == 7)[2])
    p_NK = measured.probabilities(model, n).astype(float)
    kl = float((p_NK * np.log(np.maximum(p_NK, 1e-38))).sum() + 20 * np.log(10))
    terms = measured.image_terms(model, n)
    assert terms.kl == pytest.approx(kl, abs=1e-3)
    generator = torch.Generator().manual_seed(8)
    code_NS = torch.multinomial(torch.from_numpy(p_NK), 1000, True, generator=generator)
    vae = measured.categorical_vae(model)
    with torch.no_grad():
        logits_SD = vae.decoder(vae.one_hot(code_NS.T))
    bernoulli = torch.distributions.Bernoulli(logits=logits_SD)
    nll_S = -bernoulli.log_prob(images_of(model)[n].expand_as(logits_SD)).sum(dim=1)
    nll = terms.reconstruction_nll
    assert abs(float(nll_S.mean()) - nll.value) < 5 * nll.error
    for shown in (f"{terms.kl:.1f}", f"{nll.value:.1f}", f"−{nll.value + terms.kl:.1f}"):
        assert shown in text(app)


def test_usage_and_the_gap_between_relaxed_and_one_hot():
    app = open_discrete()
    usage = measured.usage(loaded())
    np.testing.assert_allclose(usage.share_NK.sum(axis=1), 1, atol=1e-4)
    assert usage.relaxed_nll < usage.reconstruction_nll
    assert usage.elbo > -112
    assert f"−{-usage.elbo:.1f}" in text(app)


def test_draws_of_the_prior_change_on_demand():
    app = open_discrete()
    before = measured.from_prior(loaded(), 24, 0)
    app.button(key="discrete_prior").click().run()
    assert not app.exception
    assert app.session_state["discrete_prior_seed"] == 1
    assert (before != measured.from_prior(loaded(), 24, 1)).any()


def test_the_recommendation_has_the_least_error():
    app = open_discrete(discrete_class="3")
    n = int(np.flatnonzero(held_out(loaded().dataset).label_N == 3)[0])
    result = measured.comparison(loaded(), n)
    # The temperature, bias and scatter of each recipe; REINFORCE has neither of the first two.
    recipes = [(0.0, 0.0, result.score.deviation)] + [
        (t, error.bias, error.deviation)
        for errors in (result.relaxed, result.straight)
        for t, error in zip(measured.TEMPERATURES, errors, strict=True)
    ]
    best = []
    for draws in (1, 100, 10_000):
        app.select_slider(key="discrete_draws").set_value(draws).run()
        assert not app.exception
        error, temperature = min((b**2 + s**2 / draws, t) for t, b, s in recipes)
        best.append(temperature)
        first, *_ = table(app, "which_recipe_to_choose")
        assert float(first[3]) == pytest.approx(error**0.5, abs=0.0051)
        assert f"**{first[0]}**" in text(app)
    # The more draws there are, the less scatter counts; in the end only bias does.
    assert best[0] > best[1] > best[2] == 0


def test_the_free_variables_leave_the_others_at_their_likeliest():
    model = loaded()
    result = measured.comparison(model, 0)
    entropy_N = [-(p * np.log(p + 1e-30)).sum() for p in measured.probabilities(model, 0)]
    assert sorted(np.argsort(entropy_N)[-2:]) == list(result.variables)
    assert result.score.bias < 3 * result.score.bias_error
    assert result.relaxed[-1].bias > result.relaxed[1].bias


def test_the_chart_has_a_line_for_each_estimator():
    error = GradientError(0.1, 0.01, 2.0)
    figure = bias_figure((0.1, 1.0), {"a": [error] * 2, "b": [error] * 2}, {"c": error}, 1.0)
    assert {trace.name for trace in figure.data} == {"a", "b", "c", "length of the gradient itself"}


def test_the_browser_s_decoder_reads_one_hot_codes():
    model = measured.categorical_vae(loaded())
    assert measured.decoder(loaded()).url.startswith("api/assets/")
    z_1Z = model.one_hot(torch.zeros(1, 20, dtype=torch.long))
    assert z_1Z.shape[1] == model.decoder[0].in_features


def test_one_is_trained_on_the_train_page_and_opened_here():
    app = choose_tiny(open_train(), epochs=2)
    app.selectbox(key="train_model").set_value("categorical-vae").run()
    assert not app.exception
    assert app.number_input(key="train_latent_dim").value == 20
    app.number_input(key="train_latent_dim").set_value(4)
    app.number_input(key="train_categories").set_value(3)
    app.number_input(key="train_tau").set_value(2.0)
    app.number_input(key="train_tau_end").set_value(0.4)
    app.number_input(key="train_epochs").set_value(2)
    app = press(app, "Train")
    run_id = linked(app, "run")
    run_until(app, lambda: "Save model" in labels(app))
    request = read_run(run_id).request
    assert (request.model.latent_dim, request.model.categories) == (4, 3)
    assert (request.train.temperature, request.train.temperature_end) == (2.0, 0.4)
    assert load_checkpoint(read_run(run_id).model_path).record.temperature == pytest.approx(0.4)
    assert "0.4" in text(app)
    assert "of 4 variables" in text(app)
    app.text_input(key=f"train_name_{run_id}").set_value("my codes")
    press(app, "Save model")
    press(app, "Open in Discrete latents")
    assert app.title[0].value == "Discrete latents"
    assert app.selectbox(key="discrete_model").value == "my codes"
    saved = load_model(next(m for m in list_models("categorical-vae") if m.name == "my codes"))
    assert measured.usage(saved).share_NK.shape == (4, 3)


def test_an_image_pinned_elsewhere_is_one_click_away():
    app = open_page("discrete.py", pins="A17~C0.5_-1.25")
    assert not app.exception
    assert [button.label for button in app.button if button.label.startswith("Pin")] == ["Pin A"]
    app.button(key="discrete_pin_A").click().run()
    assert not app.exception
    label_N = held_out(loaded().dataset).label_N.numpy()
    assert app.selectbox(key="discrete_class").value == str(label_N[17])
    assert app.number_input(key="discrete_number").value == (label_N[:17] == label_N[17]).sum()
