"""Imports point inward: pages -> ui -> vae_core. Read from the source, whatever runs or not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FORBIDDEN = {
    "vae_core": {"ui", "pages", "app", "streamlit", "plotly"},
    "ui": {"pages", "app"},
    "ui/figures": {"pages", "app", "streamlit", "torch"},
    "pages": {"app", "torch"},
}


def imported(source: str) -> Iterator[str]:
    """Top-level names of all imports, those inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module is not None
            yield node.module.split(".")[0]


def test_the_reader_sees_every_kind_of_import():
    source = "import a.b, c as d\nfrom e.f import g\ndef h():\n    import i\nfrom . import j\n"
    assert sorted(imported(source)) == ["a", "c", "e", "i"]


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_point_inward(folder):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in imported(path.read_text(encoding="utf-8"))
        if name in FORBIDDEN[folder]
    ]
    assert wrong == []
