"""Pages tell what was done to a model, and what must be known before its picture is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import loaded, open_page, text
from vae_core.config import Change
from vae_core.jobs.requests import TrainRequest, to_json
from vae_core.jobs.run_folder import RunFolder, new_run_id, write_json
from vae_core.storage.checkpoints import load_checkpoint, save_checkpoint
from vae_core.storage.library import saved_folder

CASES = Path(__file__).parents[1] / "cases"
PAGES = [
    "elbo.py",
    "interpolate.py",
    "latent_space.py",
    "likelihood.py",
    "overlap.py",
    "reparameterisation.py",
    "surgery.py",
]
"""With a chooser of VAEs."""

STEERED = [Change(5.2, "beta", 0.0), Change(10.7, "beta", None)]


@pytest.fixture(scope="module", autouse=True)
def saved() -> Iterator[None]:
    """Models of every kind of story, among the saved ones."""
    folder = saved_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for path in CASES.glob("*.safetensors"):
        (folder / path.name).write_bytes(path.read_bytes())
    whole = load_checkpoint(CASES / "collapsed-8d.safetensors")
    points = [*whole.history[:18], {**whole.history[18], "epoch": 17.840336}]
    config = replace(whole.train_config, beta=1.0, epochs=26)
    for name, history, changes, ended in [
        ("stopped", points, STEERED, "stopped"),
        ("whole", whole.history[:27], [], "done"),
        ("broken-off", whole.history[:2], [], "diverged"),
    ]:
        told = replace(
            whole,
            train_config=config,
            history=history,
            changes=changes,
            ended=ended,  # type: ignore[arg-type]
        )
        save_checkpoint(told, folder / f"{name}.safetensors")
    yield
    for path in folder.glob("*.safetensors"):
        path.unlink()


def sidebar(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.sidebar.caption)


def options(app: AppTest) -> list[str]:
    return list(app.sidebar.selectbox(key="model").options)


@pytest.mark.parametrize(
    ("model", "caption", "title"),
    [
        (
            "stopped",
            "17.84 of 26 epochs, stopped by hand, KL off from epoch 5.2 to 10.7, seed 0",
            "stopped (8-D, β = 1, steered, 17.84 of 26 epochs)",
        ),
        ("whole", "26 epochs, seed 0", "whole (8-D, β = 1)"),
        (
            "broken-off",
            "1 of 26 epochs, then it diverged, seed 0",
            "broken-off (8-D, β = 1, 1 of 26 epochs, diverged)",
        ),
        (
            "diverged-kept",
            "1 of 5 epochs, ended early, worse than untrained, seed 0",
            "diverged-kept (2-D, β = 1, 1 of 5 epochs, diverged)",
        ),
    ],
)
def test_the_sidebar_and_the_chooser_tell_what_was_done(model: str, caption: str, title: str):
    app = open_page("latent_space.py", model=model)
    assert not app.exception
    assert f", {caption}. " in sidebar(app)
    assert title in options(app)


@pytest.mark.parametrize("file", PAGES)
def test_a_collapsed_model_is_said_first_on_every_page(file: str):
    app = open_page(file, model="collapsed-8d")
    first = app.warning[0]
    assert "no latent dimension is active** (none of its 8 is" in first.value
    assert not any("Posterior collapse" in w.value for w in open_page(file).warning)


@pytest.mark.parametrize("projection", ["pca", "umap", "axes"])
def test_a_collapsed_model_is_said_above_every_plane(projection: str):
    app = open_page("latent_space.py", model="collapsed-8d", projection=projection)
    assert not app.exception
    kinds = [type(element).__name__ for element in app.main]
    assert "Warning" in kinds
    assert kinds.index("Warning") < 3  # after title and, at most, the page's own words


@pytest.mark.parametrize("file", PAGES)
def test_a_ruined_model_is_no_result_on_any_page(file: str):
    app = open_page(file, model="diverged-kept")
    assert "worse than an untrained one" in app.warning[0].value


def test_the_bundled_family_is_trained_as_asked():
    for beta in ("0", "0.1", "0.5", "1", "2", "4", "8", "20"):
        assert loaded(f"mnist-2d-beta-{beta}").checkpoint.record.traits == ()


def test_a_run_on_disk_is_told_on_train_and_compare():
    checkpoint = load_checkpoint(saved_folder() / "stopped.safetensors")
    request = TrainRequest(checkpoint.model_config, checkpoint.train_config)
    folder = RunFolder.of(new_run_id())
    folder.path.mkdir(parents=True)
    write_json(folder.request, to_json(request))
    write_json(folder.curve, [dict(point) for point in checkpoint.history])
    write_json(folder.changes, [vars(change) for change in checkpoint.changes])
    folder.write_status("stopped", "It was stopped; the model so far was kept.")
    train = text(open_page("train.py", run=folder.run_id))
    assert "17.84 of 26 epochs in" in train
    assert "Changed by hand: KL off from epoch 5.2 to 10.7." in train
    compare = open_page("compare.py", runs=folder.run_id)
    name = "β = 1, steered, 8-D, seed 0, 17.84 of 26 epochs, stopped by hand"
    assert any(name in option for option in compare.multiselect[0].options)
