"""Options of the command line: what their help promises, and lists of numbers of any kind."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from contextlib import redirect_stderr
from dataclasses import fields
from io import StringIO
from math import inf, nextafter
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.__main__ import command_line, main
from vae_core.config import ModelConfig, TrainConfig
from vae_core.options import SETTINGS, Setting
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.library import list_models, save_to_library
from vae_core.sweeping import configs

OPTIONS = [
    pytest.param(option, id=f"{name}-{option.name}")
    for name, command in command_line.commands.items()
    for option in command.params
    if isinstance(option, click.Option)
]
RANGED = {name: setting for name, setting in SETTINGS.items() if setting.low is not None}

# Settings that only some models read are tried with one of those.
READERS: dict[str, dict[str, Any]] = {
    "categories": {"model": "categorical-vae"},
    "clusters": {"model": "pseudo-labels"},
    "noise_sd": {"likelihood": "gaussian"},
}


# --- help


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_has_a_sentence_and_its_default(option: click.Option):
    assert option.help is not None
    about, _, default = option.help.partition("  [default: ")
    assert about[0].isupper()
    assert about.endswith(".")
    assert default.endswith("]") or option.required or option.name in ("z", "grid")


def test_without_options_the_configs_have_their_defaults():
    required = ["--dataset", "mnist-5k", "--output", "a.safetensors"]
    settings = command_line.commands["train"].make_context("train", required).params
    assert settings.keys() - SETTINGS.keys() == {"dataset", "output", "resume", "force"}
    del settings["dataset"]
    assert configs("mnist-5k", settings) == (ModelConfig(), TrainConfig())


def try_value(name: str, value: float) -> None:
    of_model = name in {field.name for field in fields(ModelConfig)}
    (ModelConfig if of_model else TrainConfig)(**{**READERS.get(name, {}), name: value})


@pytest.mark.parametrize(("name", "setting"), RANGED.items())
def test_the_range_in_the_help_is_that_of_the_config(name: str, setting: Setting):
    assert setting.low is not None
    default = getattr(ModelConfig, name, getattr(TrainConfig, name, None))

    def beside(value: float, towards: float) -> float:
        if isinstance(default, int):
            return int(value) + (1 if towards > value else -1)
        return nextafter(value, towards)

    least = beside(setting.low, inf) if setting.above else setting.low
    try_value(name, least)
    with pytest.raises(ValueError, match=name):
        try_value(name, beside(least, -inf))
    greatest = setting.high if setting.high < inf else sys.float_info.max
    try_value(name, greatest)
    with pytest.raises(ValueError, match=name):
        try_value(name, beside(greatest, inf))


def test_help_of_every_command_is_there_before_torch():
    code = (
        "import sys\nfrom vae_core.__main__ import command_line, main\n"
        "for command in ('', *command_line.commands):\n"
        "    assert main([*command.split(), '--help']) == 0\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    done = as_process("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Usage: ") == 1 + len(command_line.commands)


# --- examples


def examples(capsys: pytest.CaptureFixture[str], command: str) -> list[list[str]]:
    """The arguments of every example that the help of a command shows."""
    assert main([command, "--help"]) == 0
    _, _, below = capsys.readouterr().out.partition("Example:\n")
    found = [shlex.split(line) for line in below.splitlines() if line]
    assert found
    for line in found:
        assert line[:4] == ["python", "-m", "vae_core", command]
    return [line[3:] for line in found]


def test_the_examples_work_one_after_the_other(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train, resume = examples(capsys, "train")
    assert main([*train, "--epochs", "1", "--hidden", "16"]) == 0
    assert resume[:3] == ["train", "--resume", "model.safetensors"]
    assert main([*resume, "--epochs", "2"]) == 0
    # The others read the file that the first one writes; those of sweep and share need none.
    for command in command_line.commands.keys() - {"train", "sweep", "share"}:
        for example in examples(capsys, command):
            assert main(example) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "model.safetensors",
        "latents.npz",
        "digit.png",
        "sheet.png",
    }


def test_the_example_of_share_lists_a_saved_model_to_all(
    tmp_path, capsys, monkeypatch, checkpoint_path
):
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path))
    (share,) = examples(capsys, "share")
    assert main(share) == 2
    assert "no saved model named 'My model'" in capsys.readouterr().err
    save_to_library("My model", checkpoint_path, "a secret")
    assert "My model" not in [entry.name for entry in list_models(viewer="another")]
    assert main(share) == 0
    assert "My model" in [entry.name for entry in list_models(viewer="another")]


def test_the_example_of_sweep_prints_a_table_of_the_models_that_it_keeps(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    (sweep,) = examples(capsys, "sweep")
    assert sweep[-4:] == ["--beta", "0,4", "--seeds", "0,1"]
    kept = tmp_path / "kept"
    shorter = ["--dataset", "digits", "--epochs", "1", "--hidden", "16", "--output", str(kept)]
    assert main([*sweep, *shorter]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("| 0 | 2 |")]) == 1
    rows = json.loads(lines[-1])
    assert [(row["beta"], row["runs"]) for row in rows] == [(0.0, 2), (4.0, 2)]
    for row in rows:
        models = [kept / f"beta-{row['beta']:g}-seed-{seed}.safetensors" for seed in (0, 1)]
        elbos = [load_checkpoint(model).history[-1]["elbo"] for model in models]
        assert row["elbo"]["mean"] == pytest.approx(sum(elbos) / 2)


# --- completion


def as_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, **environment},
    )


CONSOLE_COMMAND = (
    "import sys; from vae_core.__main__ import main; sys.argv[0] = 'latent-explorer'; main()"
)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_complete_and_what(shell):
    def asked(instruction: str, **words: str) -> str:
        variable = {"_LATENT_EXPLORER_COMPLETE": f"{shell}_{instruction}"}
        done = as_process("-c", CONSOLE_COMMAND, **variable, **words)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert "_LATENT_EXPLORER_COMPLETE" in asked("source")
    for line, last in (("train --mod", "--model"), ("train --device cp", "cpu")):
        words = f"latent-explorer {line}"
        # fish names the word that it completes, the others where in the line it stands.
        position = line.split()[-1] if shell == "fish" else str(len(line.split()))
        offered = asked("complete", COMP_WORDS=words, COMP_CWORD=position)
        assert last in offered.replace(",", "\n").replace("\t", "\n").splitlines()


def test_names_of_data_sets_are_completed():
    context = command_line.commands["train"].make_context("train", [], resilient_parsing=True)
    (option,) = (p for p in context.command.params if p.name == "dataset")
    assert [item.value for item in option.shell_complete(context, "mnist-")] == [
        "mnist-5k",
        "mnist-55k",
    ]


# --- lists of numbers

LISTS = {
    "hidden": ["train", "--dataset", "digits", "--output", "a.safetensors"],
    "decoder-hidden": ["train", "--dataset", "digits", "--output", "a.safetensors"],
    "beta": ["sweep", "--dataset", "digits"],
    "seeds": ["sweep", "--dataset", "digits", "--beta", "1"],
    "z": ["decode", "model.safetensors", "--output", "a.png"],
}
ANY_TEXT = st.text() | st.text("0123456789+-.,e_ \n") | st.text("\x00\x85\u2028٣,-")


def parsed(option: str, text: str) -> tuple[float, ...]:
    """What the command line makes of ``--option text``, without running the command."""
    command, *others = LISTS[option]
    context = command_line.commands[command].make_context(command, [*others, f"--{option}", text])
    value: tuple[float, ...] = context.params[option.replace("-", "_")]
    return value


@given(numbers=st.lists(st.floats(allow_nan=False), min_size=1))
@pytest.mark.parametrize("option", ["beta", "z"])
def test_numbers_come_back_as_they_were_written(option, numbers):
    assert parsed(option, ",".join(map(repr, numbers))) == tuple(numbers)


@given(numbers=st.lists(st.integers(), min_size=1))
@pytest.mark.parametrize("option", ["hidden", "decoder-hidden", "seeds"])
def test_whole_numbers_come_back_as_they_were_written(option, numbers):
    assert parsed(option, ",".join(map(str, numbers))) == tuple(numbers)


@given(text=ANY_TEXT)
@pytest.mark.parametrize("option", LISTS)
def test_any_text_is_a_list_of_numbers_or_one_sentence(option, text):
    kind = float if option in ("beta", "z") else int
    try:
        value = parsed(option, text)
    except click.UsageError:
        said = StringIO()
        with redirect_stderr(said):
            assert main([*LISTS[option], f"--{option}", text]) == 2
        (line,) = said.getvalue().splitlines()
        assert f"'--{option}': expected " in line
        assert "numbers such as" in line
    else:
        assert len(value) == text.count(",") + 1
        assert all(type(number) is kind for number in value)


@given(text=st.lists(st.integers(-1, 9999).map(str), max_size=14).map(",".join))
def test_widths_that_are_numbers_are_layers_or_one_sentence(text):
    try:
        widths = parsed("hidden", text)
    except click.UsageError:
        assert text == ""
        return
    if len(widths) <= 12 and all(1 <= width <= 8192 for width in widths):
        model_config, _ = configs("digits", {"hidden": widths})
        assert model_config.hidden == model_config.decoder_hidden == widths
    else:
        with pytest.raises(ValueError, match="hidden must"):
            configs("digits", {"hidden": widths})
