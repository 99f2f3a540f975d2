"""Whatever lies in the folder of saved models: it is listed, and one sentence says what it is."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vae_core.storage.damage import CONTENT, FILES
from vae_core.__main__ import BAD_INPUT, main
from vae_core.ownership import hashed
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.header import CheckpointError
from vae_core.storage.library import ModelEntry, list_models, saved_folder, share_model

GOOD = "a sound one"


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_RUNS_DIR", str(tmp_path_factory.mktemp("runs")))
        saved_folder().mkdir(parents=True)
        yield saved_folder()


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    """Whoever opens a pipe without a writer would wait for ever."""

    def give_up(*_: object) -> None:
        raise TimeoutError("it waits")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def entry_of(name: str, viewer: str | None = None) -> ModelEntry:
    [entry] = [entry for entry in list_models(viewer=viewer) if entry.name == name]
    return entry


def assert_one_sentence(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    said = str(caught.value)
    said.encode()  # a page can send it
    assert "\n" not in said
    assert 10 < len(said) < 300
    assert main(["encode", str(path), "--dataset", "digits", "--output", "z.npz"]) == BAD_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"vae_core: {' '.join(said.split())}\n"


def both(saved: Path, checkpoint_path: Path, make: Callable[[Path], object]) -> Path:
    """A damaged model beside a sound one."""
    for path in saved.iterdir():
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    (saved / f"{GOOD}.safetensors").write_bytes(checkpoint_path.read_bytes())
    path = saved / "damaged.safetensors"
    make(path)
    return path


def assert_harmless(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(entry_of("damaged").kind, str)
    assert entry_of("damaged", viewer="anybody") in list_models("vae", "anybody")
    assert_one_sentence(path, capsys)
    assert load_checkpoint(entry_of(GOOD).path).model_config.latent_dim == 2


@pytest.mark.parametrize("kind", CONTENT)
def test_damaged_content_is_one_sentence_on_that_model_alone(saved, checkpoint_path, capsys, kind):
    content = CONTENT[kind](checkpoint_path.read_bytes())
    path = both(saved, checkpoint_path, lambda path: path.write_bytes(content))
    entry = entry_of("damaged")
    assert entry.kind == "vae"
    assert_harmless(path, capsys)


@pytest.mark.parametrize("kind", FILES)
def test_what_is_no_file_is_one_sentence_on_that_model_alone(saved, checkpoint_path, capsys, kind):
    assert_harmless(both(saved, checkpoint_path, FILES[kind]), capsys)


def test_a_file_that_must_not_be_read(saved, checkpoint_path, capsys, monkeypatch):
    content = checkpoint_path.read_bytes()
    path = both(saved, checkpoint_path, lambda path: path.write_bytes(content))
    opened = os.open

    def refuse(name: str | Path, *rest: int) -> int:  # a mode keeps nothing from root
        if Path(name) == path:
            raise PermissionError(13, "Permission denied", str(name))
        return opened(name, *rest)

    monkeypatch.setattr(os, "open", refuse)
    assert_harmless(path, capsys)


def test_a_name_that_is_no_text(saved, checkpoint_path, capsys):
    content = checkpoint_path.read_bytes()
    path = both(saved, checkpoint_path, lambda path: path.write_bytes(content))
    odd = path.rename(os.fsdecode(os.fsencode(saved) + b"/\xff\xfe.safetensors"))
    entry = entry_of(r"\udcff\udcfe")
    assert load_checkpoint(entry.path).model_config.latent_dim == 2
    assert entry.kind == "vae"
    odd.write_bytes(b"")
    assert_one_sentence(odd, capsys)


def test_a_file_that_goes_between_two_looks(saved, checkpoint_path, capsys):
    content = checkpoint_path.read_bytes()
    path = both(saved, checkpoint_path, lambda path: path.write_bytes(content))
    entry = entry_of("damaged")
    path.unlink()
    assert entry.kind == "vae"
    assert_one_sentence(path, capsys)
    with pytest.raises(ValueError, match="no saved model"):
        share_model("damaged")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.write_bytes(b"\xff")])
def test_an_owner_that_cannot_be_read_is_nobody(saved, checkpoint_path, make):
    content = checkpoint_path.read_bytes()
    path = both(saved, checkpoint_path, lambda path: path.write_bytes(content))
    owner = path.with_name("damaged.owner")
    make(owner)
    assert GOOD in [entry.name for entry in list_models(viewer="anybody")]
    assert "damaged" not in [entry.name for entry in list_models(viewer="anybody")]
    owner.rmdir() if owner.is_dir() else owner.unlink()
    owner.write_bytes(hashed("anybody").encode())
    assert "damaged" in [entry.name for entry in list_models(viewer="anybody")]
