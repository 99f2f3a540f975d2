"""Words that were given up for the field's stay away from what a person reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.docs.helpers import ROOT, tree_of

# What is not written -> what is.
GIVEN_UP = {
    "on board": "bundled",
    "not compare": "are not comparable",
    "images per step": "batch size",
    "go on epoch": "resume",
}


def texts(of: str) -> Iterator[tuple[str, str]]:
    """Every string of the Python files below a folder, f-strings and docstrings with them."""
    for path in sorted((ROOT / of).rglob("*.py")):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", " ".join(node.value.split())


def documents() -> Iterator[tuple[str, str]]:
    for path in [*ROOT.glob("docs/*.md"), *ROOT.glob("*.md"), *ROOT.glob("checkpoints/*.md")]:
        if path.name != "CHANGELOG.md":
            yield path.name, " ".join(path.read_text("utf-8").split())


@pytest.mark.parametrize(("word", "better"), GIVEN_UP.items())
def test_a_word_that_was_given_up_stays_away(word: str, better: str) -> None:
    found = [
        where
        for source in (texts("ui"), texts("pages"), texts("vae_core"), documents())
        for where, text in source
        if word in text.lower()
    ]
    assert found == [], f"write: {better}"


def test_no_docstring_begins_with_of() -> None:
    """It would be a fragment: 'Of independent draws' says nothing of what is returned."""
    found = [
        where
        for folder in ("ui", "vae_core")
        for where, text in texts(folder)
        if text.startswith("Of ") and text.endswith(".")
    ]
    assert found == []
