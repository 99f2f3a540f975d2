"""READ_BY is true: a training changes by exactly those settings that its kind reads."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import torch

from checkpoints.make import RECIPES
from vae_core.config import ModelConfig, ModelKind, TrainConfig, to_dict
from vae_core.data import LabelledImages
from vae_core.jobs.requests import TrainRequest, from_json, to_json
from vae_core.labels.methods import METHODS
from vae_core.models import MODELS
from vae_core.models.classifier import Classifier
from vae_core.paths import BUNDLED
from vae_core.settings import OF_DATA, ONLY_WITH, READ_BY, check_settings, only_read
from vae_core.storage.checkpoints import (
    Checkpoint,
    load_checkpoint,
    parse_checkpoint,
    save_checkpoint,
)
from vae_core.storage.header import CheckpointError
from vae_core.training import classifier, train_model, vae

KINDS: tuple[ModelKind, ...] = get_args(ModelKind)

USUAL: dict[str, Any] = {
    "image_shape": (4, 5), "classes": 2, "hidden": (8,), "decoder_hidden": (8,), "clusters": 4,
    "epochs": 2, "batch_size": 16, "device": "cpu", "precision": "float32",
}  # fmt: skip

OTHER: dict[str, Any] = {
    "latent_dim": 3, "hidden": (6,), "decoder_hidden": (6,), "activation": "tanh",
    "likelihood": "gaussian", "noise_sd": 0.3, "clusters": 5, "categories": 4,
    "beta": 0.5, "beta_schedule": "cool-down", "warm_up_epochs": 1, "cycles": 1, "free_bits": 0.5,
    "epochs": 3, "batch_size": 13, "learning_rate": 1e-3, "weight_decay": 0.5, "seed": 1,
    "binarisation": "none", "device": "cuda", "precision": "bfloat16",
    "estimator": "score-function", "temperature": 2.0, "temperature_end": 0.1,
    "straight_through": True, "labels_per_class": 5, "alpha": 3.0, "generative_weight": 0.5,
}  # fmt: skip
"""A value of each setting that neither is its default nor the usual one here."""


def configs(kind: ModelKind, **settings: Any) -> tuple[ModelConfig, TrainConfig]:
    values = {**USUAL, **settings, "model": kind}
    model, train = (
        {field.name: values[field.name] for field in fields(part) if field.name in values}
        for part in (ModelConfig, TrainConfig)
    )
    return ModelConfig(**model), TrainConfig(**train)


def given(kind: ModelKind, **settings: Any) -> tuple[ModelConfig, TrainConfig]:
    """As a person asks: all else at its default."""
    values = {**vars(ModelConfig()), **vars(TrainConfig()), **settings}
    return configs(kind, **values)


@pytest.fixture
def few(images) -> LabelledImages:
    return LabelledImages(images.x_ND[:60], images.label_N[:60], images.image_shape)


@pytest.fixture
def outcome(few, held_out, monkeypatch):
    """(kind, settings) -> all that came of a training whose settings nobody checked."""

    def run(kind: ModelKind, **settings: Any) -> tuple[Any, ...]:
        devices = []

        def choose_device(name: str) -> torch.device:
            devices.append(name)
            return torch.device("cpu")

        monkeypatch.setattr(vae, "choose_device", choose_device)
        monkeypatch.setattr(classifier, "choose_device", choose_device)
        of_classes = issubclass(MODELS[kind], Classifier)
        train = classifier.train_classifier if of_classes else vae.train
        *_, report = train(*configs(kind, **settings), few, held_out)
        weights = [
            (name, tuple(value.shape), value.numpy().tobytes())
            for name, value in report.model.state_dict().items()
        ]
        figures = {**report.curve_point(), "seconds": 0}
        return weights, figures, sorted(set(devices))

    return run


def test_the_table_has_every_setting_once():
    named = {field.name for part in (ModelConfig, TrainConfig) for field in fields(part)}
    assert named == {*READ_BY, *OF_DATA, "model"}
    assert set(OTHER) == set(READ_BY)
    assert set(ONLY_WITH) < set(READ_BY)
    for kinds in READ_BY.values():
        assert len(set(kinds)) == len(kinds)
        assert set(kinds) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_changes_by_the_settings_that_its_kind_reads_and_by_no_other(kind, outcome):
    plain = outcome(kind)
    assert outcome(kind) == plain
    changed = set()
    for name, value in OTHER.items():
        before, around = plain, {}
        if name in ONLY_WITH:
            other, values = ONLY_WITH[name]
            around = {other: values[0]}
            before = outcome(kind, **around)
        if name == "estimator" and kind == "categorical-vae":
            # Its q is not the Gaussian that the other estimators are written for.
            with pytest.raises(ValueError, match="categorical-vae"):
                outcome(kind, estimator=value)
        elif outcome(kind, **around, **{name: value}) != before:
            changed.add(name)
    assert changed == {name for name, kinds in READ_BY.items() if kind in kinds}


@pytest.mark.parametrize("name", ONLY_WITH)
def test_a_setting_that_goes_with_another_is_read_beside_these_values_alone(name, outcome):
    other, values = ONLY_WITH[name]
    hints = {**get_type_hints(ModelConfig), **get_type_hints(TrainConfig)}
    for choice in get_args(hints[other]):
        before = outcome("vae", **{other: choice})
        after = outcome("vae", **{other: choice, name: OTHER[name]})
        assert (before != after) == (choice in values), choice


# --- the refusal


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_read_is_refused_in_one_sentence_that_names_who_reads_it(kind):
    check_settings(*given(kind))
    for name, kinds in READ_BY.items():
        around = {}
        if name in ONLY_WITH:
            around = {ONLY_WITH[name][0]: ONLY_WITH[name][1][0]}
        asked = given(kind, **{name: OTHER[name]}, **(around if kind in kinds else {}))
        if kind in kinds:
            check_settings(*asked)
            continue
        with pytest.raises(ValueError, match=f"^{name} ") as caught:
            check_settings(*asked)
        words = str(caught.value)
        assert "\n" not in words
        assert all(repr(reader) in words for reader in (kind, *kinds))
        assert repr(OTHER[name]) in words


@pytest.mark.parametrize("name", ONLY_WITH)
def test_a_setting_without_the_one_it_goes_with_is_refused(name):
    other, values = ONLY_WITH[name]
    with pytest.raises(ValueError, match=f"^{name} .*{other}") as caught:
        check_settings(*given("vae", **{name: OTHER[name]}))
    assert all(repr(value) in str(caught.value) for value in values)


@pytest.mark.parametrize("kind", KINDS)
def test_without_what_is_not_read_the_training_is_the_same(kind, outcome):
    everything = {**OTHER, "device": "cpu", "likelihood": "bernoulli"}
    if kind == "categorical-vae":
        everything["estimator"] = "pathwise"
    asked = configs(kind, **everything)
    model, train = only_read(*asked)
    check_settings(model, train)
    assert only_read(model, train) == (model, train)
    left = {**vars(model), **vars(train)}
    del left["model"]
    assert outcome(kind, **left) == outcome(kind, **everything)
    with pytest.raises(ValueError, match="leave it out"):
        check_settings(*asked)


def test_a_setting_that_a_person_names_is_refused_at_its_default_too():
    check_settings(*given("vae"), {"beta", "latent_dim"})
    for name in ("alpha", "cycles"):
        with pytest.raises(ValueError, match=f"^{name} "):
            check_settings(*given("vae"), {name})


# --- every way in


UNREAD = given("vae", temperature=3.0)


def test_no_training_begins_with_a_setting_that_is_not_read(images, held_out):
    with pytest.raises(ValueError, match="temperature"):
        train_model(*UNREAD, images, held_out)
    with pytest.raises(ValueError, match="temperature"):
        TrainRequest(*UNREAD)


def test_a_request_that_was_stored_with_one_is_read_without():
    stored = to_json(TrainRequest(*given("mlp", hidden=(8,), labels_per_class=3)))
    stored["model"]["clusters"], stored["train"]["beta"] = 50, 2.0
    request = from_json(stored)
    assert isinstance(request, TrainRequest)
    assert (request.model.clusters, request.train.beta) == (20, 1.0)
    assert (request.model.hidden, request.train.labels_per_class) == ((8,), 3)


def rewritten(content: bytes, version: str, **settings: Any) -> bytes:
    """The file with another format version, and training settings in it that nobody checked."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    metadata = header["__metadata__"]
    config = json.loads(metadata["config"])
    config["train"].update(settings)
    metadata.update(config=json.dumps(config), format_version=version)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


