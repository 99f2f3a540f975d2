"""Every chart and table says where its numbers come from, and every snippet gives its number."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from tests.docs.helpers import ROOT, find
from tests.pages.helpers import choose_tiny, labels, open_page, open_train, press, wait_for
from ui.common import charts, saving, tables
from ui.common.saving import Saved
from ui.runs.client import STARTED
from vae_core.provenance import Provenance, Unmeasured

# With a page's link, where what it shows at first is not all.
PAGES = [
    ("latent_space.py", {}),
    ("interpolate.py", {}),
    ("kl_switch.py", {}),
    ("overlap.py", {}),
    ("elbo.py", {}),
    ("surgery.py", {}),
    ("surgery.py", {"model": "mnist-16d-beta-1"}),
    ("likelihood.py", {}),
    ("reparameterisation.py", {}),
    ("missing_labels.py", {}),
    ("discrete.py", {}),
]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Saved]:
    """What each menu of the page would offer."""
    seen: list[Saved] = []
    for module in (charts, tables, saving):
        monkeypatch.setattr(module, "menu", seen.append)
    return seen


def printed(code: str) -> float:
    """The last line that a snippet prints."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        exec(compile(code, "<snippet>", "exec"), {})
    return float(text.getvalue().split()[-1])


def check(found: list[Saved]) -> None:
    assert found
    assert len({saved.key for saved in found}) == len(found)
    for saved in found:
        about = saved.about
        if isinstance(about, Unmeasured):
            assert about.reason.endswith("."), saved.key
            continue
        assert isinstance(about, Provenance)
        for one in about.measured:
            names = re.findall(r"(?:vae_core|ui)(?:\.\w+)+", one.function)
            scripts = re.findall(r"vae_core/[\w/]+\.js", one.function)  # the browser's own code
            assert names or scripts, (saved.key, one)
            assert all(find(name) is not None for name in names), (saved.key, names)
            assert all((ROOT / script).is_file() for script in scripts), (saved.key, scripts)
        assert all(model.name for model in about.models)


def check_snippets(found: list[Saved]) -> None:
    snippets = {
        saved.about.reproduction.code: saved.about.reproduction
        for saved in found
        if isinstance(saved.about, Provenance) and saved.about.reproduction
    }
    assert snippets, "nothing on this page can be reproduced"
    for code, reproduction in snippets.items():
        # Sums over threads differ in their last digits.
        assert printed(code) == pytest.approx(reproduction.value, rel=2e-5, abs=1e-5), code


@pytest.mark.parametrize(("file", "query"), PAGES)
def test_a_page_says_where_its_numbers_come_from_and_gives_them_again(
    file: str, query: dict[str, str], found: list[Saved]
) -> None:
    app = open_page(file, **query)
    assert not app.exception
    check(found)
    check_snippets(found)


def test_a_run_can_be_trained_again(found: list[Saved]) -> None:
    app = choose_tiny(open_train(), epochs=2).run()
    press(app, next(label for label in labels(app) if label.startswith("Train")))
    run_ids = list(app.session_state[STARTED.name])
    wait_for(run_ids)
    found.clear()
    open_train(run_ids[0])
    check(found)
    check_snippets(found)
    found.clear()
    app = open_page("compare.py", runs=",".join(run_ids))
    assert not app.exception
    check(found)
    check_snippets(found)
