"""The Compare page: runs and models, of this session and of a link, and what is left out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import (
    choose_tiny,
    figure,
    labels,
    linked,
    loaded,
    number,
    number_and_error,
    open_page,
    open_train,
    press,
    run_until,
    table,
    text,
    traces,
    wait_for,
)
from ui.library.chooser import model_title
from ui.library.loaded import encodings_of
from vae_core.data import load_split
from vae_core.evaluation.encodings import encode_images
from vae_core.jobs.run_folder import RunFolder, new_run_id
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint, save_checkpoint
from vae_core.storage.library import saved_folder


def open_compare(**query: str) -> AppTest:
    app = open_page("compare.py", **query)
    assert not app.exception
    return app


CASES = Path(__file__).parents[1] / "cases"
OFF, ON = "mnist-2d-beta-0.safetensors", "mnist-2d-beta-1.safetensors"


def test_without_a_run_two_models_stand_side_by_side_with_their_errors_over_the_images():
    app = open_compare()
    assert app.multiselect(key="runs").value == [OFF, ON]
    pair = [loaded(file.removesuffix(".safetensors")) for file in (OFF, ON)]
    encoded = [encodings_of(model) for model in pair]
    for cells, own in zip(table(app, "the_models_in_numbers"), encoded, strict=True):
        for cell, values_N in zip(
            cells[2:5], (own.reconstruction_nll_N, own.kl_N, own.elbo_N), strict=True
        ):
            expected = float(values_N.mean()), float(scipy.stats.sem(values_N.astype(float)))
            assert number_and_error(cell) == pytest.approx(expected, abs=0.006)
    difference_N = (encoded[1].elbo_N - encoded[0].elbo_N).astype(float)
    paired = number_and_error(table(app, "the_models_in_numbers")[1][5])
    assert paired == pytest.approx((difference_N.mean(), scipy.stats.sem(difference_N)), abs=0.006)

    planes = figure(app, "compare_planes_mnist-55k")
    titles = [note["text"] for note in planes["layout"]["annotations"]]
    assert titles == [model_title(model.entry) for model in pair]
    for axis, own in zip(("x", "x2"), encoded, strict=True):
        drawn = [t["x"] for t in planes["data"] if t["xaxis"] == axis and t["type"] == "scattergl"]
        assert np.isin(np.concatenate(drawn), own.mu_NZ[:, 0]).all()


def test_a_model_that_is_gone_or_has_no_elbo_is_one_sentence():
    app = open_compare(runs=f"nobody.safetensors,mnist-rbm.safetensors,{ON}")
    gone, left_out = (warning.value.replace("\\", "") for warning in app.warning)
    assert gone == "There is no model nobody.safetensors here."
    assert "mnist-rbm" in left_out
    assert len(table(app, "the_models_in_numbers")) == 1


def test_a_run_that_is_gone_is_one_sentence():
    app = open_compare(runs="0" * 16)
    assert [w.value for w in app.warning] == [
        f"There is no run {'0' * 16}; it may have been removed."
    ]


def test_the_same_seed_with_the_kl_term_off_in_one_click():
    app = press(choose_tiny(open_train(), epochs=2), "Train")
    first = linked(app, "run")
    run_until(app, lambda: "Run again with KL off" in labels(app))
    press(app, "Run again with KL off")
    second = linked(app, "run")
    assert second != first
    run_until(app, lambda: "Run again with KL on (β = 1)" in labels(app))

    app.switch_page("../../pages/compare.py").run()
    assert not app.exception
    [(setting, *betas)] = table(app, "what_differs")
    assert (setting, [number(beta) for beta in betas]) == ("β", [1, 0])
    for run_id, (name, _, *cells) in zip(
        (first, second), table(app, "the_models_in_numbers"), strict=True
    ):
        assert run_id[:4] in name
        model = load_checkpoint(RunFolder.of(run_id).model).vae
        mean = encode_images(model, load_split("digits", "test")).elbo_N.mean()
        assert number(cells[2]) == pytest.approx(mean, abs=0.006)
    assert len(app.get("plotly_chart")) == 3

    other = open_compare(runs=f"{first},{second}")  # another visitor
    assert len(other.get("plotly_chart")) == 3


def test_who_runs_a_linked_run_again_has_both_on_compare():
    theirs = linked(press(choose_tiny(open_train(), epochs=1), "Train"), "run")
    wait_for([theirs])
    visitor = press(open_train(theirs), "Run again with KL off")
    own = linked(visitor, "run")
    wait_for([own])
    visitor.switch_page("../../pages/compare.py").run()
    assert visitor.multiselect(key="runs").value == [theirs, own]


@pytest.fixture
def saved() -> Iterator[dict[str, Path]]:
    """Saved models: images not here, a data set unknown, weights cut off, no history."""
    folder = saved_folder()
    folder.mkdir(parents=True, exist_ok=True)
    known = load_checkpoint(BUNDLED / ON)
    names = ("full-mnist", "own-images", "cut-off", "without-history")
    paths = {name: folder / f"{name}.safetensors" for name in names}
    for name, dataset in (("full-mnist", "mnist"), ("own-images", "of-my-own")):
        train_config = replace(known.train_config, dataset=dataset)
        save_checkpoint(replace(known, train_config=train_config), paths[name])
    save_checkpoint(replace(known, history=()), paths["without-history"])
    paths["cut-off"].write_bytes((BUNDLED / ON).read_bytes()[:-1000])
    yield paths
    for path in paths.values():
        path.unlink()


def test_models_that_cannot_be_measured_here_are_named_and_the_page_goes_on(saved):
    bad = ("full-mnist", "own-images", "cut-off")
    app = open_compare(runs=",".join([*(saved[name].name for name in bad), ON]))
    options = app.multiselect(key="runs").options
    assert "cut-off (2-D, β = 1)" in options, "weights are not read for a list"
    assert len(table(app, "the_models_in_numbers")) == 1
    [said] = [warning.value.replace("\\", "") for warning in app.warning]
    for name in bad:
        assert f"**{name} (2-D, β = 1)**" in said


def test_a_model_without_a_history_has_no_curve_which_is_said(saved):
    app = open_compare(runs=f"{saved['without-history'].name},{ON}")
    assert len(table(app, "the_models_in_numbers")) == 2
    assert set(traces(app, "compare_curves")) == {model_title(loaded().entry)}
    name = "without-history (2-D, β = 1)"
    assert f"no history: {name}" in text(app).replace("\\", "")
    diamond, measured = traces(app, "compare_paths")[name], encodings_of(loaded())
    assert diamond["x"] == pytest.approx([measured.kl_N.mean()], rel=1e-5)
    assert diamond["y"] == pytest.approx([measured.reconstruction_nll_N.mean()], rel=1e-5)


def test_a_ruined_model_flattens_no_figure_and_is_named(saved):
    path = saved["cut-off"]
    path.write_bytes((CASES / "diverged-kept.safetensors").read_bytes())
    app = open_compare(runs=f"{path.name},{ON}")
    alone = open_compare(runs=path.name)
    assert len(table(app, "the_models_in_numbers")) == 2
    assert set(traces(app, "compare_curves")) == {model_title(loaded().entry)}
    assert "worse than untrained" in text(app)
    assert len(table(alone, "the_models_in_numbers")) == 1


def test_a_run_of_an_unknown_data_set_or_without_its_model_is_left_out():
    app = press(choose_tiny(open_train(), epochs=1), "Train")
    whole = linked(app, "run")
    wait_for([whole])
    folders = []
    for name in ("unknown", "no model"):
        folder = RunFolder.of(new_run_id())
        shutil.copytree(RunFolder.of(whole).path, folder.path)
        folders.append(folder)
        if name == "unknown":
            checkpoint = load_checkpoint(folder.model)
            train_config = replace(checkpoint.train_config, dataset="of-my-own")
            save_checkpoint(replace(checkpoint, train_config=train_config), folder.model)
        else:
            folder.model.unlink()
    app = open_compare(runs=",".join([whole, *(folder.run_id for folder in folders)]))
    assert len(table(app, "the_models_in_numbers")) == 1
    said = text(app).replace("\\", "")
    assert "of-my-own" in said
    assert "has no model yet" in said
