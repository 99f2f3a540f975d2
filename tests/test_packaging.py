"""What ``pip install`` takes along, and the checks before a commit."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def pinned(name: str) -> set[str]:
    """Names in a file of requirements; each has one exact version."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    pins = [line.split("==") for line in lines if line and not line.startswith("-r ")]
    assert all(len(pin) == 2 for pin in pins)
    return {distribution.lower() for distribution, _ in pins}


def imported(*places: str) -> Iterator[str]:
    """Top-level names that the modules there import, without Python's and the project's own."""
    for place in places:
        for path in [ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                yield from (name.split(".")[0] for name in names)


@pytest.mark.parametrize(
    ("places", "requirements"),
    [
        (["vae_core"], ["requirements-core.txt"]),
        (["app.py", "pages", "ui"], ["requirements-core.txt", "requirements.txt"]),
    ],
)
def test_what_is_imported_is_a_direct_dependency(places, requirements):
    distributions = packages_distributions()
    others = set(imported(*places)) - sys.stdlib_module_names - {"vae_core", "ui", "pages", "app"}
    needed = {distributions[name][0].lower() for name in others}
    assert needed <= set().union(*map(pinned, requirements))


def test_the_package_has_the_browser_code_with_it():
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]["vae_core"]
    packed = {path for pattern in patterns for path in (ROOT / "vae_core").glob(pattern)}
    files = {
        path
        for path in (ROOT / "vae_core").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert files == packed != set()


def test_every_folder_with_modules_is_a_package():
    # setuptools leaves out a folder without __init__.py, silently.
    for path in (ROOT / "vae_core").rglob("*.py"):
        assert (path.parent / "__init__.py").is_file(), path


def test_the_checks_before_a_commit_are_those_of_ci():
    lines = (ROOT / ".pre-commit-config.yaml").read_text().splitlines()
    hooks = {line.split("entry: ")[1] for line in lines if "entry: " in line}
    assert hooks
    assert hooks <= set((ROOT / ".ci/run").read_text().splitlines())
