"""docs/measurements.md as records: the page that is read is the one that the app tells."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from vae_core.provenance import Measurement

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "measurements.md"


def measurement(name: str) -> Measurement:
    """How a quantity is measured.

    Args:
        name: a heading of docs/measurements.md, or "ELBO 13" for a row of its table of ELBOs.

    Raises:
        KeyError: there is no such heading or row.
    """
    return _all()[name]


@cache
def _all() -> dict[str, Measurement]:
    text = _PAGE.read_text("utf-8")
    return {one.quantity: one for one in [*_rows(text), *_entries(text)]}


def _rows(text: str) -> list[Measurement]:
    notes = {
        number: _plain(" ".join(note.split()))
        for number, note in re.findall(r"^(\d+)\. (.+?)(?=^\d+\. |\n\n)", text, re.M | re.S)
    }
    found = []
    for row in re.findall(r"^\| (\d+ \|.+)\|$", text, re.M):
        number, _, function, draws, seed, pixels, images, error = map(_plain, row.split("|"))
        with_seed = draws if seed == "–" else f"{draws}, seed {seed}"
        found.append(
            Measurement(f"ELBO {number}", notes[number], with_seed, pixels, images, error, function)
        )
    return found


def _entries(text: str) -> list[Measurement]:
    found = []
    # A heading of either level ends an entry, or its bullets would take those of the next chapter.
    for part in re.split(r"^#{2,3} ", text, flags=re.M)[1:]:
        title, _, body = part.partition("\n")
        bullets = {key: _plain(value) for key, value in re.findall(r"^- (\w+): (.+)$", body, re.M)}
        if "Estimator" in bullets:
            keys = ("Estimator", "Draws", "Pixels", "Images", "Error", "Function")
            found.append(Measurement(title, *(bullets.get(key, "") for key in keys)))
    return found


def _plain(text: str) -> str:
    return text.replace("`", "").strip()
