"""What the tests of the browser's code share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import vae_core.web

WEB = Path(vae_core.web.__file__).parent
OLDEST = (20, 19)


def node() -> str:
    """The path of a node that is new enough; skips the test where there is none."""
    path = shutil.which("node")
    if path is None:
        _do_without("no node on this machine (Debian: apt-get install nodejs)")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = map(int, re.findall(r"\d+", version)[:2])
    if (major, minor) < OLDEST:
        _do_without(f"node {version.strip()} is older than {OLDEST[0]}.{OLDEST[1]}")
    return path


def declared(room: str, interface: str) -> set[str]:
    """Names of an interface's fields, as ``types.d.ts`` of a room declares them."""
    text = (WEB / room / "types.d.ts").read_text("utf-8")
    body = re.search(rf"^export interface {interface} .*?\{{$(.*?)^\}}$", text, re.S | re.M)
    assert body, f"{room} declares no {interface}"
    return set(re.findall(r"^  (\w+): ", body[1], re.M))


def _do_without(reason: str) -> None:
    if os.environ.get("LATENT_EXPLORER_BROWSER") == "required":
        pytest.fail(reason)
    pytest.skip(reason)
