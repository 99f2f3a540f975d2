"""The models to choose from: the bundled ones, then those that were saved."""

from __future__ import annotations

import pytest

from vae_core.storage import library
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.header import CheckpointError
from vae_core.storage.library import list_models, save_to_library, saved_folder, share_model


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    board = tmp_path / "board"
    board.mkdir()
    for name in ("b.safetensors", "a.safetensors", ".c.safetensors", "README.md"):
        (board / name).touch()
    monkeypatch.setattr(library, "BUNDLED", board)
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))


def test_bundled_models_come_first_and_hidden_files_are_none(checkpoint_path):
    assert [(entry.name, entry.bundled) for entry in list_models()] == [("a", True), ("b", True)]
    save_to_library("My first", checkpoint_path)
    assert [entry.name for entry in list_models()] == ["a", "b", "My first"]


def test_a_saved_model_is_a_whole_copy(checkpoint_path):
    entry = save_to_library("  copy  ", checkpoint_path)
    assert (entry.name, entry.bundled) == ("copy", False)
    assert entry.path == saved_folder() / "copy.safetensors"
    assert entry.path.read_bytes() == checkpoint_path.read_bytes()
    assert load_checkpoint(entry.path).digest == load_checkpoint(checkpoint_path).digest
    assert entry in list_models()
    assert len(list(saved_folder().iterdir())) == 1


@pytest.mark.parametrize("name", ["a", "A", "again", "AGAIN"])
def test_a_name_is_given_once_whatever_its_case(checkpoint_path, name):
    save_to_library("Again", checkpoint_path)
    with pytest.raises(ValueError, match="already"):
        save_to_library(name, checkpoint_path)


def test_a_name_is_taken_for_its_owner_alone_and_who_sees_it(checkpoint_path):
    ours = [save_to_library("mine", checkpoint_path, owner) for owner in ("one", "other")]
    assert len({entry.path for entry in ours}) == 2
    for owner, entry in zip(("one", "other"), ours, strict=True):
        assert [e.name for e in list_models(viewer=owner) if not e.bundled] == [entry.name]
        assert entry.name.startswith("mine")
        with pytest.raises(ValueError, match="already"):
            save_to_library("Mine", checkpoint_path, owner)
    with pytest.raises(ValueError, match="already"):
        save_to_library("a", checkpoint_path, "third")  # a bundled one, which all see
    shared = ours[1].name
    share_model(shared)
    with pytest.raises(ValueError, match="already"):
        save_to_library("mine", checkpoint_path, "third")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".hidden",
        "../up",
        "a/b",
        "a\\b",
        "a\nb",
        "x" * 61,
        "-flag",
        "a:b",
        "_a",
        "a\u202eb",
        "a\x00b",
        "\u0301a",
        "a\u2044b",
        "字\ud800",
    ],
)
def test_a_name_that_cannot_be_a_file_is_refused(checkpoint_path, name):
    with pytest.raises(ValueError, match="a model's name is"):
        save_to_library(name, checkpoint_path)
    assert not saved_folder().exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Größe", "Größe"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),  # each letter in one form, as macOS does not write it
        ("手写数字 2", "手写数字 2"),
        ("Цифры", "Цифры"),
        ("हिन्दी", "हिन्दी"),
        ("ตัวเลข", "ตัวเลข"),
        ("أرقام", "أرقام"),
    ],
)
def test_letters_of_every_script_are_letters(checkpoint_path, name, kept):
    entry = save_to_library(name, checkpoint_path)
    assert entry.name == kept
    assert entry in list_models()
    with pytest.raises(ValueError, match="already"):
        save_to_library(name, checkpoint_path)


def test_a_name_is_no_longer_than_a_file_name_may_be(checkpoint_path):
    with pytest.raises(ValueError, match="too long"):
        save_to_library("𠀀" * 60, checkpoint_path)  # each four bytes in UTF-8


def test_numbers_in_names_are_sorted_by_size(checkpoint_path):
    for name in ("β = 20", "β = 2", "β = 0.5", "β = 100"):
        save_to_library(name.replace("=", "-"), checkpoint_path)
    assert [e.name for e in list_models() if not e.bundled] == [
        "β - 0.5",
        "β - 2",
        "β - 20",
        "β - 100",
    ]


def test_a_broken_file_is_not_taken_in(checkpoint_path):
    checkpoint_path.write_bytes(checkpoint_path.read_bytes()[:-1])
    with pytest.raises(CheckpointError):
        save_to_library("broken", checkpoint_path)
    assert not saved_folder().exists()
