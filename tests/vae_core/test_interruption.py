"""A training that a signal ends keeps its model, says so, and goes on from there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vae_core.__main__ import main
from vae_core.storage.checkpoints import load_checkpoint

TRAIN = ["train", "--dataset", "digits", "--hidden", "24,12", "--seed", "7"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_keeps_the_model_and_resume_goes_on(name: str, tmp_path: Path, capsys):
    path = tmp_path / "a.safetensors"
    command = [sys.executable, "-m", "vae_core", *TRAIN, "--epochs", "100000"]
    with subprocess.Popen(
        [*command, "--output", str(path)],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        for line in process.stderr:
            if line.startswith("epoch 3/"):
                break
        process.send_signal(getattr(signal, name))
        last = process.stderr.read().splitlines()[-1]
        assert process.stdout.read() == ""
        assert process.wait(60) == 128 + getattr(signal, name)
    record = load_checkpoint(path).record
    assert record.epochs is not None
    assert record.epochs >= 3
    assert record.ended == "stopped"
    assert last.startswith("vae_core: stopped after")
    assert str(path) in last
    assert [file.name for file in tmp_path.iterdir()] == [path.name], "nothing half-written"

    wanted = int(record.epochs) + 2
    before = [dict(point) for point in load_checkpoint(path).history]
    assert main(["train", "--resume", str(path), "--epochs", str(wanted)]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    after = load_checkpoint(path)
    assert [dict(point) for point in after.history[: len(before)]] == before
    assert after.history[-1]["epoch"] == wanted
    assert (after.record.ended, after.train_config.epochs) == ("done", wanted)
    assert figures["seed"] == 7


def test_more_epochs_than_a_finished_model_had(tmp_path: Path, capsys):
    path, longer = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    assert main([*TRAIN, "--epochs", "2", "--output", str(path)]) == 0
    arguments = ["train", "--resume", str(path), "--output", str(longer)]
    assert main([*arguments, "--epochs", "4"]) == 0
    capsys.readouterr()
    assert [point["epoch"] for point in load_checkpoint(longer).history] == [0, 1, 2, 3, 4]
    assert load_checkpoint(path).history[-1]["epoch"] == 2, "the first one stays"

    for more, said in (
        ([], "has been trained for 2 epochs"),
        (["--epochs", "1"], "has been trained for 2 epochs"),
        (["--epochs", "4", "--beta", "2"], "--beta is not allowed with --resume"),
        (["--epochs", "4", "--dataset", "mnist-5k"], "was trained on digits"),
    ):
        assert main([*arguments, *more]) == 2
        assert said in capsys.readouterr().err
    assert main(["train", "--output", str(path)]) == 2
    assert "missing option '--dataset'" in capsys.readouterr().err
