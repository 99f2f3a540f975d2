"""The Missing labels page: its numbers from the shipped runs, its models, and a run of its own."""

from __future__ import annotations

import json
import re
import time
from statistics import mean, stdev

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import open_page
from ui.missing_labels import measured
from vae_core.data import load_split
from vae_core.labels.methods import METHODS
from vae_core.models.classification_rbm import ClassificationRBM
from vae_core.models.semi_supervised import SemiSupervisedVAE
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint

DEADLINE = 180.0


@pytest.fixture(scope="module")
def app() -> AppTest:
    app = open_page("missing_labels.py")
    assert not app.exception
    assert not app.error
    return app


def table_at(app: AppTest, kept: str) -> dict[str, list[float]]:
    [table] = [part.value for part in app.markdown if f"| at {kept} labels per class" in part.value]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    return {row[0]: [float(value) for value in row[1].split("\u00a0±\u00a0")] for row in cells}


@pytest.mark.parametrize("kept", [10, 1, 0])
def test_the_table_holds_mean_and_spread_of_the_shipped_runs(app: AppTest, kept: int) -> None:
    app.select_slider(key="labels_kept").set_value(kept).run()
    shown = table_at(app, str(kept or "all"))
    runs = json.loads((BUNDLED / "label_results.json").read_text())["runs"]
    assert set(shown) == {method.title for method in METHODS.values()}
    for name, method in METHODS.items():
        errors = [
            run["error"]
            for run in runs
            if (run["method"], run["dataset"], run["labels_per_class"]) == (name, "mnist-5k", kept)
        ]
        assert len(errors) >= 2
        expected = [round(mean(errors), 1), round(stdev(errors), 1)]
        assert shown[method.title] == pytest.approx(expected, abs=0.051)
    means = [value for value, _ in shown.values()]
    assert means == sorted(means)


def test_pseudo_labels_are_scored_against_the_truth(app: AppTest) -> None:
    app.select_slider(key="labels_kept").set_value(10)
    app.slider(key="labels_clusters").set_value(10).run()
    text = next(part.value for part in app.markdown if "wrong pseudo-label" in part.value)
    error = float(re.search(r"\*\*([\d.]+)%", text).group(1))
    matched = float(
        re.search(r"([\d.]+)% would agree", "\n".join(c.value for c in app.caption)).group(1)
    )
    # Ten clusters of the plane hold more than one class each: far from chance, far from right.
    assert 15 < error < 75
    assert 25 < matched < 85
    app.slider(key="labels_clusters").set_value(60).run()
    finer = next(part.value for part in app.markdown if "wrong pseudo-label" in part.value)
    assert float(re.search(r"\*\*([\d.]+)%", finer).group(1)) != error


def test_the_same_style_decodes_to_ten_images_of_ten_classes() -> None:
    model = load_checkpoint(BUNDLED / "mnist-m2.safetensors").model
    assert isinstance(model, SemiSupervisedVAE)
    x_BD = load_split("mnist-5k", "test").x_ND[::100]
    rows_BKD = torch.from_numpy(measured.all_classes(model, x_BD))
    guess_BK = model.log_probabilities(rows_BKD.flatten(0, 1)).argmax(1).reshape(len(x_BD), 10)
    assert (guess_BK == torch.arange(10)).float().mean() > 0.9


def test_filters_are_pictures_of_the_weights_in_their_order() -> None:
    model = load_checkpoint(BUNDLED / "mnist-rbm.safetensors").model
    assert isinstance(model, ClassificationRBM)
    filters = measured.strongest_filters(model, 5)
    weights = model.filters_HD.detach().numpy()
    strongest = weights[np.argsort(-np.linalg.norm(weights, axis=1))[:5]]
    for picture, weight in zip(filters, strongest, strict=True):
        assert np.corrcoef(picture, weight)[0, 1] == pytest.approx(1.0, abs=1e-5)
        assert 0 <= picture.min() <= 0.5 <= picture.max() <= 1


def test_a_method_trained_here_joins_the_predictions() -> None:
    app = open_page("missing_labels.py")
    app.selectbox(key="labels_method").set_value("logistic").run()
    [button] = [button for button in app.button if button.label == "Train it here"]
    button.click().run()
    assert not app.exception
    assert "label_runs" in app.query_params
    deadline = time.monotonic() + DEADLINE
    while any(button.label == "Stop" for button in app.button):
        assert time.monotonic() < deadline
        app.run()
        assert not app.exception
    app.run()
    figures = "\n".join(chart.proto.spec for chart in app.get("plotly_chart"))
    assert "Logistic regression, 10 per class, seed 0" in figures
