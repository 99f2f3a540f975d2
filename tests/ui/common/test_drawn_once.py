"""Figures that are built once for all sessions."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from ui.common import drawn_once as room
from ui.common.drawn_once import annotate, drawn_once

built: list[object] = []


@drawn_once
def bar_figure(height_K: np.ndarray, *, name: str = "") -> go.Figure:
    built.append(name)
    return go.Figure(go.Bar(y=height_K.copy(), name=name))


def test_the_same_content_is_drawn_once_and_any_other_byte_anew():
    built.clear()
    # More elements than Streamlit looks at when it compares arrays.
    height_K = np.zeros(600_000, np.uint8)
    first = bar_figure(height_K, name="a")
    assert bar_figure(height_K.copy(), name="a") is first
    assert bar_figure(height_K, name="b").data[0].name == "b"
    height_K[123_457] = 7
    assert bar_figure(height_K, name="a").data[0].y[123_457] == 7
    assert built == ["a", "b", "a"]


def test_the_oldest_figures_are_let_go(monkeypatch):
    monkeypatch.setattr(room, "MOST", 2)
    built.clear()
    for name in ("x", "y", "z", "z", "x"):
        bar_figure(np.zeros(1), name=name)
    assert built == ["x", "y", "z", "x"]


def test_every_figure_of_every_page_is_drawn_once():
    ui = Path(room.__file__).parent.parent
    modules = [
        importlib.import_module(".".join(path.relative_to(ui.parent).with_suffix("").parts))
        for path in ui.glob("*/*figure*.py")
    ]
    found = {
        f"{module.__name__}.{name}": function
        for module in modules
        for name, function in vars(module).items()
        if name.endswith("_figure") and getattr(function, "__module__", "") == module.__name__
    }
    public = {name for name in found if not name.rpartition(".")[2].startswith("_")}
    assert len(public) > 30
    assert not [name for name in public if not hasattr(found[name], "__wrapped__")]


def test_annotations_join_those_that_are_there():
    figure, one_by_one = (go.Figure(layout={"annotations": [{"text": "first"}]}) for _ in "ab")
    notes = [{"x": n, "y": -n, "text": f"{n}", "showarrow": False} for n in range(3)]
    annotate(figure, notes)
    for note in notes:
        one_by_one.add_annotation(note)
    assert figure.to_plotly_json() == one_by_one.to_plotly_json()
