"""The command line: its promises to scripts, and one clear line for every mistake."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import norm

from tests.vae_core.command_line import TRAIN, complaint, last_json
from vae_core import commands
from vae_core.__main__ import main
from vae_core.data import load_split
from vae_core.evaluation.encodings import manifold_grid
from vae_core.pictures.image_files import to_png
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.training.vae import train

FIGURES = {
    "elbo", "reconstruction_nll", "kl", "images", "seconds", "dataset", "split", "seed",
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "new folder" / "digits.safetensors"
    assert main([*TRAIN, "--output", str(path)]) == 0
    return path


# --- train


def test_train_saves_the_model_and_ends_with_its_figures(trained, capsys):
    checkpoint = load_checkpoint(trained)
    assert checkpoint.model_config.hidden == checkpoint.model_config.decoder_hidden == (24, 12)
    assert checkpoint.model_config.image_shape == (8, 8)
    assert checkpoint.train_config.seed == 7
    assert [point["epoch"] for point in checkpoint.history] == [0, 1, 2]
    again = trained.with_name("again.safetensors")
    assert main([*TRAIN, "--output", str(again)]) == 0
    captured = capsys.readouterr()
    figures = last_json(captured.out)
    assert set(figures) == FIGURES
    assert (figures["dataset"], figures["split"], figures["images"]) == ("digits", "test", 360)
    assert figures["seed"] == 7
    assert figures["seconds"] > 0
    assert figures["elbo"] == pytest.approx(-figures["reconstruction_nll"] - figures["kl"])
    assert [line.split(":")[0] for line in captured.err.splitlines()] == [
        "epoch 0/2",
        "epoch 1/2",
        "epoch 2/2",
    ]
    weights = load_checkpoint(again).model.state_dict()
    for name, weight in checkpoint.model.state_dict().items():
        assert torch.equal(weight, weights[name])
    assert main(["evaluate", str(again), "--dataset", "digits"]) == 0
    evaluated = last_json(capsys.readouterr().out)
    assert {**evaluated, "seconds": 0} == {**figures, "seconds": 0}


def test_every_setting_of_train_reaches_the_configs(tmp_path, capsys):
    path = tmp_path / "a.safetensors"
    settings = (
        "--model vae --latent-dim 3 --hidden 9 --decoder-hidden 8,7 --likelihood bernoulli "
        "--beta 0.5 --epochs 1 --batch-size 500 --learning-rate 0.001 --seed 5 "
        "--weight-decay 0.01 --binarisation fixed --device cpu"
    )
    assert main(["train", "--dataset", "digits", "--output", str(path), *settings.split()]) == 0
    assert last_json(capsys.readouterr().out)["seed"] == 5
    checkpoint = load_checkpoint(path)
    model, training = checkpoint.model_config, checkpoint.train_config
    assert (model.latent_dim, model.hidden, model.decoder_hidden) == (3, (9,), (8, 7))
    assert (training.beta, training.epochs, training.batch_size) == (0.5, 1, 500)
    assert (training.learning_rate, training.binarisation) == (0.001, "fixed")
    assert (training.seed, training.device, training.dataset) == (5, "cpu", "digits")
    assert training.weight_decay == 0.01


def test_a_diverged_run_keeps_its_last_finite_model(tmp_path, capsys):
    path = tmp_path / "a.safetensors"
    line = complaint(capsys, [*TRAIN, "--learning-rate", "1e30", "--output", str(path)], status=1)
    assert "diverged in epoch 1" in line
    checkpoint = load_checkpoint(path)
    assert [point["epoch"] for point in checkpoint.history] == [0]
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


def test_an_interrupted_run_leaves_no_file(tmp_path, capsys, monkeypatch):
    def interrupted(*arguments):
        yield next(train(*arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "train_model", interrupted)
    line = complaint(capsys, [*TRAIN, "--output", str(tmp_path / "a.safetensors")], status=130)
    assert line == "vae_core: interrupted"
    assert list(tmp_path.iterdir()) == []


# --- evaluate, encode, decode, datasets


def test_the_importance_weighted_bound_is_added_and_tighter(trained, capsys):
    arguments = ["evaluate", str(trained), "--dataset", "digits", "--split", "train"]
    assert main([*arguments, "--importance-samples", "20"]) == 0
    figures = last_json(capsys.readouterr().out)
    assert set(figures) == FIGURES | {"importance_weighted_bound"}
    assert (figures["split"], figures["images"]) == ("train", 1437)
    assert figures["elbo"] < figures["importance_weighted_bound"] < figures["elbo"] + 5


def test_encode_writes_what_the_encoder_says(trained, tmp_path):
    path = tmp_path / "latents.npz"
    assert main(["encode", str(trained), "--dataset", "digits", "--output", str(path)]) == 0
    images = load_split("digits", "test")
    mu_NZ, logvar_NZ = load_checkpoint(trained).model.encode(images.x_ND)
    with np.load(path, allow_pickle=False) as file:
        assert set(file) == {"mu", "logvar", "label"}
        np.testing.assert_array_equal(file["mu"], mu_NZ.numpy())
        np.testing.assert_array_equal(file["logvar"], logvar_NZ.numpy())
        np.testing.assert_array_equal(file["label"], images.label_N.numpy())


def decoded(trained: Path, z_PZ: list[list[float]], columns: int) -> np.ndarray:
    images_PD = load_checkpoint(trained).model.decode(torch.tensor(z_PZ, dtype=torch.float32))
    rows = images_PD.reshape(-1, columns, 8, 8).permute(0, 2, 1, 3).reshape(-1, columns * 8)
    return (rows * 255).round().numpy()


@pytest.mark.parametrize("z", ["0.5,-1", "-1.5,2", "-.5,-1e-1"])
def test_decode_draws_one_point(trained, tmp_path, z):
    path = tmp_path / "digit.png"
    assert main(["decode", str(trained), "--z", z, "--output", str(path)]) == 0
    with Image.open(path) as picture:
        drawn = np.asarray(picture).astype(float)
    expected = decoded(trained, [[float(part) for part in z.split(",")]], 1)
    assert np.abs(drawn - expected).max() <= 1  # a tie may round either way


def test_decode_draws_a_sheet_with_z2_upwards(trained, tmp_path):
    path = tmp_path / "sheet.png"
    assert main(["decode", str(trained), "--grid", "4", "--output", str(path)]) == 0
    with Image.open(path) as picture:
        drawn = np.asarray(picture).astype(float)
    axis = norm.ppf([0.05, 0.35, 0.65, 0.95])
    z_PZ = [[z1, z2] for z2 in axis[::-1] for z1 in axis]
    assert np.abs(drawn - decoded(trained, z_PZ, 4)).max() <= 1


def test_the_sheet_is_laid_over_the_quantiles_of_the_prior():
    z_PZ = manifold_grid(20)
    assert z_PZ.shape == (400, 2)
    quantiles_PZ = norm.cdf(z_PZ)
    np.testing.assert_allclose(np.unique(quantiles_PZ.round(9)), np.linspace(0.05, 0.95, 20))
    np.testing.assert_allclose(quantiles_PZ[0], [0.05, 0.95])  # top left
    np.testing.assert_allclose(quantiles_PZ[-1], [0.95, 0.05])  # bottom right


# --- mistakes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "missing command"),
        ("explain", "no such command 'explain'"),
        ("train --dataset digits", "missing option '--output'"),
        ("train --dataset digits --output OUT --epoch 3", "no such option '--epoch'"),
        ("train --dataset digits --output OUT --epochs many", "'many' is not a valid integer"),
        ("train --dataset digits --output OUT --epochs", "'--epochs' requires an argument"),
        ("train --dataset digits --output OUT more", "unexpected extra argument (more)"),
        ("train --dataset digits --output OUT --epochs 0", "epochs must be"),
        ("train --dataset digits --output OUT --beta -1", "beta must be a finite number >= 0"),
        ("train --dataset digits --output OUT --beta nan", "beta must be a finite number >= 0"),
        ("train --dataset cifar --output OUT", "unknown data set 'cifar'"),
        ("train --dataset digits --output OUT --hidden 12,x", "whole numbers such as 256,256"),
        ("train --dataset digits --output OUT --hidden 0", "a width in hidden"),
        ("train --dataset digits --output OUT --latent-dim 65", "latent_dim must be"),
        ("train --dataset digits --output OUT --model gan", "model must be one of vae, "),
        ("train --dataset digits --output OUT --model gan", "classification-rbm, got 'gan'"),
        ("train --dataset digits --output OUT --likelihood cauchy", "likelihood must be one of"),
        ("train --dataset digits --output OUT --device tpu", "device must be one of"),
        ("train --dataset digits --output OUT.png", "must end in .safetensors"),
        ("train --dataset digits --output FILE/a.safetensors", "cannot be written"),
        ("train --dataset digits --output FOLDER", "is a folder"),
        ("evaluate MODEL", "missing option '--dataset'"),
        ("evaluate NONE --dataset digits", "there is no checkpoint"),
        ("evaluate FILE --dataset digits", "not a safetensors file"),
        ("evaluate MODEL --dataset mnist-5k", "takes images of 8 x 8 pixels"),
        ("evaluate MODEL --dataset cifar", "unknown data set 'cifar'"),
        ("evaluate MODEL --dataset digits --split dev", "train or test, got 'dev'"),
        ("evaluate MODEL --dataset digits --importance-samples 0", "from 1 to 100,000"),
        ("encode MODEL --dataset digits --output OUT", "must end in .npz"),
        ("encode MODEL --dataset mnist-5k --output OUT.npz", "takes images of 8 x 8 pixels"),
        ("decode MODEL --output OUT.png", "one of --z and --grid is required"),
        ("decode MODEL --z 1,2 --grid 3 --output OUT.png", "not allowed with"),
        ("decode MODEL --z --output OUT.png", "expected numbers such as 0.5,-1"),
        ("decode MODEL --z 1;2 --output OUT.png", "expected numbers such as 0.5,-1"),
        ("decode MODEL --z 1 --output OUT.png", "z must be 2 finite numbers for this model, got 1"),
        ("decode MODEL --z -1,2,3 --output OUT.png", "z must be 2 finite numbers"),
        ("decode MODEL --z nan,0 --output OUT.png", "z must be 2 finite numbers"),
        ("decode MODEL --z 1e39,0 --output OUT.png", "so far out"),
        ("decode MODEL --grid 1 --output OUT.png", "from 2 to 100, got 1"),
        ("decode MODEL --grid 101 --output OUT.png", "from 2 to 100, got 101"),
        ("decode MODEL --grid 3 --output OUT", "must end in .png"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    trained, tmp_path, capsys, monkeypatch, arguments, words
):
    monkeypatch.setattr(commands, "train_model", lambda *_: pytest.fail("training began"))
    shutil.copy(trained, tmp_path / "model.safetensors")
    (tmp_path / "file.txt").write_text("no checkpoint")
    (tmp_path / "folder.safetensors").mkdir()
    before = sorted(tmp_path.rglob("*"))
    places = {
        "OUT": "new/out.safetensors",
        "MODEL": "model.safetensors",
        "FILE": "file.txt",
        "FOLDER": "folder.safetensors",
        "NONE": "none.safetensors",
    }
    if "OUT." in arguments:
        places["OUT"] = "new/out"
    for name, place in places.items():
        arguments = arguments.replace(name, str(tmp_path / place))
    assert words in complaint(capsys, arguments.split())
    assert sorted(tmp_path.rglob("*")) == before


def test_a_ruined_model_is_said_to_be_no_good_one(capsys):
    path = Path(__file__).parents[1] / "cases" / "diverged-kept.safetensors"
    assert main(["evaluate", str(path), "--dataset", "digits"]) == 0
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f"{path.name}: this is no good model: 1 of 5 epochs, ended early, worse than untrained"
    ]
    assert last_json(told.out)["elbo"] < -1e23


def test_a_grid_needs_a_plane(tmp_path, capsys):
    path = tmp_path / "a.safetensors"
    assert main([*TRAIN, "--epochs", "1", "--latent-dim", "3", "--output", str(path)]) == 0
    capsys.readouterr()
    line = complaint(
        capsys, ["decode", str(path), "--grid", "3", "--output", str(tmp_path / "a.png")]
    )
    assert "2 latent dimensions, this one has 3" in line


# --- as a process of its own


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )


def test_the_process_ends_with_the_status_and_a_clean_stderr(trained, tmp_path):
    path = tmp_path / "a.png"
    done = run("-m", "vae_core", "decode", str(trained), "--z=0,0", "--output", str(path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    mean_D = load_checkpoint(trained).model.decode(torch.zeros(1, 2))
    assert path.read_bytes() == to_png(mean_D, (8, 8))
    wrong = run("-m", "vae_core", "decode", str(path), "--z=0,0", "--output", str(path))
    assert wrong.returncode == 2
    assert len(wrong.stderr.splitlines()) == 1


# --- sweep


def test_a_sweep_with_a_bad_list_is_one_line(capsys):
    assert "numbers such as" in complaint(capsys, ["sweep", "--dataset", "digits", "--beta", "a"])


def test_schedules_and_free_bits_reach_the_model(tmp_path, capsys):
    path = tmp_path / "a.safetensors"
    options = ["--beta-schedule", "cyclical", "--cycles", "2", "--free-bits", "0.25"]
    assert main([*TRAIN, *options, "--output", str(path)]) == 0
    config = load_checkpoint(path).train_config
    assert (config.beta_schedule, config.cycles, config.free_bits) == ("cyclical", 2, 0.25)
    capsys.readouterr()
    said = complaint(capsys, [*TRAIN, "--beta-schedule", "x", "--output", str(path)])
    assert "beta_schedule must be one of constant, warm-up, cyclical, cool-down, got 'x'" in said
