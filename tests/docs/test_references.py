"""What the documents name exists: every dotted name of the code, and every file."""

from __future__ import annotations

import re

import pytest

from tests.docs.helpers import ROOT, find

DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in [
        *sorted(ROOT.glob("docs/*.md")),
        *ROOT.glob("checkpoints/*.md"),
        *ROOT.glob("*.md"),
    ]
    if path.name != "CHANGELOG.md"  # it tells of files that are gone
}
FOLDERS = ("vae_core", "ui", "pages", "checkpoints", "tests", "benchmarks", "docs", r"\.ci")
SUFFIXES = ("py", "js", "mjs", "css", "md", "toml", "yaml", "svg", "png", "json")


def dotted_names(text: str) -> list[str]:
    """Names in backticks such as ``vae_core.module.function``."""
    return sorted(set(re.findall(rf"`((?:{'|'.join(FOLDERS)})(?:\.\w+)+)`", text)))


def paths(text: str) -> list[str]:
    """Names of files and folders; one with a placeholder, an address or an output names none."""
    for skipped in (r"\S*<[^>\s]+>\S*", r"https?://\S+", r"--output \S+"):
        text = re.sub(skipped, " ", text)
    name = r"[\w.\-]+"
    folder = rf"(?<![\w./$~\-])(?:{'|'.join(FOLDERS)})/(?:{name}/)*(?:{name})?"
    file = rf"(?<![\w./$~*\-])(?:{name}/)*{name}\.(?:{'|'.join(SUFFIXES)})\b"
    return sorted({found.rstrip(".") for found in re.findall(f"{folder}|{file}", text)})


@pytest.mark.parametrize(
    ("document", "name"),
    [(where, name) for where, text in DOCUMENTS.items() for name in dotted_names(text)],
)
def test_a_name_of_the_code_exists(document: str, name: str) -> None:
    assert find(name) is not None, f"{document} names {name}"


@pytest.mark.parametrize(
    ("document", "path"),
    [(where, path) for where, text in DOCUMENTS.items() for path in paths(text)],
)
def test_a_file_exists(document: str, path: str) -> None:
    beside = (ROOT / document).parent
    assert (ROOT / path).exists() or (beside / path).exists(), f"{document} names {path}"


@pytest.mark.parametrize("folder", ["vae_core", "ui", "pages", "benchmarks", "checkpoints"])
def test_a_name_in_a_docstring_exists(folder: str) -> None:
    missing = [
        f"{path.relative_to(ROOT)} names {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in re.findall(r"``((?:vae_core|ui)(?:\.\w+)+)``", path.read_text("utf-8"))
        if find(name) is None
    ]
    assert missing == []


def test_a_name_that_is_not_there_is_noticed() -> None:
    assert find("vae_core.models.elbo.ElboTerms.elbo_B") is not None
    assert find("vae_core.models.elbo.ElboTerms.elbow") is None
    assert find("vae_core.models.elbow") is None
    text = "see `vae_core/none.py`, docs/ and x.md; runs/<id>/y.json at https://a/b.md"
    assert paths(text) == ["docs/", "vae_core/none.py", "x.md"]
