"""The models to choose from: the bundled ones, then those that were saved."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from vae_core.files import write_atomically
from vae_core.paths import runs_folder
from vae_core.storage import library
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.header import CheckpointError, Header, read_header
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


def test_of_those_who_save_one_name_at_once_one_has_it(checkpoint_path, monkeypatch):
    at_once = Barrier(4)
    check = library._checked

    def checked(name: str) -> str:
        at_once.wait()  # nobody looks before all are there
        return check(name)

    def save(name: str) -> str:
        try:
            return save_to_library(name, checkpoint_path, "one browser").name
        except ValueError as error:
            return str(error)

    monkeypatch.setattr(library, "_checked", checked)
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(save, ["One", "one", "ONE", "One"]))
    assert sum("already" in word for word in said) == 3
    assert len([entry for entry in list_models() if not entry.bundled]) == 1


def test_who_saves_keeps_other_processes_out_meanwhile(checkpoint_path, monkeypatch):
    """Two servers have one folder of models."""
    code = "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)"

    def others_wait() -> bool:
        asked = [sys.executable, "-c", code, str(runs_folder() / ".saving")]
        return b"BlockingIOError" in subprocess.run(asked, capture_output=True, check=False).stderr

    def write(path: Path, content: bytes, **how: bool) -> None:
        assert others_wait()
        write_atomically(path, content, **how)

    monkeypatch.setattr(library, "write_atomically", write)
    save_to_library("mine", checkpoint_path)
    assert not others_wait()


def test_what_was_put_there_by_hand_meanwhile_stays(checkpoint_path, monkeypatch):
    by_hand = saved_folder() / "mine.safetensors"

    looked = library.list_models

    def look(*args, **how):
        found = looked(*args, **how)
        by_hand.parent.mkdir(parents=True, exist_ok=True)
        by_hand.write_bytes(b"by hand")  # after the last look, before it is written
        return found if how.get("viewer") else found[:0]

    monkeypatch.setattr(library, "list_models", look)
    with pytest.raises(ValueError, match="already"):
        save_to_library("mine", checkpoint_path, "one browser")
    assert by_hand.read_bytes() == b"by hand"
    assert list(saved_folder().iterdir()) == [by_hand]


def test_a_list_is_made_of_headers_each_read_once_a_version(checkpoint_path, monkeypatch):
    for name in ("one", "two"):
        save_to_library(name, checkpoint_path)
    content = checkpoint_path.read_bytes()
    weights = 8 + int.from_bytes(content[:8], "little")
    beheaded = saved_folder() / "beheaded.safetensors"
    beheaded.write_bytes(content[:weights])  # no weight at all
    read: list[Path] = []

    def noted(path: Path) -> Header:
        read.append(path)
        return read_header(path)

    monkeypatch.setattr(library, "read_header", noted)
    whole = load_checkpoint(checkpoint_path)
    for _ in range(3):
        described = {entry.name: entry.description for entry in list_models()}
    for name in ("one", "two", "beheaded"):
        assert described[name].model == whole.model_config
        assert described[name].train == whole.train_config
        assert described[name].record == whole.record
    assert read.count(beheaded) == 1
    assert len(read) == len(set(read))
    read.clear()
    beheaded.write_bytes(b"another version")
    assert [e.description for e in list_models() if e.name == "beheaded"] == [None]
    assert read == [beheaded]


def test_one_visitor_and_all_together_can_save_so_much(checkpoint_path, monkeypatch):
    monkeypatch.setattr(library, "SAVED_EACH", 2)
    monkeypatch.setattr(library, "SAVED_IN_ALL", 4)
    for name in ("one", "two"):
        save_to_library(name, checkpoint_path, "a")
    with pytest.raises(ValueError, match="one visitor can keep 2 models"):
        save_to_library("three", checkpoint_path, "a")
    assert not (saved_folder() / "three.owner").exists()
    save_to_library("three", checkpoint_path, "b")
    save_to_library("by the command line", checkpoint_path)
    with pytest.raises(ValueError, match="this server can keep 4 models"):
        save_to_library("four", checkpoint_path, "b")
    monkeypatch.setattr(library, "SAVED_BYTES_EACH", checkpoint_path.stat().st_size)
    with pytest.raises(ValueError, match="one visitor can keep"):
        save_to_library("four", checkpoint_path, "b")
    save_to_library("who has the disk is not asked", checkpoint_path)
