"""train_classifier(): the same labels for every method, no look at the others, reproducible."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression as SklearnLogistic

from vae_core.config import ModelConfig, ModelKind, TrainConfig
from vae_core.data import LabelledImages
from vae_core.data.label_subset import known_labels
from vae_core.models import MODELS
from vae_core.models.classifier import Classifier
from vae_core.models.on_latents import OnVae
from vae_core.settings import only_read
from vae_core.storage.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from vae_core.training import classifier
from vae_core.training.classifier import score, train_classifier, vae_epochs
from vae_core.training.loop import Controls, TrainingDivergedError
from vae_core.training.vae import train

KINDS = [name for name, kind in MODELS.items() if issubclass(kind, Classifier)]
IN_STAGES = [name for name, kind in MODELS.items() if issubclass(kind, OnVae)]
TRAIN = TrainConfig(epochs=5, batch_size=64, learning_rate=1e-2, seed=3, labels_per_class=6)


def config_of(kind: ModelKind) -> ModelConfig:
    sizes = ModelConfig(
        model=kind,
        image_shape=(4, 5),
        latent_dim=2,
        hidden=(16,),
        decoder_hidden=(16,),
        classes=2,
        clusters=4,
    )
    return only_read(sizes, TRAIN)[0]


def final(*arguments):
    *_, report = train_classifier(*arguments)
    return report


def same_state(ours, theirs) -> bool:
    ours, theirs = ours.state_dict(), theirs.state_dict()
    return all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_there_are_all_methods():
    assert set(KINDS) == {
        "logistic", "mlp", "pseudo-labels", "m1+classifier", "semi-supervised", "m1+m2",
        "classification-rbm",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_labels_that_are_missing_have_no_say_and_the_seed_decides_all(kind, images, held_out):
    known_N = known_labels(images.label_N, TRAIN.labels_per_class, TRAIN.seed)
    torch.manual_seed(1)
    ours = final(config_of(kind), TRAIN, images, held_out)
    torch.manual_seed(2)
    np.random.seed(2)
    state = torch.get_rng_state()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifier, "known_labels", lambda *_: known_N)
        wrong = LabelledImages(images.x_ND, 1 - images.label_N, images.image_shape)
        theirs = final(config_of(kind), TRAIN, wrong, held_out)
    assert torch.equal(torch.get_rng_state(), state)
    assert same_state(ours.model, theirs.model)
    assert (ours.accuracy, ours.log_loss) == (theirs.accuracy, theirs.log_loss)


def test_every_method_gets_the_same_labels(images, held_out, monkeypatch):
    seen = []

    def spy(*arguments):
        known_N = known_labels(*arguments)
        seen.append(known_N)
        return known_N

    monkeypatch.setattr(classifier, "known_labels", spy)
    for kind in KINDS:
        list(train_classifier(config_of(kind), TRAIN, images, held_out))
    assert all(torch.equal(known_N, seen[0]) for known_N in seen)
    assert (seen[0] >= 0).sum() == 12


@pytest.mark.parametrize("kind", KINDS)
def test_every_method_learns_to_tell_rows_from_columns(kind, images, held_out):
    model = dataclasses.replace(config_of(kind), latent_dim=8, clusters=20)
    config = dataclasses.replace(TRAIN, epochs=40, labels_per_class=50, learning_rate=2e-2)
    reports = list(train_classifier(model, config, images, held_out))
    assert [report.epoch for report in reports] == list(range(41))
    assert reports[-1].accuracy > 0.7
    assert all(a.seconds < b.seconds for a, b in itertools.pairwise(reports))
    assert set(reports[1].curve_point()) == {
        "epoch", "seconds", "accuracy", "log_loss", "skipped_steps",
    }  # fmt: skip
    probability_NK = reports[-1].model.log_probabilities(held_out.x_ND).exp()
    torch.testing.assert_close(probability_NK.sum(1), torch.ones(60))


@pytest.mark.parametrize("kind", KINDS)
def test_all_labels_may_be_known(kind, images, held_out):
    config = dataclasses.replace(TRAIN, labels_per_class=0)
    report = final(config_of(kind), config, images, held_out)
    assert math.isfinite(report.log_loss)
    assert report.skipped_steps == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_classifier_says_the_same(kind, images, held_out, tmp_path):
    report = final(config_of(kind), TRAIN, images, held_out)
    checkpoint = Checkpoint(report.model, TRAIN, [report.curve_point()])
    loaded = load_checkpoint(save_checkpoint(checkpoint, tmp_path / "a.safetensors"))
    assert same_state(loaded.model, report.model)
    assert loaded.model_config == config_of(kind)
    assert loaded.train_config == TRAIN
    ours = report.model.log_probabilities(held_out.x_ND)
    assert torch.equal(loaded.model.log_probabilities(held_out.x_ND), ours)


@pytest.mark.parametrize("kind", IN_STAGES)
def test_the_first_stage_is_a_plain_vae_that_the_second_leaves_alone(kind, images, held_out):
    config = dataclasses.replace(TRAIN, weight_decay=0.1)
    run = train_classifier(config_of(kind), config, images, held_out)
    reports = [(report.stage, copy.deepcopy(report.model)) for report in run]
    assert [stage for stage, _ in reports] == ["vae"] * 4 + ["classifier"] * 2
    plain = config_of("vae")
    *_, alone = train(plain, dataclasses.replace(config, epochs=3), images, held_out)
    assert vae_epochs(TRAIN) == 3
    for _, model in reports[3:]:
        assert same_state(model.vae, alone.model)


def test_logistic_regression_is_that_of_scikit_learn(images, held_out):
    config = TrainConfig(
        epochs=300, batch_size=300, binarisation="none", weight_decay=0.0, learning_rate=0.1
    )
    noisy_N = images.label_N.clone()
    noisy_N[::7] = 1 - noisy_N[::7]  # else the classes can be told apart, and weights grow for ever
    noisy = LabelledImages(images.x_ND, noisy_N, images.image_shape)
    report = final(config_of("logistic"), config, noisy, held_out)
    theirs = SklearnLogistic(C=np.inf, max_iter=10_000, tol=1e-8).fit(images.x_ND, noisy_N)
    ours_NK = report.model.log_probabilities(held_out.x_ND).exp().detach()
    np.testing.assert_allclose(ours_NK, theirs.predict_proba(held_out.x_ND), atol=0.01)


def test_the_score_is_the_share_of_hits_and_the_mean_surprise(held_out):
    model: Any = MODELS["logistic"].create(config_of("logistic"), torch.Generator().manual_seed(0))
    accuracy, log_loss = score(model, held_out)
    p_NK = torch.softmax(model.net(held_out.x_ND), dim=1).detach().numpy()
    label_N = held_out.label_N.numpy()
    assert accuracy == np.mean(p_NK.argmax(1) == label_N)
    assert log_loss == pytest.approx(-np.log(p_NK[np.arange(60), label_N]).mean(), abs=1e-6)


# --- bad input


@pytest.mark.parametrize(
    ("model", "config", "sentence"),
    [
        (config_of("vae"), TRAIN, "'vae' is no classifier"),
        (
            dataclasses.replace(config_of("mlp"), image_shape=(5, 4)),
            TRAIN,
            r"takes images of \(5, 4\), got \(4, 5\)",
        ),
        (config_of("m1+m2"), dataclasses.replace(TRAIN, epochs=1), "needs 2 epochs"),
        (config_of("mlp"), dataclasses.replace(TRAIN, labels_per_class=200), "has only"),
    ],
)
def test_what_does_not_fit_is_refused(model, config, sentence, images, held_out):
    with pytest.raises(ValueError, match=sentence):
        next(train_classifier(model, config, images, held_out))


def test_labels_beyond_the_classes_are_refused(images, held_out):
    odd = LabelledImages(images.x_ND, images.label_N + 1, images.image_shape)
    with pytest.raises(ValueError, match="tells 2 classes apart, but there is a label 2"):
        next(train_classifier(config_of("mlp"), TRAIN, odd, held_out))


# --- stopping, going on, the guard


@pytest.mark.parametrize("kind", ["mlp", "m1+m2"])
@pytest.mark.parametrize("steps", [0, 7, 17])  # 5 an epoch; the VAE of two stages takes 15
def test_it_stops_before_the_next_step_when_told_to(kind, steps, images, held_out):
    answers = iter([True] * steps + [False])
    run = train_classifier(
        config_of(kind), TRAIN, images, held_out, lambda: Controls(next(answers))
    )
    epochs = [report.epoch for report in run]
    assert epochs == [*range(steps // 5 + 1), *([steps / 5] if steps % 5 else [])]
    assert next(answers, None) is None


@pytest.mark.parametrize("stopped_at", [2, 4])
@pytest.mark.parametrize("kind", ["semi-supervised", "pseudo-labels"])
def test_a_run_goes_on_from_a_checkpoint(kind, stopped_at, images, held_out, tmp_path):
    history = []
    for report in train_classifier(config_of(kind), TRAIN, images, held_out):
        history.append(report.curve_point())
        if report.epoch == stopped_at:
            break
    path = save_checkpoint(Checkpoint(report.model, TRAIN, history), tmp_path / "a.safetensors")
    reports = list(
        train_classifier(config_of(kind), TRAIN, images, held_out, resume=load_checkpoint(path))
    )
    assert [report.epoch for report in reports] == list(range(stopped_at, 6))
    assert reports[0].accuracy == history[-1]["accuracy"]
    assert reports[-1].seconds > history[-1]["seconds"]


@pytest.mark.parametrize(("kind", "epoch"), [("mlp", 1), ("m1+m2", 1), ("m1+m2", 4)])
def test_a_diverging_run_keeps_the_last_finite_model(kind, epoch, images, held_out):
    steps, kept = itertools.count(), []

    def controls() -> Controls:
        return Controls(learning_rate=1e30 if next(steps) >= 5 * (epoch - 1) else None)

    def follow() -> None:
        for report in train_classifier(config_of(kind), TRAIN, images, held_out, controls):
            kept.append((report.epoch, copy.deepcopy(report.model)))

    with pytest.raises(TrainingDivergedError) as caught:
        follow()
    assert caught.value.epoch == epoch
    assert caught.value.report.epoch == kept[-1][0] == epoch - 1
    assert math.isfinite(caught.value.report.curve_point()["log_loss"])
    assert same_state(caught.value.report.model, kept[-1][1])
