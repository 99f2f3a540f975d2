"""Commands as a person gives them, and what they print."""

from __future__ import annotations

import json
from typing import Any

from vae_core.__main__ import main

TRAIN = ["train", "--dataset", "digits", "--epochs", "2", "--hidden", "24,12", "--seed", "7"]


def last_json(text: str) -> Any:
    return json.loads(text.splitlines()[-1])


def complaint(capsys, arguments: list[str], status: int = 2) -> str:
    """The one line on stderr of a command that must fail."""
    assert main(arguments) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    if status == 2:
        assert len(lines) == 1
    assert lines[-1].startswith("vae_core: ")
    return lines[-1]
