"""The table of methods, and the file of their results."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae_core.data import DATASETS
from vae_core.labels.methods import METHODS
from vae_core.labels.results import LabelRun, read_label_runs, write_label_runs
from vae_core.models import MODELS
from vae_core.paths import BUNDLED
from vae_core.training.classifier import classifier_kind


@pytest.mark.parametrize("dataset", ["mnist-5k", "mnist"])
@pytest.mark.parametrize("name", METHODS)
def test_every_recipe_is_a_classifier_for_its_images(name, dataset):
    model, config = METHODS[name].configs(dataset, 5, seed=2)
    assert classifier_kind(model) is MODELS[model.model]
    assert model.image_shape == DATASETS[dataset].image_shape
    assert (config.dataset, config.labels_per_class, config.seed) == (dataset, 5, 2)


def test_every_cell_that_ships_has_five_seeds_and_each_once():
    runs = json.loads((BUNDLED / "label_results.json").read_text("utf-8"))["runs"]
    seeds = defaultdict(list)
    for run in runs:
        seeds[run["dataset"], run["method"], run["labels_per_class"]].append(run["seed"])
    assert {tuple(sorted(found)) for found in seeds.values()} == {(0, 1, 2, 3, 4)}


def test_full_mnist_takes_fewer_epochs():
    for method in METHODS.values():
        epochs = [method.configs(name, 1, 0)[1].epochs for name in ("mnist-5k", "mnist")]
        assert epochs[1] <= epochs[0]


def test_runs_come_back_as_they_were_written(tmp_path):
    runs = [
        LabelRun("mlp", "mnist-5k", 0, 2, 20, 4.25, 1.5),
        LabelRun("pseudo-labels", "mnist", 10, 0, 40, 9.5, 100.0, {"cluster_accuracy": 70.0}),
    ]
    path = tmp_path / "results.json"
    write_label_runs(path, runs, 'how they were "made"')
    assert read_label_runs(path) == runs
    assert json.loads(path.read_text())["about"] == 'how they were "made"'


RUNS = st.builds(
    LabelRun,
    st.text(),
    st.text(),
    *[st.integers()] * 3,
    *[st.floats(allow_nan=False)] * 2,
    st.dictionaries(st.text(), st.floats(allow_nan=False)),
)


@given(st.lists(RUNS, max_size=3), st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_runs_come_back_from_their_file(tmp_path, runs, about):
    write_label_runs(tmp_path / "runs.json", runs, about)
    assert read_label_runs(tmp_path / "runs.json") == runs
