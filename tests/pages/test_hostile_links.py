"""Links that somebody made to break a page, or to have it say what is not ours."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.pages.helpers import open_page
from tests.vae_core.jobs.damaged_runs import sound_run, sound_run_of
from vae_core.config import ModelKind
from vae_core.jobs.requests import UmapRequest, to_json
from vae_core.jobs.run_folder import write_json
from vae_core.paths import BUNDLED
from vae_core.storage.library import saved_folder

# Page, the name of its runs in the link, and a kind of model that it shows.
GROUPS: list[tuple[str, str, ModelKind]] = [
    ("train.py", "run", "vae"),
    ("sweep.py", "sweep", "vae"),
    ("reparameterisation.py", "estimators", "vae"),
    ("missing_labels.py", "label_runs", "mlp"),
]


@pytest.mark.parametrize(("page", "group", "shown"), GROUPS)
def test_a_run_of_another_kind_is_a_sentence(page, group, shown):
    other = sound_run_of("mlp" if shown == "vae" else "vae").run_id
    umap = sound_run()
    write_json(umap.request, to_json(UmapRequest("model", "plane")))
    for run_id in (other, umap.run_id):
        app = open_page(page, **{group: run_id})
        assert not app.exception
        [error] = [one.value for one in app.error]
        assert run_id in error
    app = open_page(page, **{group: sound_run_of(shown).run_id})
    assert not app.exception
    assert not app.error


def test_a_model_that_does_not_classify_these_images_is_left_out():
    folder = sound_run_of("mlp")
    shutil.copy(BUNDLED / "mnist-2d-beta-1.safetensors", folder.model)  # not what it was asked for
    app = open_page("missing_labels.py", label_runs=folder.run_id)
    assert not app.exception
    [warning] = [one.value for one in app.warning]
    assert "does not classify" in warning


def test_twenty_thousand_runs_are_a_few_lines():
    ids = ",".join(f"{number:016x}" for number in range(20_000))
    for page, group in (("sweep.py", "sweep"), ("compare.py", "runs")):
        app = open_page(page, **{group: ids})
        assert not app.exception
        assert len(app.warning) <= 5
        assert max(len(one.value) for one in app.warning) < 600


@pytest.mark.parametrize("number", ["inf", "1e400", "-1e400", "nan", "9" * 5000])
@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("latent_space.py", ["place", "view", "selection", "pins", "sheet"]),
        ("reparameterisation.py", ["path_mu", "toy_scale", "decoder_scale", "pins"]),
        ("train.py", ["train_beta", "train_epochs", "train_seed", "train_rate_128"]),
    ],
)
def test_a_number_that_is_none_is_the_default(page, names, number):
    app = open_page(page, **dict.fromkeys(names, number))
    assert not app.exception
    assert not app.error
    assert max([len(one.value) for one in app.warning], default=0) < 600


def test_a_name_is_no_tag_in_a_chart():
    name = "<a href=x>y.safetensors"
    saved_folder().mkdir(parents=True, exist_ok=True)
    path = Path(shutil.copy(BUNDLED / "mnist-2d-beta-1.safetensors", saved_folder() / name))
    try:
        app = open_page("compare.py", runs=quote(name))
    finally:
        path.unlink()
    assert not app.exception
    charts = [chart.proto.spec for chart in app.get("plotly_chart")]
    assert any("&lt;a href=x&gt;y" in spec for spec in charts)
    assert not any("<a" in spec for spec in charts)
