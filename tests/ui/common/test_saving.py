"""The menu of charts and tables: small while it is closed, and what it has when it is open."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from ui.common.charts import show_chart
    from ui.common.tables import Column, show_table
    from vae_core.provenance import Provenance, Reproduction, Unmeasured

    left, _ = st.columns(2)
    about = Provenance("A chart", reproduction=Reproduction("one", "print(1)", 1.0))
    show_chart(go.Figure(go.Bar(y=[5])), "bars", about=about, at=left)
    show_table([Column("a")], [("1",)], about=Unmeasured("A table", "It is a formula."))


def test_closed_a_menu_is_one_small_element():
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert len(app.get("popover")) == 2
    assert not app.get("download_button")
    assert not app.code


def test_open_it_has_files_provenance_and_the_snippet():
    app = AppTest.from_function(page)
    app.session_state["bars_save"] = True
    app.session_state["table_a_table_save"] = True
    app.run()
    assert not app.exception
    assert [button.proto.label for button in app.get("download_button")] == ["CSV", "CSV", "LaTeX"]
    assert [code.value for code in app.code] == ["print(1)"]
    said = "\n".join(caption.value for caption in app.caption)
    assert "It is a formula." in said
    assert "**versions**" in said
