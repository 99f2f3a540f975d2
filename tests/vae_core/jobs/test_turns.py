"""Visitors take turns, however many runs one of them has waiting."""

from __future__ import annotations

import pytest

from tests.vae_core.jobs.fakes import FakeCluster, TalkingRunner, made, queue
from tests.vae_core.jobs.helpers import request, until
from vae_core.jobs import client
from vae_core.jobs.client import MAX_EACH, MAX_UNFINISHED
from vae_core.jobs.cluster import Standing
from vae_core.jobs.ownership import visitor_of
from vae_core.jobs.run_folder import RunFolder, read_json
from vae_core.jobs.turns import Turns
from vae_core.ownership import hashed


def runs_of(owners: str) -> list[RunFolder]:
    return [made(request(), owner) for owner in owners]


def one_by_one(waiting: list[RunFolder], places: int = 1) -> str:
    """Who starts when runs end in the order in which they began."""
    turns, started = Turns(), ""
    running: list[RunFolder] = []
    names = {hashed(name): name for name in "abc"}
    while waiting:
        if len(running) == places:
            running.pop(0)
        folder = turns.order(waiting, running)[0]
        waiting.remove(folder)
        running.append(folder)
        turns.took(folder)
        started += names[visitor_of(folder)]
    return started


@pytest.mark.parametrize(
    ("waiting", "places", "started"),
    [
        ("aaaaaab", 1, "abaaaaa"),
        ("aaaabbbc", 1, "abcababa"),
        ("aaaaaab", 2, "abaaaaa"),
        ("aaaaabb", 3, "ababaaa"),
        ("abc", 1, "abc"),
        ("aaa", 2, "aaa"),
    ],
)
def test_turns(waiting: str, places: int, started: str):
    assert one_by_one(runs_of(waiting), places) == started


def test_who_comes_late_is_next_and_runs_of_one_stay_in_order():
    turns = Turns()
    mine, late = runs_of("a" * 30), runs_of("b")[0]
    for folder in mine[:3]:
        turns.took(folder)
    assert turns.order([*mine[3:], late], []) == [late, *mine[3:]]


def test_the_queue_tells_places_by_turns():
    cluster = FakeCluster()
    with queue(cluster) as held:
        tabs = [held.submit(request(seed=n), "a") for n in range(5)]
        other = held.submit(request(seed=9), "b")
        until(lambda: place(other) == 1, "it is next")
        until(lambda: [place(folder) for folder in tabs] == [0, 2, 3, 4, 5], "the rest after it")
        cluster.end(tabs[0])
        until(lambda: other in cluster.running, "it has its turn")
        cluster.standing = Standing(2)
        held.cluster_changed()
        until(lambda: tabs[1] in cluster.running, "then the first of those that wait")


def place(folder: RunFolder) -> int:
    return read_json(folder.status, {}).get("position", -1)


def test_many_tabs_of_one_shut_nobody_out(talking: TalkingRunner):
    for tab in range(MAX_EACH):
        talking.submit(request(seed=tab), f"tab{tab}", "one")
    with pytest.raises(ValueError, match=f"one visitor can have {MAX_EACH} runs"):
        talking.submit(request(), "another tab", "one")
    talking.submit_all([request(seed=n) for n in range(MAX_EACH)], "s", "two")
    assert MAX_UNFINISHED >= 10 * MAX_EACH


def test_all_together_are_bounded_too(talking: TalkingRunner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "MAX_UNFINISHED", 3)
    talking.submit_all([request(seed=n) for n in range(2)], "s", "one")
    with pytest.raises(ValueError, match="2 of 3 places are taken"):
        talking.submit_all([request(seed=n) for n in range(2)], "t", "two")
    talking.submit(request(), "t", "two")
