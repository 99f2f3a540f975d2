"""Pages tell what was done to a model, and what must be known before its picture is looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import loaded, open_page, press, text
from ui.library.loaded import load_model
from ui.library.provenance import source
from vae_core.config import Change, ModelConfig, TrainConfig
from vae_core.jobs import Runner
from vae_core.jobs.ownership import mark_owner
from vae_core.jobs.requests import TrainRequest, to_json
from vae_core.jobs.run_folder import RunFolder, new_run_id, write_json
from vae_core.storage.checkpoints import load_checkpoint, save_checkpoint
from vae_core.storage.library import list_models, saved_folder

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
    entry = next(entry for entry in list_models() if entry.name == model)
    assert source(load_model(entry)).trained == f"trained with β = 1, {caption}"
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
    below_title = kinds.index("Warning") - kinds.index("Title")
    assert 0 < below_title < 3  # after, at most, the page's own words


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
    name = "β = 1, steered, 8-D, seed 0, 17.84 of 26 epochs"
    assert any(f"{name}, stopped by hand (" in o for o in compare.multiselect[0].options)
    folder.write_status("failed", "The disk is full.")
    failed = open_page("compare.py", runs=folder.run_id)
    assert any(f"{name}, then it failed (" in option for option in failed.multiselect[0].options)
    folder.write_status("running")
    going_on = open_page("compare.py", runs=folder.run_id)
    assert any(f"{name}, running (" in option for option in going_on.multiselect[0].options)


@pytest.mark.parametrize("size", [(128,), (16,)])
def test_the_form_follows_the_run_that_a_link_opens_and_its_settings_are_there(size):
    request = TrainRequest(
        ModelConfig(image_shape=(8, 8), latent_dim=5, hidden=size * 3, decoder_hidden=size * 3),
        TrainConfig(dataset="digits", beta=0.0, epochs=7, seed=3, batch_size=64, free_bits=0.25),
    )
    folder = RunFolder.of(new_run_id())
    folder.path.mkdir(parents=True)
    write_json(folder.request, to_json(request))
    folder.write_status("stopped", "It was stopped; the model so far was kept.")
    app = open_page("train.py", run=folder.run_id)
    assert not app.exception
    chosen = {key: app.number_input(key=f"train_{key}").value for key in ("latent_dim", "seed")}
    assert chosen == {"latent_dim": 5, "seed": 3}
    assert app.number_input(key="train_beta").value == 0.0
    assert app.number_input(key="train_epochs").value == 7
    assert app.selectbox(key="train_dataset").value == "digits"
    assert app.select_slider(key="train_batch").value == 64
    settings = next(c.value for c in app.caption if c.value.startswith("Settings of this run"))
    layers = "-".join(map(str, size * 3))
    assert f"encoder's layers {layers}" in settings
    assert "β 0," in settings
    assert "temperature" not in settings, "a VAE reads none"
    app.number_input(key="train_epochs").set_value(9).run()
    assert app.number_input(key="train_epochs").value == 9, "a person's own choice stays"


def test_what_the_form_takes_of_a_request_gives_the_request_back(monkeypatch):
    """Every control of the form is followed: press Train, and it is the same run."""
    model = ModelConfig(
        model="categorical-vae",
        image_shape=(8, 8),
        latent_dim=6,
        categories=4,
        hidden=(256,),
        decoder_hidden=(256, 256),
        likelihood="gaussian",
        noise_sd=0.3,
    )
    train = TrainConfig(
        dataset="digits", beta=2.0, beta_schedule="warm-up", warm_up_epochs=3, epochs=5,
        batch_size=64, learning_rate=0.004, free_bits=0.5, seed=11, binarisation="dynamic",
        temperature=2.0, temperature_end=0.4, straight_through=True,
    )  # fmt: skip
    folder = RunFolder.of(new_run_id())
    folder.path.mkdir(parents=True)
    write_json(folder.request, to_json(TrainRequest(model, train)))
    folder.write_status("stopped", "It was stopped; the model so far was kept.")
    asked: list[TrainRequest] = []

    def submit(_: Runner, requests: Sequence[TrainRequest], *_who: str, **__: bool) -> list[str]:
        asked.extend(requests)
        return []

    monkeypatch.setattr(Runner, "submit_all", submit)
    app = open_page("train.py", run=folder.run_id)
    press(app, "Train")
    assert asked == [TrainRequest(model, train)]


def test_a_run_without_the_kl_shows_the_switch_off(monkeypatch):
    request = TrainRequest(ModelConfig(image_shape=(8, 8)), TrainConfig(dataset="digits", beta=0.0))
    folder = RunFolder.of(new_run_id())
    folder.path.mkdir(parents=True)
    write_json(folder.request, to_json(request))
    folder.write_status("running")
    mark_owner(folder, "a secret")
    monkeypatch.setattr("ui.common.state.session", lambda: "a secret")
    app = open_page("train.py", run=folder.run_id)
    assert not app.exception
    switch = app.toggle(key=f"steer_kl_{folder.run_id}")
    assert not switch.value
    switch.set_value(True).run()
    assert json.loads(folder.control.read_text())["beta"] == 1.0


def test_the_form_of_a_sweep_follows_the_sweep_that_a_link_opens():
    ids = []
    for beta, seed in [(0.5, 4), (0.5, 6), (3.0, 4), (3.0, 6)]:
        folder = RunFolder.of(new_run_id())
        folder.path.mkdir(parents=True)
        model = ModelConfig(image_shape=(8, 8), latent_dim=3, hidden=(128,) * 3)
        train = TrainConfig(dataset="digits", beta=beta, seed=seed, epochs=8)
        write_json(folder.request, to_json(TrainRequest(model, train)))
        folder.write_status("stopped", "It was stopped; the model so far was kept.")
        ids.append(folder.run_id)
    app = open_page("sweep.py", sweep=",".join(ids))
    assert not app.exception
    assert app.text_input(key="sweep_betas").value == "0.5, 3"
    assert app.text_input(key="sweep_seeds").value == "4, 6"
    assert app.number_input(key="sweep_latent_dim").value == 3
    assert app.number_input(key="sweep_epochs").value == 8
    assert app.selectbox(key="sweep_dataset").value == "digits"
