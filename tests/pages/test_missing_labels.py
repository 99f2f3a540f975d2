"""The Missing labels page: its numbers from the shipped runs, its models, and a run of its own."""

from __future__ import annotations

import json
from statistics import mean, stdev

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from streamlit.testing.v1 import AppTest

from tests.helpers import address
from tests.pages.helpers import (
    labels,
    loaded,
    number_and_error,
    open_page,
    table,
    text,
    wait_for,
)
from ui.missing_labels import measured
from vae_core.data import load_split
from vae_core.data.label_subset import choose_labelled
from vae_core.labels.methods import METHODS
from vae_core.models.classification_rbm import ClassificationRBM
from vae_core.models.semi_supervised import SemiSupervisedVAE
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint


def open_here() -> AppTest:
    app = open_page("missing_labels.py")
    assert not app.exception
    assert not app.error
    return app


def test_the_table_holds_mean_and_spread_of_the_shipped_runs() -> None:
    app = open_here()
    runs = json.loads((BUNDLED / "label_results.json").read_text())["runs"]
    for kept in (10, 1, 0):
        app.select_slider(key="labels_kept").set_value(kept).run()
        assert not app.exception
        rows = table(app, "the_methods_in_numbers")
        shown = {title: number_and_error(error.removesuffix(" †")) for title, error, *_ in rows}
        assert set(shown) == {method.title for method in METHODS.values()}
        for name, method in METHODS.items():
            errors = [
                run["error"]
                for run in runs
                if (run["method"], run["dataset"], run["labels_per_class"])
                == (name, "mnist-5k", kept)
            ]
            assert len(errors) >= 5, "no spread from fewer seeds"
            expected = (round(mean(errors), 1), round(stdev(errors), 1))
            assert shown[method.title] == pytest.approx(expected, abs=0.051)
        means = [value for value, _ in shown.values()]
        assert means == sorted(means)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_shipped_run_is_what_its_recipe_gives(seed: int) -> None:
    """Logistic regression is convex: scikit-learn's, given the same labels, errs as often."""
    [shipped] = [
        run.error
        for run in measured.results()
        if (run.method, run.dataset, run.labels_per_class, run.seed)
        == ("logistic", "mnist-5k", 10, seed)
    ]
    images, test = measured.images("train"), measured.images("test")
    few_L = choose_labelled(images.label_N, 10, seed)
    assert np.bincount(images.label_N[few_L]).tolist() == [10] * 10
    fitted = LogisticRegression(max_iter=1000).fit(images.x_ND[few_L], images.label_N[few_L])
    error = 100 * float((fitted.predict(test.x_ND) != test.label_N.numpy()).mean())
    assert shipped == pytest.approx(error, abs=2.5)


def test_pseudo_labels_are_scored_against_the_truth() -> None:
    app = open_here()
    app.select_slider(key="labels_kept").set_value(10)
    app.slider(key="labels_clusters").set_value(10).run()
    assert not app.exception
    label_N = measured.images("test").label_N.numpy()
    coarse, fine = (measured.clustering(loaded(), count, 10, 0) for count in (10, 60))
    assert f"{coarse.error:.1f}%" in text(app)
    assert f"{coarse.matched:.1f}%" in text(app)
    for found in (coarse, fine):
        assert found.error == pytest.approx(100 * (found.name_N != label_N).mean())
        # No one-to-one naming of ten clusters beats the best naming of each.
        share = [np.bincount(label_N[found.cluster_N == c]).max() for c in set(found.cluster_N)]
        assert 100 - found.error <= sum(share) / 10
    # Ten clusters of the plane hold more than one class each: far from chance, far from right.
    assert 15 < coarse.error < 75
    assert 25 < coarse.matched < 85
    app.slider(key="labels_clusters").set_value(60).run()
    assert not app.exception
    assert f"{fine.error:.1f}%" in text(app)
    assert fine.error != coarse.error


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
    assert "label_runs" in address(app)
    wait_for(address(app)["label_runs"].split(","))
    app.run()
    assert "Stop" not in labels(app)
    figures = "\n".join(chart.proto.spec for chart in app.get("plotly_chart"))
    assert "Logistic regression, 10 per class, seed 0" in figures
    errors = [
        run.error
        for run in measured.results()
        if (run.dataset, run.method, run.labels_per_class) == ("mnist-5k", "logistic", 10)
    ]
    [end] = [line for line in text(app).split("\n") if "wrong at its end" in line]
    assert f"in the table, {mean(errors):.1f}\u00a0±\u00a0{stdev(errors):.1f}%" in end


def test_the_page_opens_on_an_image_on_which_the_methods_differ() -> None:
    app = open_page("missing_labels.py")
    label = int(app.selectbox(key="labels_class").value)
    number = int(app.number_input(key="labels_number").value)
    test = load_split("mnist-5k", "test")
    x_1D = test.x_ND[torch.nonzero(test.label_N == label)[number]]
    guesses = {
        int(load_checkpoint(BUNDLED / f"{name}.safetensors").model.log_probabilities(x_1D).argmax())
        for name in ("mnist-m2", "mnist-rbm")
    }
    assert len(guesses) == 2