def test_a_checkpoint_of_today_has_no_such_setting_and_an_older_one_loses_it(
    checkpoint: Checkpoint, checkpoint_path: Path, tmp_path: Path
):
    wrong = replace(checkpoint, train_config=replace(checkpoint.train_config, temperature=3.0))
    with pytest.raises(ValueError, match="temperature"):
        save_checkpoint(wrong, tmp_path / "wrong.safetensors")
    assert not (tmp_path / "wrong.safetensors").exists()
    content = checkpoint_path.read_bytes()
    with pytest.raises(CheckpointError, match="temperature"):
        parse_checkpoint(rewritten(content, "2", temperature=3.0), "a file")
    older = parse_checkpoint(rewritten(content, "1", temperature=3.0, seed=5), "a file")
    assert older.train_config == replace(checkpoint.train_config, seed=5)


@pytest.mark.parametrize("path", sorted(BUNDLED.glob("*.safetensors")), ids=lambda p: p.stem)
def test_the_bundled_models_load_with_the_settings_of_their_recipes(path):
    checkpoint = load_checkpoint(path)
    check_settings(checkpoint.model_config, checkpoint.train_config)
    model, train = RECIPES[path.stem]
    assert to_dict(checkpoint.model_config) == to_dict(model)
    assert to_dict(checkpoint.train_config) == to_dict(train)


def test_every_recipe_has_only_settings_that_are_read():
    for model, train in RECIPES.values():
        check_settings(model, train)
    for method in METHODS.values():
        for dataset in ("mnist-5k", "mnist"):
            check_settings(*method.configs(dataset, labels_per_class=5, seed=1))
