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

    Panels that stand side by side are given room for their titles: where the page is narrower, the
    figure slides in its own box.

    Args:
        key: its name on the page.
        about: where its numbers come from, for the menu.
        at: where it stands; where the page is by default.
        on_select: called when a person clicks a point, which ``st.session_state[key]`` then has.
    """
    place = (st if at is None else at).container(key=f"saved_{key}")
    panels = min(_panels_in_a_row(figure), 3)
    plot = place if panels == 1 else place.container(key=f"panels{panels}_{key}")
    plot.plotly_chart(
        figure,
        key=key,
        config={"displayModeBar": False},
        on_select=on_select or "ignore",
        selection_mode="points",
    )
    with place:
        files = {"csv": lambda lines: figure_csv(figure, lines)}
        menu(Saved(key, about, chart=True, files=files))


def _panels_in_a_row(figure: go.Figure) -> int:
    """How many panels of a figure stand side by side."""
    return max(1, len({axis.domain for axis in figure.select_xaxes() if axis.domain is not None}))
