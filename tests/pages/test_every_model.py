"""Every page opens on every model: collapsed, diverged, of few and many dimensions, of any kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import open_page, pages_table
from tests.pages.helpers import text as words_of
from vae_core.config import LikelihoodKind, ModelConfig, TrainConfig
from vae_core.data import DATASETS, load_split
from vae_core.likelihoods import usual_binarisation
from vae_core.models.vae import VAE
from vae_core.storage.checkpoints import Checkpoint, save_checkpoint
from vae_core.storage.library import saved_folder
from vae_core.training import train_model

FILES = [file for rows in pages_table().values() for file, _, _ in rows]
NO_NUMBER = re.compile(
    r"(?<![\w.)}])[-−]0(?:\.0+)?(?![\d.]*[1-9])(?!\.?\d)"  # minus zero
    r"|\b(?:nan|inf)\b|\d{12}"  # none at all, or more digits than anybody reads
)
HYPHEN = re.compile(r"(?<![\w-])-\d")  # where a minus should be; formulas have their own


def _trained(
    latent_dim: int = 2, beta: float = 1.0, likelihood: LikelihoodKind = "bernoulli"
) -> Checkpoint:
    """A small model of the small digits, trained for a moment."""
    model = ModelConfig(
        image_shape=DATASETS["digits"].image_shape,
        latent_dim=latent_dim,
        hidden=(64, 64),
        decoder_hidden=(64, 64),
        likelihood=likelihood,
    )
    train = TrainConfig(
        dataset="digits",
        beta=beta,
        epochs=10,
        batch_size=128,
        learning_rate=4e-3,
        binarisation=usual_binarisation(likelihood),
    )
    images = (load_split("digits", "train"), load_split("digits", "test"))
    *_, last = train_model(model, train, *images)
    return Checkpoint(last.model, train)


def _by_hand(change: Callable[[VAE], None], image_shape: tuple[int, int] = (8, 8)) -> Checkpoint:
    """A model that no training has seen, with weights of ours."""
    torch.manual_seed(0)
    config = ModelConfig(image_shape=image_shape, hidden=(16,), decoder_hidden=(16,))
    model = VAE(config).eval().requires_grad_(False)
    change(model)
    return Checkpoint(model, TrainConfig(dataset="digits"))


def _encoder_says_nothing(model: VAE) -> None:
    for weights in model.encoder.parameters():
        weights.zero_()


def _weights_explode(model: VAE) -> None:
    for weights in model.parameters():
        weights.mul_(1e4)


MODELS: dict[str, Callable[[], Checkpoint]] = {
    "collapsed in 2 dimensions": lambda: _trained(2, beta=784.0),
    "collapsed in 8 dimensions": lambda: _trained(8, beta=1000.0),
    "exactly the prior": lambda: _by_hand(_encoder_says_nothing),
    "diverged": lambda: _by_hand(_weights_explode),
    "1 dimension": lambda: _trained(1),
    "16 dimensions": lambda: _trained(16),
    "64 dimensions": lambda: _trained(64),
    "Gaussian": lambda: _trained(likelihood="gaussian"),
    "Gaussian, learned": lambda: _trained(likelihood="gaussian-learned"),
    "continuous Bernoulli": lambda: _trained(likelihood="continuous-bernoulli"),
    "28 x 20 pixels": lambda: _by_hand(lambda _: None, image_shape=(28, 20)),
}


@pytest.fixture(scope="module", params=list(MODELS))
def model(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a saved model, which is gone when its tests are done."""
    saved_folder().mkdir(parents=True, exist_ok=True)
    path = saved_folder() / f"{request.param}.safetensors"
    save_checkpoint(MODELS[request.param](), path)
    yield request.param
    path.unlink()


def _words(app: AppTest) -> list[str]:
    """The lines of all that the page says, numbers and the texts of its charts among it."""
    parts = words_of(app).split("\n")
    parts += [metric.value for metric in app.metric]
    parts += [button.label for button in app.button]
    for chart in app.get("plotly_chart"):
        parts += _texts(json.loads(chart.proto.spec)["layout"])
    return parts


def _texts(of: object) -> Iterator[str]:
    """Titles, labels of ticks and notes of a chart."""
    if isinstance(of, str):
        yield of
    elif isinstance(of, dict | list):
        for part in of.values() if isinstance(of, dict) else of:
            yield from _texts(part)


@pytest.mark.parametrize("file", FILES)
def test_a_page_opens_on_a_model(model: str, file: str) -> None:
    app = open_page(file, model=model, place="-0.004_-0.5")
    assert not app.exception, [one.message for one in app.exception]
    words, formulas = _words(app), [formula.value for formula in app.latex]
    assert not [line for line in words + formulas if NO_NUMBER.search(line)]
    assert not [line for line in words if HYPHEN.search(line)]
    if model == "28 x 20 pixels" and any(box.key == "model" for box in app.selectbox):
        [error] = app.error
        assert "28 × 20" in error.value
        assert "8 × 8" in error.value
    else:
        assert not app.error, [one.value for one in app.error]
