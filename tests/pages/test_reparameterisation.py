"""The Reparameterisation page: z follows its sliders, the numbers are those of vae_core, runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import (
    labels,
    linked,
    loaded,
    number,
    number_and_error,
    open_page,
    press,
    table,
    text,
    traces,
    wait_for,
)
from ui.library.loaded import encoder_q, encodings_of, images_of
from ui.reparameterisation import measured, train_each
from ui.reparameterisation.figures import histogram_figure
from ui.reparameterisation.graph_figure import graph_figure
from vae_core.config import ESTIMATORS
from vae_core.gradients.references import reconstruction_gradient
from vae_core.jobs import TrainRequest, read_run

ON_DECODER = "gradients_on_the_decoder_estimators"
BY_ESTIMATOR = "each_estimator_after_its_last_epoch"


def open_here(**query: str) -> AppTest:
    app = open_page("reparameterisation.py", **query)
    assert not app.exception
    return app


def formulas(app: AppTest) -> str:
    return "\n".join(part.value for part in app.latex)


def test_z_follows_its_sliders_and_the_draw():
    app = open_here()
    app.slider(key="path_mu").set_value(-0.5)
    app.slider(key="path_sigma").set_value(0.4)
    app.slider(key="path_eps").set_value(-2.0).run()
    assert not app.exception
    assert traces(app, "path_density")["z of your ε"]["x"] == pytest.approx([-1.3, -1.3])
    assert "= -1.30" in formulas(app)
    drawn = set()
    for _ in range(5):
        app.button(key="path_draw").click().run()
        assert not app.exception
        drawn.add(app.slider(key="path_eps").value)
    assert len(drawn) > 1
    assert all(-3 <= noise <= 3 for noise in drawn)


def test_the_gradient_passes_only_where_the_noise_is_beside_the_path():
    highest = []
    for beside, where in ((False, "z drawn: 1.10"), (True, "encoder")):
        figure = graph_figure(0.5, 0.6, 1.0, beside=beside)
        place = {
            word: y
            for trace in figure.data
            if trace.mode == "text"
            for word, y in zip(trace.text, trace.y, strict=True)
        }
        [gradient] = [trace for trace in figure.data if trace.name == "gradient"]
        highest.append(max(y for y in gradient.y if y is not None))
        assert highest[-1] == place[where]
    assert "z = μ + σε = 1.10" in place
    assert highest[0] < highest[1]


def test_the_toy_s_table_is_measured_against_the_closed_forms():
    app = open_here()
    app.slider(key="toy_mu").set_value(-1.5)
    app.slider(key="toy_sigma").set_value(0.8).run()
    assert not app.exception
    rows = table(app, "a_toy_estimators_beside_closed_forms")
    mu, sigma = -1.5, 0.8
    expected = [
        4 * sigma**2,
        mu**4 / sigma**2 + 14 * mu**2 + 15 * sigma**2,
        8 * mu**2 + 10 * sigma**2,
        8 * mu**2 + 6 * sigma**2,
    ]
    assert len(rows) == 4
    for (_, _, mean, seen, closed, draws), variance in zip(rows, expected, strict=True):
        value, error = number_and_error(mean)
        assert abs(value - 2 * mu) < 4 * error + 0.001
        assert number(seen) == pytest.approx(variance, rel=0.1)
        assert number(closed.split("=")[-1]) == pytest.approx(variance, abs=0.006)
        assert number(draws) == pytest.approx(variance / expected[0], abs=0.06)


def test_the_decoder_s_numbers_are_those_of_the_model_and_its_image():
    app = open_here(elbo_class="3", elbo_number="2")
    model = loaded()
    n = int(np.flatnonzero(encodings_of(model).label_N == 3)[2])
    q = encoder_q(model, n)
    exact = reconstruction_gradient(
        model.vae,
        images_of(model)[n],
        torch.from_numpy(q.mu_Z),
        torch.from_numpy(q.sigma_Z),
    )[0]
    assert f"{{{exact:.2f}" in formulas(app)
    assert f"= {exact + q.mu_Z[0]:.2f}" in formulas(app)
    path, score, baseline = table(app, ON_DECODER)
    for row in (path, score, baseline):
        value, error = number_and_error(row[2])
        assert abs(value - exact) < 4 * error
    ratio = (number(score[3]) / number(path[3])) ** 2
    assert number(score[4]) == pytest.approx(ratio, rel=0.06)  # two digits
    assert number(path[4]) == 1
    assert number(score[4]) > 100 * number(baseline[4]) > 100


def test_the_slope_is_that_of_the_loss_the_model_was_trained_with():
    app = open_here(elbo_class="3", elbo_number="2")
    app.selectbox(key="model").set_value("mnist-2d-beta-8").run()
    assert not app.exception
    model = loaded("mnist-2d-beta-8")
    n = int(np.flatnonzero(encodings_of(model).label_N == 3)[2])
    mu = encoder_q(model, n).mu_Z[0]
    reconstruction = measured.on_decoder(model, n).exact.value
    for shown in (reconstruction, 8 * mu, reconstruction + 8 * mu):
        assert f"{shown:.2f}" in formulas(app)


def test_histograms_hold_the_middle_of_the_draws_and_mark_the_gradient():
    scatters = measured.toy(1.0, 0.5)
    for scatter in scatters.values():
        assert scatter.share_K.sum() == pytest.approx(0.99, abs=0.002)
    figure = histogram_figure(scatters, 2.0, "units", one_scale=True)
    assert sum(trace.type == "bar" for trace in figure.data) == len(scatters)
    assert {shape.x0 for shape in figure.layout.shapes} == {2.0}


def test_many_dimensions_have_no_quadrature_but_the_same_estimators():
    app = open_here()
    app.selectbox(key="model").set_value("mnist-16d-beta-1").run()
    assert not app.exception
    n = int(np.flatnonzero(encodings_of(loaded("mnist-16d-beta-1")).label_N == 0)[0])
    result = measured.on_decoder(loaded("mnist-16d-beta-1"), n)
    assert result.exact == result.scatters["pathwise"].mean
    assert result.exact.error > 0
    for row, scatter in zip(table(app, ON_DECODER), result.scatters.values(), strict=True):
        assert number(row[2]) == pytest.approx(scatter.mean.value, abs=0.051)
        assert number(row[3]) == pytest.approx(scatter.deviation, abs=0.0051)
    assert f"± {result.exact.error:.2f}" in text(app)
    assert "no quadrature" in text(app)


def test_the_runs_differ_in_the_estimator_alone():
    wanted = train_each.requests()
    assert tuple(request.train.estimator for request in wanted) == ESTIMATORS
    assert len({replace(request.train, estimator="pathwise") for request in wanted}) == 1
    assert len({request.model for request in wanted}) == 1


def test_a_run_of_each_estimator_from_the_button_to_the_table(monkeypatch):
    small = [
        TrainRequest(
            replace(request.model, image_shape=(8, 8), hidden=(16,), decoder_hidden=(16,)),
            replace(request.train, dataset="digits", epochs=2),
        )
        for request in train_each.requests()
    ]
    monkeypatch.setattr(train_each, "requests", lambda: small)
    app = press(open_here(), "Train it 3 times")
    run_ids = linked(app, "estimators").split(",")
    assert [read_run(run_id).request for run_id in run_ids] == small

    wait_for(run_ids)
    app.run()
    assert "Stop" not in labels(app)
    rows = table(app, BY_ESTIMATOR)
    assert len(rows) == 3
    assert rows[0][5] == "0.0"
    for row, run_id in zip(rows, run_ids, strict=True):
        assert number(row[4]) == pytest.approx(read_run(run_id).curve[-1]["elbo"], abs=0.06)

    other = open_here(estimators=",".join(run_ids))  # another visitor
    assert len(table(other, BY_ESTIMATOR)) == 3


def test_a_link_to_runs_that_are_gone_is_one_sentence():
    app = open_here(estimators="0" * 16)
    assert [error.value for error in app.error] == [
        f"There is no run {'0' * 16}; it may have been removed."
    ]
