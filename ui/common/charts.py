"""The one way to show a figure."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def show_chart(
    figure: go.Figure,
    key: str,
    *,
    at: DeltaGenerator | None = None,
    on_select: Callable[[], None] | None = None,
) -> None:
    """A figure as wide as its place, without Plotly's row of buttons.

    Args:
        key: its name on the page.
        at: where it stands; where the page is by default.
        on_select: called when a person clicks a point, which ``st.session_state[key]`` then has.
    """
    (st if at is None else at).plotly_chart(
        figure,
        key=key,
        config={"displayModeBar": False},
        on_select=on_select or "ignore",
        selection_mode="points",
    )
