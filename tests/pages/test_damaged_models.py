"""One bad file takes no page from anybody: it is a line in a chooser, and a sentence if chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import torch

from tests.pages.helpers import open_page
from tests.vae_core.storage.damage import CONTENT, FILES
from vae_core.config import ModelConfig, TrainConfig
from vae_core.models.vae import VAE
from vae_core.storage.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from vae_core.storage.library import saved_folder

PAGES = ("latent_space.py", "surgery.py", "missing_labels.py", "discrete.py", "compare.py")
_CASES = Path(__file__).parents[1] / "cases"


def _model(change: Callable[[torch.Tensor], object]) -> bytes:
    """A model of the small digits whose weights were changed."""
    torch.manual_seed(0)
    model = VAE(ModelConfig(image_shape=(8, 8), hidden=(16,), decoder_hidden=(16,))).eval()
    for weight in model.requires_grad_(False).parameters():
        change(weight)
    path = saved_folder() / "made.safetensors"
    content = save_checkpoint(Checkpoint(model, TrainConfig(dataset="digits")), path).read_bytes()
    path.unlink()
    return content


WEIGHTS = {
    "of 1e38": lambda weight: weight.fill_(1e38),
    "of -1e15": lambda weight: weight.fill_(-1e15),
    "times 1e9": lambda weight: weight.mul_(1e9),
}


@pytest.fixture(scope="module")
def damaged() -> Iterator[list[str]]:
    """Names of models of every damage, side by side in the folder of saved models."""
    saved = saved_folder()
    saved.mkdir(parents=True, exist_ok=True)
    good = _model(lambda _: None)
    contents = {name: damage(good) for name, damage in CONTENT.items()}
    contents |= {name: _model(change) for name, change in WEIGHTS.items()}
    contents["times 1e8"] = _model(lambda weight: weight.mul_(1e8))
    contents |= {"kept": (_CASES / "diverged-kept.safetensors").read_bytes()}
    makers: dict[str, Callable[[Path], object]] = {
        name: partial(Path.write_bytes, data=content) for name, content in contents.items()
    }
    paths = []
    for name, make in (makers | FILES).items():
        paths.append(saved / f"{name}.safetensors")
        make(paths[-1])
    (saved / "\udcff.safetensors").write_bytes(b"")
    (saved / "kept.owner").mkdir()
    yield [path.stem for path in paths]
    for path in [*saved.iterdir()]:
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


@pytest.mark.parametrize("file", PAGES)
def test_every_page_opens_beside_every_damage(damaged, file):
    app = open_page(file)
    assert not app.exception
    assert not app.error
    for chooser in app.selectbox:
        if chooser.key == "model":
            assert len(chooser.options) > len(damaged)


@pytest.mark.parametrize("name", ["a pipe", "dtype a list", "a terabyte", *WEIGHTS])
@pytest.mark.parametrize("file", ["latent_space.py", "surgery.py"])
def test_a_damaged_model_that_a_link_asks_for_is_one_sentence(damaged, file, name):
    assert name in damaged
    app = open_page(file, model=name)
    assert not app.exception
    assert len(app.error) == 1
    assert app.selectbox(key="model").value == name


@pytest.mark.parametrize(
    ("file", "name"),
    [("latent_space.py", "kept"), ("surgery.py", "kept"), ("surgery.py", "times 1e8")],
)
def test_a_diverged_model_that_can_be_computed_with_is_shown(damaged, file, name):
    assert name in damaged
    owner = saved_folder() / "kept.owner"
    owner.rmdir()  # else it is nobody's
    app = open_page(file, model=name)
    owner.mkdir()
    assert not app.exception
    assert not app.error


def test_a_model_that_goes_while_it_is_listed_is_one_sentence(damaged, monkeypatch):
    del damaged
    monkeypatch.setattr("ui.library.loaded.version", lambda _: (1,))
    path = saved_folder() / "soon gone.safetensors"
    path.write_bytes((_CASES / "collapsed-8d.safetensors").read_bytes())

    def gone(path: Path) -> Checkpoint:
        if path.stem == "soon gone":
            path.unlink(missing_ok=True)
        return load_checkpoint(path)

    monkeypatch.setattr("ui.library.loaded.load_checkpoint", gone)
    app = open_page("latent_space.py", model="soon gone")
    assert not app.exception
    assert len(app.error) == 1
