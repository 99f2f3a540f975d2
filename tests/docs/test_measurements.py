"""The numbers of draws in docs/measurements.md are those in the code."""

from __future__ import annotations

import re

import pytest

from tests.docs.helpers import ROOT, constant

TEXT = (ROOT / "docs" / "measurements.md").read_text("utf-8")

# Row of the table of ELBOs -> the constant that its column of draws gives.
ROWS = {
    6: "ui.elbo.measured.ELBO_DRAWS",
    7: "vae_core.exact.posteriors._POINTS",
    9: "ui.elbo.measured.BOUND_DRAWS",
    10: "ui.elbo.measured.FEW_DRAWS",
    12: "vae_core.exact.optimal_q._NODES",
    13: "vae_core.storage.measured.SURGERY_DRAWS",
    15: "ui.discrete.measured._ELBO_DRAWS",
}
# Heading -> the constant that its bullet "Draws" gives.
ENTRIES = {
    "Reconstruction NLL": "ui.likelihood.measured.DRAWS",
    "log p(x), sampled": "ui.elbo.measured.ELBO_DRAWS",
    "What overlap costs": "vae_core.storage.measured.COST_DRAWS",
    "Mutual information and marginal KL": "vae_core.storage.measured.SURGERY_DRAWS",
    "A toy with closed forms": "ui.reparameterisation.measured.TOY_DRAWS",
    "On the decoder of the model on screen": "ui.reparameterisation.measured.DECODER_DRAWS",
    "Of a categorical z": "ui.discrete.measured.GRADIENT_DRAWS",
    "Gumbel-Softmax on the triangle": "ui.discrete.measured.SIMPLEX_DRAWS",
}
KEYS = ("Shown", "Estimator", "Draws", "Error", "Function")


def numbers(text: str) -> set[int]:
    return {int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\b", text)}


def values(name: str) -> set[int]:
    """Those of a constant, or of a line that gives several."""
    value = constant(name)
    return set(value) if isinstance(value, tuple) else {int(str(value))}


def entries() -> dict[str, dict[str, str]]:
    """Heading -> key -> value."""
    parts = [part.split("\n", 1) for part in re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]]
    return {
        title: dict(re.findall(r"^- (\w+): (.+)$", body, re.MULTILINE)) for title, body in parts
    }


@pytest.mark.parametrize(("row", "name"), ROWS.items())
def test_a_row_has_the_draws_of_the_code(row: int, name: str) -> None:
    (line,) = re.findall(rf"^\| {row} \|.*$", TEXT, re.MULTILINE)
    assert values(name) <= numbers(line.split("|")[4])


@pytest.mark.parametrize(("title", "name"), ENTRIES.items())
def test_an_entry_has_the_draws_of_the_code(title: str, name: str) -> None:
    assert values(name) <= numbers(entries()[title]["Draws"])


def test_every_entry_says_how_it_was_measured() -> None:
    for title, bullets in entries().items():
        assert [key for key in bullets if key in KEYS] == list(KEYS), title
