"""Runs whose folders are damaged: sentences on the pages, and everybody trains on."""

from __future__ import annotations

import pytest

from tests.pages.helpers import labels, loaded, open_page, open_train, text
from tests.vae_core.jobs.damaged_runs import (
    CONTENTS,
    JSON_FILES,
    OWNER,
    damage,
    damaged_snapshots,
    sound_run,
)


@pytest.fixture(scope="module")
def damaged() -> list[str]:
    found = []
    for file in JSON_FILES:
        for kind in ("no JSON", "a list", "odd values", "no steps"):
            folder = sound_run()
            damage(folder, file, CONTENTS[kind])
            found.append(folder.run_id)
    return found


@pytest.mark.parametrize("name", ["sweep.py?sweep", "missing_labels.py?label_runs"])
def test_a_page_opens_on_damaged_runs(damaged, name):
    page, group = name.split("?")
    app = open_page(page, **{group: ",".join(damaged[-30:])})
    assert not app.exception
    assert "is damaged" in text(app)


def test_compare_and_the_list_of_runs_go_without_them(damaged, monkeypatch):
    monkeypatch.setattr("ui.common.state.session", lambda: OWNER)
    sound = sound_run().run_id
    app = open_page("compare.py", runs=",".join([sound, *damaged[4:7]]))
    assert not app.exception
    app = open_train()
    options = app.selectbox(key="own_run").options
    assert any(option.endswith(f"({sound[:4]})") for option in options)


@pytest.mark.parametrize("name", ["mu another size", "samples not finite", "label text", "empty"])
def test_train_shows_a_run_without_its_damaged_plane(name):
    folder, content = sound_run(), damaged_snapshots()[name]
    folder.snapshot.write_bytes(content)
    folder.epoch_snapshot(3).write_bytes(content)
    app = open_train(folder.run_id)
    assert "Done" in text(app)
    assert not app.error


@pytest.mark.parametrize("content", [None, b"[1]"])
def test_a_layout_whose_folder_is_gone_or_damaged_is_offered_again(content, monkeypatch):
    monkeypatch.setattr("ui.plane.planes.load_umap", lambda *_: None)
    app = open_page("latent_space.py", model="mnist-16d-beta-1", projection="umap")
    digest = loaded("mnist-16d-beta-1").digest
    folder = sound_run()
    folder.request.unlink() if content is None else folder.request.write_bytes(content)
    app.session_state[f"umap_{digest}"] = folder.run_id
    app.run()
    assert not app.exception
    assert len(app.error) == 1
    assert "Lay them out" in labels(app)
