"""The Train page with a real runner: settings, a run from the button to the library, links."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import replace

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from tests.pages.helpers import (
    choose_tiny,
    labels,
    linked,
    open_train,
    press,
    run_until,
    text,
    wait_for,
)
from ui.runs import run_group
from ui.runs.client import runner
from ui.train import start
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import DATASETS, load_split
from vae_core.data.download import cache_folder
from vae_core.jobs import TrainRequest, read_run
from vae_core.settings import check_settings
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.training.vae import train


def test_from_the_button_to_the_library():
    app = press(choose_tiny(open_train(), epochs=3), "Train")
    run_id = linked(app, "run")
    run_until(app, lambda: "Save model" in labels(app))
    assert "**Done.** 3 epochs" in text(app)
    assert app.select_slider(key=f"at_{run_id}").options == ["0", "1", "2", "3"]
    app.select_slider(key=f"at_{run_id}").set_value(1).run()
    assert not app.exception

    app.text_input(key=f"train_name_{run_id}").set_value("../mine")
    press(app, "Save model")
    assert "a model's name is" in app.error[0].value.replace("\\", "").lower()
    app.text_input(key=f"train_name_{run_id}").set_value("my digits")
    press(app, "Save model")
    press(app, "Open in Latent space")
    assert app.title[0].value == "Latent space"
    chooser = app.selectbox(key="model")
    assert chooser.value == "my digits"

    app.switch_page("../../pages/train.py").run()  # back: the run is still there
    assert linked(app, "run") == run_id
    assert "Open in Latent space" in labels(app)


def test_settings_of_another_choice_stay_out_of_the_request(monkeypatch: pytest.MonkeyPatch):
    """They keep their values unseen; a request that had one would be refused."""
    wanted: list[TrainRequest] = []
    monkeypatch.setattr(start, "start", wanted.append)
    app = open_train()
    app.selectbox(key="train_model").set_value("categorical-vae").run()
    app.number_input(key="train_categories").set_value(5)
    app.number_input(key="train_tau").set_value(3.0)
    app.toggle(key="train_straight").set_value(True)
    app.selectbox(key="train_likelihood").set_value("gaussian").run()
    app.number_input(key="train_sigma").set_value(0.7)
    app.selectbox(key="train_schedule").set_value("cyclical").run()
    app.number_input(key="train_cycles").set_value(7)
    app.selectbox(key="train_schedule").set_value("cool-down").run()
    app.number_input(key="train_warm_up").set_value(3)
    press(app, "Train")
    app.selectbox(key="train_likelihood").set_value("bernoulli").run()
    app.selectbox(key="train_model").set_value("vae").run()
    app.selectbox(key="train_schedule").set_value("constant").run()
    press(app, "Train")
    discrete, plain = wanted
    assert (discrete.model.categories, discrete.model.noise_sd) == (5, 0.7)
    assert (discrete.train.temperature, discrete.train.straight_through) == (3.0, True)
    assert (discrete.train.warm_up_epochs, discrete.train.cycles) == (3, TrainConfig.cycles)
    assert plain.train.beta_schedule == "constant"
    for request in wanted:
        check_settings(request.model, request.train)


def test_a_link_finds_the_run_and_stop_keeps_the_model():
    app = choose_tiny(open_train(), epochs=500)
    app.select_slider(key="train_batch").set_value(32)
    press(app, "Train")
    assert "Train" not in labels(app), "one run at a time"
    run_id = linked(app, "run")

    other = open_train(run_id)  # another person
    run_until(other, lambda: len(other.get("bidi_component")) == 1)
    assert "Train" in labels(other)
    assert not {"Stop", "Pause", "1 epoch"} & set(labels(other))
    assert "you watch" in text(other)
    press(app.run(), "Stop")
    run_until(app, lambda: "Save model" in labels(app))
    assert "It was stopped; the model so far was kept." in text(other.run())
    assert not {"Save model", "Resume", "Go on"} & set(labels(other))
    assert load_checkpoint(read_run(run_id).model_path).train_config.epochs == 500
    assert "Train" in labels(app.run())


def test_two_tabs_train_one_after_the_other_and_keep_their_own_runs():
    first = choose_tiny(open_train(), epochs=500)
    first.select_slider(key="train_batch").set_value(32)
    press(first, "Train")
    second = press(choose_tiny(open_train(), epochs=2), "Train")
    assert linked(first, "run") != linked(second, "run")
    press(first.run(), "Stop")  # with one worker the second run waits for it
    run_until(first, lambda: "Save model" in labels(first))
    run_until(second, lambda: "Save model" in labels(second))
    assert "It was stopped" in text(first)
    assert "**Done.** 2 epochs" in text(second)
    assert read_run(linked(first, "run")).state == "stopped"


@pytest.mark.parametrize("run_id", ["0" * 16, "../../etc/passwd", "<b>"])
def test_a_link_to_no_run_is_one_sentence_and_the_page_still_works(run_id: str):
    app = open_train(run_id)
    assert len(app.error) == 1
    assert app.error[0].value.endswith(".")
    assert "Train" in labels(app)


def test_a_data_set_that_cannot_be_had_is_one_sentence():
    """A copy that is not the published one: without a network this is noticed too."""
    copy = cache_folder() / "mnist" / "train-images-idx3-ubyte.gz"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(gzip.compress(b"other images"))
    try:
        run_id = runner().submit(TrainRequest(ModelConfig(), TrainConfig("mnist")), "somebody")
        wait_for([run_id])
        app = open_train(run_id)
    finally:
        shutil.rmtree(copy.parent)
    [error] = app.error
    assert "not the official file of MNIST" in error.value
    assert str(copy.parent) not in error.value
    assert "\n" not in error.value
    assert "Train" in labels(app)


def test_a_full_queue_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    app = open_train()
    monkeypatch.setattr(type(runner()), "submit_all", refuse)
    press(app, "Train")
    assert [error.value for error in app.error] == ["The queue is full."]


def refuse(*_: object, **__: object) -> str:
    raise ValueError("the queue is full")


@pytest.mark.parametrize("latent_dim", [1, 3])
def test_other_dimensions_than_two_are_drawn(latent_dim: int):
    app = choose_tiny(open_train(), epochs=1)
    app.number_input(key="train_latent_dim").set_value(latent_dim)
    press(app, "Train")
    run_until(app, lambda: "Save model" in labels(app))
    assert len(app.get("bidi_component")) == 1


def test_the_settings_of_a_new_visitor_give_a_usable_picture(monkeypatch):
    requests = []

    class Recorder:
        def submit_all(self, asked: list[TrainRequest], *_: str, **__: bool) -> list[str]:
            requests.extend(asked)
            raise ValueError("no run wanted here")

    monkeypatch.setattr(run_group, "runner", Recorder)
    press(open_train(), "Train")
    [request] = requests
    assert request.train.dataset == "mnist-5k"

    images, held_out = (load_split(request.train.dataset, part) for part in ("train", "test"))
    *_, last = train(request.model, request.train, images, held_out)
    with torch.no_grad():
        mu_N2 = last.model.encode(held_out.x_ND)[0].numpy()
    label_N = held_out.label_N.numpy()
    # With no points given, a fitted classifier leaves each image out of its own vote.
    neighbours_NK = KNeighborsClassifier(10).fit(mu_N2, label_N).kneighbors(return_distance=False)
    vote_N = torch.from_numpy(label_N[neighbours_NK]).mode(dim=1).values.numpy()
    assert (vote_N == label_N).mean() >= 0.70


def test_the_controls_of_a_running_model_reach_it():
    app = choose_tiny(open_train(), epochs=500)
    app.select_slider(key="train_batch").set_value(32)
    press(app, "Train")
    run_id = linked(app, "run")
    run_until(app, lambda: "Pause" in labels(app))
    press(app, "Pause")
    run_until(app, lambda: "Resume" in labels(app))
    epoch = read_run(run_id).epoch

    app.toggle(key=f"steer_kl_{run_id}").set_value(False).run()
    assert read_run(run_id).wishes.beta == 0.0
    app.toggle(key=f"steer_kl_{run_id}").set_value(True).run()
    assert read_run(run_id).wishes.beta is None  # as configured
    app.number_input(key=f"steer_beta_{run_id}").set_value(4.0).run()
    app.number_input(key=f"steer_rate_{run_id}").set_value(0.002).run()
    press(app, "1 epoch")
    run_until(app, lambda: read_run(run_id).epoch == epoch + 1 and read_run(run_id).paused)
    assert {(c.name, c.value) for c in read_run(run_id).changes} == {
        ("beta", 4.0),
        ("learning_rate", 0.002),
    }
    press(app.run(), "Stop")
    run_until(app, lambda: "Save model" in labels(app))
    changes = load_checkpoint(read_run(run_id).model_path).changes
    assert {c.value for c in changes} == {4.0, 0.002}


@pytest.mark.parametrize("schedule", ["warm-up", "cyclical"])
def test_a_schedule_is_drawn_before_the_run(schedule: str, monkeypatch: pytest.MonkeyPatch):
    app = open_train()
    app.selectbox(key="train_schedule").set_value(schedule).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    wanted: list[TrainRequest] = []
    monkeypatch.setattr(start, "start", wanted.append)
    press(app, "Train")
    assert [request.train.beta_schedule for request in wanted] == [schedule]


def test_a_preset_provokes_collapse_and_others_cure_it(monkeypatch: pytest.MonkeyPatch):
    app = open_train()
    wanted: list[TrainRequest] = []
    with monkeypatch.context() as patch:
        patch.setattr(start, "start", wanted.append)
        for name in ("usual", "mean", "collapse", "free-bits", "warm-up"):
            app.selectbox(key="train_preset").set_value(name).run()
            assert not app.exception
            press(choose_tiny(app, epochs=1), "Train")
    press(app, "Train")  # the last of them in truth
    run_until(app, lambda: "Save model" in labels(app))
    assert read_run(linked(app, "run")).request == wanted[-1]
    usual, mistake, collapse, bits, warm_up = wanted
    assert (usual.model.latent_dim, usual.train.beta) == (2, 1.0)
    assert (mistake.model.latent_dim, mistake.train.beta) == (2, 64.0)  # 8 x 8 pixels
    assert (collapse.model.latent_dim, collapse.train.beta) == (8, 8.0)
    assert replace(bits.train, free_bits=0.0) == collapse.train
    assert bits.train.free_bits == 0.5
    assert (warm_up.train.beta_schedule, warm_up.train.warm_up_epochs) == ("warm-up", 15)


def test_the_mean_over_pixels_is_as_wrong_as_the_images_have_pixels():
    app = open_train()
    app.selectbox(key="train_preset").set_value("mean").run()
    for name, spec in DATASETS.items():
        app.selectbox(key="train_dataset").set_value(name).run()
        height, width = spec.image_shape
        assert app.number_input(key="train_beta").value == height * width
    app.selectbox(key="train_preset").set_value("usual").run()
    app.selectbox(key="train_dataset").set_value("digits").run()
    assert app.number_input(key="train_beta").value == 1


def test_a_dimension_that_dies_is_named():
    app = choose_tiny(open_train(), epochs=4)
    app.number_input(key="train_beta").set_value(1000.0)
    press(app, "Train")
    run_id = linked(app, "run")
    run_until(app, lambda: "Save model" in labels(app))
    view = read_run(run_id)
    assert len(view.dimension_kl) == len(view.curve) == 5
    for point, row in zip(view.curve, view.dimension_kl, strict=True):
        assert sum(row) == pytest.approx(point["kl"], rel=1e-4)  # digits shows all its images
    assert view.dead_dimensions()
    alive = 2 - len(view.dead_dimensions())
    assert f"{alive} of 2 dimensions carry information" in text(app)


def test_a_control_that_cannot_be_moved_is_told(monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on the disk")

    app = choose_tiny(open_train(), epochs=500)
    app.select_slider(key="train_batch").set_value(32)
    press(app, "Train")
    run_until(app, lambda: "Pause" in labels(app))
    with monkeypatch.context() as patch:
        patch.setattr(type(runner()), "ask", full)
        press(app, "Pause")
    assert [error.value for error in app.error] == ["No space left on the disk."]
    press(app.run(), "Stop")
    run_until(app, lambda: "Save model" in labels(app))
