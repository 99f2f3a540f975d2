"""docs/glossary.md is read by programs: its form is held here, and each page it names exists."""

from __future__ import annotations

import re

import pytest

from tests.docs.helpers import ROOT
from tests.pages.helpers import pages_table

REQUIRED = ["Symbol", "Unit", "Meaning", "Page", "Source"]


def entries() -> list[tuple[str, dict[str, str]]]:
    """(term, key -> value) in the order of the file; anything that is no bullet is refused."""
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    found = []
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        term, *lines = filter(None, part.split("\n"))
        bullets = {}
        for line in lines:
            match = re.fullmatch(r"- (\w+): (.+)", line)
            assert match, f"{term}: {line!r} is no bullet with a key"
            key, value = match.groups()
            assert key not in bullets, f"{term}: two bullets {key}"
            bullets[key] = value
        found.append((term, bullets))
    return found


PAGES = {title for rows in pages_table().values() for _, title, _ in rows}
ENTRIES = entries()


@pytest.mark.parametrize(
    "bullets", [bullets for _, bullets in ENTRIES], ids=[term for term, _ in ENTRIES]
)
def test_an_entry_has_its_keys_in_order_and_its_pages_exist(bullets: dict[str, str]) -> None:
    assert list(bullets) in (REQUIRED, ["Also", *REQUIRED])
    assert bullets["Meaning"].endswith(".")
    assert set(bullets["Page"].split(", ")) <= PAGES


def test_terms_are_in_alphabetical_order_and_each_name_means_one_thing() -> None:
    terms = [term for term, _ in ENTRIES]
    assert terms == sorted(terms, key=str.casefold)
    names = [
        name.casefold()
        for term, bullets in ENTRIES
        for name in [term, *filter(None, bullets.get("Also", "").split(", "))]
    ]
    assert sorted(set(names)) == sorted(names)


def test_every_page_has_a_term() -> None:
    """A page without one would have nothing to explain."""
    named = {page for _, bullets in ENTRIES for page in bullets["Page"].split(", ")}
    assert named == PAGES
