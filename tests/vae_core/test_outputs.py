"""What a command writes is not lost, and replaces nothing without a word."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.vae_core.command_line import TRAIN, complaint, last_json
from vae_core import commands, sweeping
from vae_core.__main__ import BAD_INPUT, DIVERGED, OUT_OF_MEMORY, main
from vae_core.config import ModelConfig, TrainConfig
from vae_core.files import write_atomically
from vae_core.jobs import RunView, TrainRequest
from vae_core.jobs.requests import Wishes
from vae_core.models.vae import VAE
from vae_core.outputs import Forgiving, require_output
from vae_core.storage import checkpoints
from vae_core.storage.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from vae_core.training import train_model

TINY = [*TRAIN[:3], "--epochs", "1", "--hidden", "4", "--batch-size", "2000"]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "digits.safetensors"
    torch.manual_seed(0)
    made = VAE(ModelConfig(image_shape=(8, 8), hidden=(4,), decoder_hidden=(4,)))
    return save_checkpoint(Checkpoint(made, TrainConfig(dataset="digits")), path)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("train --dataset digits", "a.safetensors"),
        ("encode MODEL --dataset digits", "a.npz"),
        ("decode MODEL --z 0,0", "a.png"),
        ("sweep --dataset digits --beta 1", "beta-1-seed-0.safetensors"),
    ],
)
def test_an_output_that_exists_is_replaced_only_by_force(
    model, tmp_path, capsys, monkeypatch, command, name
):
    monkeypatch.setattr(sweeping, "Runner", lambda: pytest.fail("it began"))
    taken = tmp_path / name
    taken.write_text("of somebody")
    output = tmp_path if command.startswith("sweep") else taken
    arguments = [*command.replace("MODEL", str(model)).split(), "--output", str(output)]
    assert f"{taken} exists" in complaint(capsys, arguments)
    assert taken.read_text() == "of somebody"
    if command.startswith(("encode", "decode")):
        assert main([*arguments, "--force"]) == 0
        assert taken.read_bytes() != b"of somebody"


def test_a_name_that_is_taken_while_it_trains_costs_nobody_a_model(tmp_path, capsys, monkeypatch):
    path = tmp_path / "a.safetensors"
    trains = train_model

    def train(*arguments):
        yield from trains(*arguments)
        path.write_text("of somebody else")

    monkeypatch.setattr(commands, "train_model", train)
    assert main([*TINY, "--output", str(path)]) == 0
    captured = capsys.readouterr()
    assert f"this is {path.with_name('a-2.safetensors')}" in captured.err
    assert last_json(captured.out)["dataset"] == "digits"
    assert path.read_text() == "of somebody else"
    assert load_checkpoint(path.with_name("a-2.safetensors")).dataset == "digits"


def test_a_model_too_large_to_be_opened_is_refused_before_it_trains(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(commands, "train_model", lambda *_: pytest.fail("training began"))
    wide = ["--hidden", "8192,8192,8192", "--output", str(tmp_path / "a.safetensors")]
    assert "not opened" in complaint(capsys, ["train", "--dataset", "digits", *wide])
    assert not list(tmp_path.iterdir())


def test_the_size_that_is_refused_is_the_one_that_is_not_opened(model, monkeypatch):
    config = load_checkpoint(model).model_config
    # The weights alone, and the most that a header may have: nothing larger can be written.
    most = 4 * sum(w.numel() for w in VAE(config).state_dict().values()) + 8 + 2**20
    monkeypatch.setattr(checkpoints, "MAX_FILE_BYTES", most)
    checkpoints.require_openable(config)
    monkeypatch.setattr(checkpoints, "MAX_FILE_BYTES", most - 1)
    with pytest.raises(ValueError, match="not opened"):
        checkpoints.require_openable(config)


def test_a_history_of_any_length_can_be_read_again(model, tmp_path):
    names = ("seconds", "reconstruction_nll", "kl", "elbo", "beta", "skipped_steps", "temperature")
    points = [{"epoch": n, **dict.fromkeys(names, -n / 7.123456789e7)} for n in range(100_001)]
    path = tmp_path / "long.safetensors"
    found = load_checkpoint(model)
    train = TrainConfig(dataset="digits", epochs=100_000)
    save_checkpoint(Checkpoint(found.model, train, points), path)
    history = load_checkpoint(path).history
    assert (history[0]["epoch"], history[-1]["epoch"]) == (0, 100_000)
    steps = np.diff([point["epoch"] for point in history])
    assert steps.max() - steps.min() <= 1


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"
        ),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
    ],
)
def test_out_of_memory_is_one_line_with_a_status_of_its_own(tmp_path, capsys, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(commands, "train_model", fail)
    asked = [*TINY, "--output", str(tmp_path / "a.safetensors")]
    assert OUT_OF_MEMORY not in (DIVERGED, BAD_INPUT, 0)
    assert "not enough memory" in complaint(capsys, asked, OUT_OF_MEMORY)


def test_another_error_of_torch_is_not_taken_for_it(tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(commands, "train_model", fail)
    with pytest.raises(RuntimeError, match="shapes"):
        main([*TINY, "--output", str(tmp_path / "a.safetensors")])


def test_a_sweep_of_which_nothing_comes_does_not_end_well(capsys, monkeypatch):
    class NoRunner:
        def close(self) -> None:
            pass

    def run(_runner: NoRunner, requests: list[TrainRequest]):
        for place, request in enumerate(requests):
            yield RunView(
                f"{place:016x}", request, "failed", "Training diverged.", 0, 0, None, (), (), 0.0,
                None, Wishes(), (), False, (), None,
            )  # fmt: skip

    monkeypatch.setattr(sweeping, "Runner", NoRunner)
    monkeypatch.setattr(sweeping, "run_all", run)
    assert main(["sweep", "--dataset", "digits", "--beta", "0,1,1"]) == DIVERGED
    captured = capsys.readouterr()
    assert last_json(captured.out) == []
    assert captured.err.splitlines()[-1] == (
        "vae_core: none of the 2 runs was done. Training diverged."
    )


@pytest.mark.parametrize("length", [255, 256, 300, 5000])
def test_a_name_is_as_long_as_the_disk_takes_it_or_refused_at_once(tmp_path, capsys, length):
    name = "a" * (length - len(".npz")) + ".npz"
    path = tmp_path / name
    if length == 255:
        require_output(path, ".npz", force=False)
        write_atomically(path, b"whole", replace=False)
        assert path.read_bytes() == b"whole"
    else:
        asked = ["encode", "none", "--dataset", "digits", "--output", str(path)]
        said = complaint(capsys, asked)
        assert "too long" in said
        assert len(said) < 200


def test_many_samples_are_refused_before_anything_is_computed(model, capsys):
    asked = ["evaluate", str(model), "--dataset", "digits", "--importance-samples", "1000000000"]
    assert "from 1 to 100,000, got 1000000000" in complaint(capsys, asked)


def test_what_nobody_reads_ends_nothing():
    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    for stream in (None, Closed()):
        forgiving = Forgiving(stream)
        assert forgiving.write("epoch 1") == 7
        forgiving.flush()
        assert not forgiving.isatty()


@pytest.mark.parametrize("closed", ["2>&-", "2> >(true)"])
def test_a_training_whose_stderr_is_closed_keeps_its_model(tmp_path, closed):
    path = tmp_path / "a.safetensors"
    command = " ".join([sys.executable, "-m", "vae_core", *TINY, "--output", str(path), closed])
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert last_json(done.stdout)["dataset"] == "digits"
    assert load_checkpoint(path).record.epochs == 1
