"""A group of runs, with a queue and run folders that are dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import address
from ui.common.state import owner
from ui.runs import run_group
from ui.runs.queue_words import waiting
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import RunView, TrainRequest
from vae_core.jobs.requests import Wishes

QUEUED = RunView(
    run_id="",
    request=TrainRequest(ModelConfig(), TrainConfig()),
    state="queued",
    message="",
    position=0,
    ahead=0,
    wait_seconds=None,
    curve=(),
    dimension_kl=(),
    fraction=0.0,
    seconds_left=None,
    wishes=Wishes(),
    changes=(),
    paused=False,
    snapshot_epochs=(),
    model_path=None,
)


class Queue:
    """Keeps what it is asked for; ``full`` refuses."""

    def __init__(self) -> None:
        self.views: dict[str, RunView] = {}
        self.owners: dict[str, str] = {}
        self.full = False

    def submit_all(
        self, requests: Sequence[TrainRequest], _session: str, owner: str, *, anew: bool
    ) -> list[str]:
        assert not anew
        if self.full:
            raise ValueError("the queue is full")
        names = [f"r{len(self.views) + place}" for place in range(len(requests))]
        self.owners |= dict.fromkeys(names, owner)
        self.views |= {name: replace(QUEUED, run_id=name) for name in names}
        return names

    def ask(self, run_id: str, owner: str, **wishes: object) -> None:
        assert self.owners[run_id] == owner
        if wishes == {"stop": True}:
            self.change(run_id, state="stopped", message="It was stopped.")
        else:
            assert wishes == {"hold": None}
            self.change(run_id, state="queued", paused=False)

    def change(self, run_id: str, **fields: Any) -> None:
        self.views[run_id] = replace(self.views[run_id], **fields)

    def read(self, run_id: str) -> RunView:
        if run_id not in self.views:
            raise ValueError(f"there is no run {run_id}")
        return self.views[run_id]


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    held = Queue()
    monkeypatch.setattr(run_group, "runner", lambda: held)
    monkeypatch.setattr(run_group, "read_run", held.read)
    monkeypatch.setattr(run_group, "mine", lambda run_id: held.owners[run_id] == owner())
    return held


def page() -> None:
    import streamlit as st

    from ui.common import links
    from ui.runs.client import STARTED
    from ui.runs.run_group import RunGroup
    from vae_core.config import ModelConfig, TrainConfig
    from vae_core.jobs import TrainRequest

    request = TrainRequest(ModelConfig(), TrainConfig())

    def show(views):
        st.code(" ".join(view.state for view in views))

    with links.page():
        sweep = RunGroup("sweep", most=5)
        if st.button("two"):
            sweep.start([request, request])
        kept = RunGroup("kept", most=2, grows=True, compared=False)
        if st.button("one"):
            kept.start([request])
        st.text(f"{sweep.ids()} {kept.ids()} {STARTED.get()}")
        sweep.watch(show)


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    [button] = [button for button in app.button if button.label == label]
    button.click().run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return app.text[0].value


def test_runs_that_are_started_take_the_place_of_the_last_and_are_in_the_link():
    app = press(opened(), "two")
    assert text(app) == "('r0', 'r1') () ('r0', 'r1')"
    press(app, "two")
    assert text(app) == "('r2', 'r3') () ('r0', 'r1', 'r2', 'r3')"
    assert address(app) == {"sweep": "r2,r3"}


def test_a_group_that_grows_keeps_its_latest():
    app = opened()
    for _ in range(3):
        press(app, "one")
    assert text(app) == "() ('r1', 'r2') ()"


def test_progress_one_stop_for_all_and_the_end(queue: Queue):
    app = press(opened(), "two")
    queue.change("r0", state="done", fraction=1.0)
    queue.change("r1", position=4)
    app.run()
    [row] = app.get("progress")
    assert row.proto.value == 50
    assert row.proto.text == "1 of 2 runs are over, the next: number 4 in the queue."
    assert app.code[0].value == "done queued"
    press(app, "Stop")
    app.run()
    assert app.code[0].value == "done stopped"
    assert [message.value for message in app.warning] == ["It was stopped."]
    assert not app.get("progress")
    assert "Stop" not in [button.label for button in app.button]


def test_failures_are_said_once(queue: Queue):
    app = press(opened(), "two")
    for run_id in ("r0", "r1"):
        queue.change(run_id, state="failed", message="It [ran] out of memory.")
    app.run()
    assert [error.value for error in app.error] == [r"It \[ran\] out of memory."]


def test_what_cannot_be_started_or_found_is_one_sentence(queue: Queue):
    queue.full = True
    app = press(opened(), "two")
    assert [error.value for error in app.error] == ["The queue is full."]
    assert text(app) == "() () ()"
    gone = opened(sweep="r9")
    assert [error.value for error in gone.error] == ["There is no run r9."]
    assert address(gone) == {"sweep": "r9"}


def test_a_run_of_an_unknown_data_set_is_named_and_left_out(queue: Queue):
    press(opened(), "two")
    request = queue.views["r0"].request
    assert isinstance(request, TrainRequest)
    gone = replace(request, train=replace(request.train, dataset="gone"))
    queue.change("r0", request=gone)
    queue.change("r1", state="done")
    app = opened(sweep="r0,r1")
    assert [said.value for said in app.warning] == [
        "The run r0 is of a data set that is not here, gone."
    ]
    assert app.code[0].value == "done"


def test_another_visitor_finds_the_runs_of_the_link():
    press(opened(), "two")
    other = opened(sweep="r0,r1")
    assert text(other) == "('r0', 'r1') () ()"
    assert other.code[0].value == "queued queued"
    assert "Stop" not in [button.label for button in other.button]
    assert "you watch" in other.caption[0].value


def test_one_that_is_gone_is_named_and_the_others_are_shown(queue: Queue):
    app = press(opened(), "two")
    del queue.views["r0"]
    app.run()
    assert [warning.value for warning in app.warning] == ["There is no run r0."]
    assert app.code[0].value == "queued"


def test_what_waits_and_what_is_paused(queue: Queue):
    app = press(opened(), "two")
    queue.change("r0", position=2, ahead=1, wait_seconds=41.0)
    queue.change("r1", state="paused", paused=True)
    app.run()
    [row] = app.get("progress")
    assert "number 2 in the queue: one run trains now" in row.proto.text
    assert "about 41 s" in row.proto.text
    press(app, "Resume")
    app.run()
    assert app.code[0].value == "queued queued"


def test_a_run_that_waits_for_a_cluster_says_so():
    view = replace(QUEUED, position=2, ahead=1, message="the cluster at Host has no workers")
    assert waiting(view) == ("number 2 in the queue; the cluster at Host has no workers"), (
        "and not that there is no room"
    )
    assert "one run trains" in waiting(replace(view, message=""))
