"""A figure is shown in one way."""

from __future__ import annotations

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[3]


def charts() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from ui.common.charts import show_chart
    from vae_core.provenance import Unmeasured

    about = Unmeasured("A drawing", "It was drawn by hand.")
    left, right = st.columns(2)
    show_chart(go.Figure(go.Scatter(y=[3, 1, 2])), "right", about=about, at=right)
    show_chart(go.Figure(go.Bar(y=[5])), "left", about=about, at=left, on_select=lambda: None)
    show_chart(go.Figure(), "below", about=about)


def test_the_figure_stands_where_it_is_told_and_without_buttons():
    app = AppTest.from_function(charts, default_timeout=120).run()
    assert not app.exception
    found = app.get("plotly_chart")
    assert len(found) == 3
    assert {json.loads(chart.proto.config)["displayModeBar"] for chart in found} == {False}
    left, right = (column.get("plotly_chart") for column in app.columns)
    assert [json.loads(c.proto.spec)["data"][0]["type"] for c in (*left, *right)] == [
        "bar",
        "scatter",
    ]
    assert [bool(c.proto.selection_mode) for c in (*left, *right)] == [True, False]


def test_no_page_shows_a_figure_otherwise():
    callers = {
        path.name
        for folder in ("ui", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if ".plotly_chart(" in path.read_text("utf-8")
    }
    assert callers == {"charts.py"}
