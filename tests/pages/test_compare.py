"""The Compare page: nothing to compare, two runs of this session, a link, a broken link."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import (
    choose_tiny,
    labels,
    linked,
    number,
    open_page,
    open_train,
    press,
    run_until,
    table,
    text,
)
from vae_core.jobs import read_run
from vae_core.jobs.run_folder import RunFolder, new_run_id, write_json
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint, save_checkpoint
from vae_core.storage.library import saved_folder


def open_compare(**query: str) -> AppTest:
    app = open_page("compare.py", **query)
    assert not app.exception
    return app


def test_without_a_run_it_says_what_to_do():
    assert "no run to compare yet" in text(open_compare())


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
    for run_id, (name, *ends) in zip((first, second), table(app, "the_last_epochs"), strict=True):
        assert run_id[:4] in name
        end = read_run(run_id).curve[-1]
        expected = [end[term] for term in ("reconstruction_nll", "kl", "elbo", "seconds")]
        assert [number(cell) for cell in ends] == pytest.approx(expected, abs=0.051)
    assert len(app.get("plotly_chart")) == 3

    other = open_compare(runs=f"{first},{second}")  # another visitor
    assert len(other.get("plotly_chart")) == 3


@pytest.fixture
def not_here() -> Iterator[list[str]]:
    """Saved models that cannot be measured: images not here, a data set unknown, a broken file."""
    folder = saved_folder()
    folder.mkdir(parents=True, exist_ok=True)
    known = load_checkpoint(BUNDLED / "mnist-2d-beta-1.safetensors")
    paths = [folder / f"{name}.safetensors" for name in ("full-mnist", "own-images", "no-model")]
    for path, dataset in zip(paths, ("mnist", "of-my-own"), strict=False):
        save_checkpoint(
            replace(known, train_config=replace(known.train_config, dataset=dataset)), path
        )
    paths[2].write_bytes(b"no model")
    yield [path.stem for path in paths]
    for path in paths:
        path.unlink()


def test_models_that_cannot_be_measured_here_are_named_and_the_page_goes_on(not_here: list[str]):
    app = open_train()
    app.number_input(key="train_epochs").set_value(1)
    press(app, "Train")
    run_id = linked(app, "run")
    run_until(app, lambda: "Save" in labels(app))
    app = open_compare(runs=run_id)
    assert len(app.get("plotly_chart")) == 3
    [said] = [warning.value for warning in app.warning if "Left out" in warning.value]
    for name in not_here:
        assert f"**{name}**".replace("-", "\\-") in said.replace("-", "\\-")


def test_a_run_of_an_unknown_data_set_or_without_its_plane_is_left_out():
    app = press(choose_tiny(open_train(), epochs=1), "Train")
    whole = linked(app, "run")
    run_until(app, lambda: "Save" in labels(app))
    folders = []
    for name in ("unknown", "no plane"):
        folder = RunFolder.of(new_run_id())
        shutil.copytree(RunFolder.of(whole).path, folder.path)
        folders.append(folder)
        if name == "unknown":
            asked = json.loads(folder.request.read_text())
            asked["train"]["dataset"] = "of-my-own"
            write_json(folder.request, asked)
        else:
            folder.snapshot.unlink()
    app = open_compare(runs=",".join([whole, *(folder.run_id for folder in folders)]))
    assert len(app.get("plotly_chart")) == 3
    said = text(app)
    assert "of-my-own is not known here" in said.replace("\\", "")
    assert "Its plane is missing" in said
