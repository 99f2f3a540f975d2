"""The one way to show a figure."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.common.saving import Saved, menu
from ui.common.tabular import figure_csv
from vae_core.provenance import About


def show_chart(
    figure: go.Figure,
    key: str,
    *,
    about: About,
    at: DeltaGenerator | None = None,
    on_select: Callable[[], None] | None = None,
) -> None:
    """A figure as wide as its place, without Plotly's row of buttons, and its menu.

    Args:
        key: its name on the page.
        about: where its numbers come from, for the menu.
        at: where it stands; where the page is by default.
        on_select: called when a person clicks a point, which ``st.session_state[key]`` then has.
    """
    place = (st if at is None else at).container(key=f"saved_{key}")
    place.plotly_chart(
        figure,
        key=key,
        config={"displayModeBar": False},
        on_select=on_select or "ignore",
        selection_mode="points",
    )
    with place:
        files = {"csv": lambda lines: figure_csv(figure, lines)}
        menu(Saved(key, about, chart=True, files=files))
