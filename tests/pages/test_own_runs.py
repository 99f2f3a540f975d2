"""Runs are their browser's: gone on with, found again, renamed, deleted, saved for oneself."""

from __future__ import annotations

import pytest

from tests.pages.helpers import (
    choose_tiny,
    labels,
    linked,
    open_page,
    open_train,
    press,
    run_until,
    text,
)
from vae_core.jobs import MAX_EPOCHS, read_run
from vae_core.jobs.requests import ABANDONED_SECONDS, MAX_SECONDS
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.library import share_model


@pytest.fixture
def one_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """All sessions have one secret, as the tabs of a browser do."""
    monkeypatch.setattr("ui.common.state.session", lambda: "the secret of one browser")


def test_the_limits_are_said_before_train_is_pressed():
    said = text(open_train())
    for limit in (f"{MAX_EPOCHS} epochs", f"{MAX_SECONDS // 60} minutes", "pauses and waits"):
        assert limit in said
    assert f"After {ABANDONED_SECONDS // 60} minutes" in said


@pytest.mark.usefixtures("one_browser")
def test_a_paused_run_stops_nobody_and_is_found_after_a_reload():
    app = choose_tiny(open_train(), epochs=500)
    app.select_slider(key="train_batch").set_value(32)
    app.number_input(key="train_seed").set_value(11)
    press(app, "Train")
    run_id = linked(app, "run")
    run_until(app, lambda: "Pause" in labels(app))
    press(app, "Pause")
    run_until(app, lambda: read_run(run_id).state == "paused")
    press(choose_tiny(app.run(), epochs=1), "Train")  # the same session
    assert linked(app, "run") != run_id
    run_until(app, lambda: "Save model" in labels(app))

    tab = open_train()  # without a link
    assert tab.selectbox(key="own_run").options[0].startswith("digits")
    tab.selectbox(key="own_run").set_value(run_id).run()
    press(tab, "Show")
    assert linked(tab, "run") == run_id
    press(tab, "Resume")
    run_until(tab, lambda: read_run(run_id).state == "running")
    press(tab.run(), "Stop")
    run_until(tab, lambda: "Save model" in labels(tab))

    epochs = read_run(run_id).epoch
    press(tab, "Resume")  # stopped by hand: the rest of it, as a run of its own
    rest = linked(tab, "run")
    run_until(tab, lambda: read_run(rest).epoch > epochs)
    press(tab.run(), "Stop")
    run_until(tab, lambda: "Save model" in labels(tab))


def test_a_finished_run_is_made_longer():
    app = press(choose_tiny(open_train(), epochs=2), "Train")
    first = linked(app, "run")
    run_until(app, lambda: "Save model" in labels(app))
    app.number_input(key=f"longer_{first}").set_value(4).run()
    press(app, "Go on")
    run_until(app, lambda: "**Done.** 4 epochs" in text(app))
    history = load_checkpoint(read_run(linked(app, "run")).model_path).history
    assert [point["epoch"] for point in history] == [0, 1, 2, 3, 4]
    assert [dict(point) for point in history[:3]] == [dict(p) for p in read_run(first).curve]


@pytest.mark.usefixtures("one_browser")
def test_the_same_again_is_there_at_once_and_can_be_trained_anew():
    app = choose_tiny(open_train(), epochs=2)
    app.number_input(key="train_seed").set_value(12)
    press(app, "Train")
    run_until(app, lambda: "Save model" in labels(app))
    first = linked(app, "run")
    press(app, "Train")
    run_until(app, lambda: "Save model" in labels(app))
    assert linked(app, "run") != first
    assert "not computed again" in text(app)
    press(app, "Train it anew")
    run_until(app, lambda: "Save model" in labels(app))
    assert "not computed again" not in text(app)


@pytest.mark.usefixtures("one_browser")
def test_a_run_is_renamed_and_deleted():
    app = choose_tiny(open_train(), epochs=1)
    app.number_input(key="train_seed").set_value(13)
    press(app, "Train")
    run_id = linked(app, "run")
    run_until(app, lambda: "Save model" in labels(app))
    app.run()
    app.selectbox(key="own_run").set_value(run_id).run()
    app.text_input(key=f"own_run_name_{run_id}").set_value("the *first*").run()
    chooser = app.selectbox(key="own_run")
    assert [label for label in chooser.options if label.startswith("the *first* (digits")]
    compared = open_page("compare.py").multiselect(key="runs")
    assert any(run_id[:4] in label for label in compared.options)
    press(app, "Delete this run")
    with pytest.raises(ValueError, match="there is no run"):
        read_run(run_id)
    assert not app.exception


def test_saved_models_are_their_owners_until_they_are_shared():
    app = choose_tiny(open_train(), epochs=1)
    app.number_input(key="train_seed").set_value(14)
    press(app, "Train")
    run_id = linked(app, "run")
    run_until(app, lambda: "Save model" in labels(app))
    app.text_input(key=f"train_name_{run_id}").set_value("of one person")
    press(app, "Save model")
    press(app, "Open in Latent space")
    assert app.selectbox(key="model").value == "of one person"

    def listed(**query: str) -> bool:
        chooser = open_page("latent_space.py", **query).selectbox(key="model")
        return any("of one person" in option for option in chooser.options)

    assert not listed()
    assert listed(model="of one person"), "whoever has the link sees it"
    share_model("of one person")
    assert listed()
