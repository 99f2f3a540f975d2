"""The commands, and what the planes say, of a categorical VAE."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae_core.__main__ import main
from vae_core.evaluation.encodings import decode_latents
from vae_core.pictures.image_files import to_png
from vae_core.storage.checkpoints import load_checkpoint

# --- the command line


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "digits.safetensors"
    settings = "--model categorical-vae --latent-dim 4 --categories 3 --hidden 16 --epochs 2"
    more = "--temperature 2 --temperature-end 0.4 --straight-through --dataset digits"
    assert main(["train", "--output", str(path), *settings.split(), *more.split()]) == 0
    return path


def test_train_evaluate_and_encode(trained, tmp_path, capsys):
    checkpoint = load_checkpoint(trained)
    assert (checkpoint.model_config.latent_dim, checkpoint.model_config.categories) == (4, 3)
    assert checkpoint.train_config.straight_through
    assert 0.4 < checkpoint.history[-1]["temperature"] < 0.5
    assert main(["evaluate", str(trained), "--dataset", "digits"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["elbo"] == pytest.approx(checkpoint.history[-1]["elbo"], abs=1.0)
    out = tmp_path / "z.npz"
    assert main(["encode", str(trained), "--dataset", "digits", "--output", str(out)]) == 0
    with np.load(out) as stored:
        np.testing.assert_allclose(stored["mu"].reshape(-1, 4, 3).sum(axis=2), 1, atol=1e-5)


def test_decode_takes_categories(trained, tmp_path):
    out = tmp_path / "digit.png"
    assert main(["decode", str(trained), "--z", "0,2,1,1", "--output", str(out)]) == 0
    model = load_checkpoint(trained).latent_model
    z = np.zeros((1, 4, 3))
    z[0, range(4), [0, 2, 1, 1]] = 1
    expected = to_png(decode_latents(model, z.reshape(1, 12)), (8, 8))
    assert out.read_bytes() == expected
    with Image.open(out) as picture:
        assert picture.size == (8, 8)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--z", "0,1"], "4 categories"),
        (["--z", "0,1,2,3"], "0 to 2"),
        (["--z", "0,1,2,0.5"], "whole number"),
        (["--z", "0,1,2,inf"], "whole number"),
        (["--z", "0,1,2,1e300"], "whole number"),
        (["--grid", "5"], "2 latent dimensions"),
    ],
)
def test_decode_says_what_is_wrong(trained, tmp_path, capsys, options, words):
    out = tmp_path / "digit.png"
    assert main(["decode", str(trained), *options, "--output", str(out)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert words in line
    assert not out.exists()


def test_what_needs_a_gaussian_says_so(trained, capsys):
    command = ["evaluate", str(trained), "--dataset", "digits", "--importance-samples", "5"]
    assert main(command) == 2
    assert "a model of the kind 'vae'" in capsys.readouterr().err
