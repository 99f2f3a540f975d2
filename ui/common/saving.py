"""The menu beside every chart, table and plane: save it, see where it comes from, repeat it.

It is a fragment of its own and filled only when it is opened, so that a page opens as fast as
without: closed, it is one small element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import streamlit as st
from plotly.offline import get_plotlyjs
from streamlit.components.v2.types import ComponentRenderer

from ui.canvas.assets import Asset
from ui.canvas.component import canvas_component
from ui.common import links
from ui.common.text import plain
from vae_core.provenance import About, Line, Provenance

_component: ComponentRenderer = canvas_component("save_picture", "save")


@dataclass(frozen=True)
class Saved:
    """What a menu offers.

    Attributes:
        key: of the menu; that of the chart, where it is one.
        chart: whether there is a Plotly figure under this key.
        canvas: key of the canvas that draws itself as a picture; "" for none.
        files: ending -> how the text of the file is made from the lines of its provenance.
    """

    key: str
    about: About
    chart: bool = False
    canvas: str = ""
    label: str = "Save"
    files: Mapping[str, Callable[[list[Line]], str]] = field(default_factory=dict)


@st.fragment
def menu(saved: Saved) -> None:
    """A button that opens the menu."""
    popover = st.popover(
        saved.label,
        type="tertiary",
        icon=":material/ios_share:",
        help="Save, cite, reproduce",
        key=f"{saved.key}_save",
        on_change="rerun",
    )
    if popover.open:
        with popover:
            _fill(saved)


def show_origin(key: str, about: About) -> None:
    """Where numbers that stand in the text come from: a small button below them."""
    menu(Saved(key, about, label="Cite and reproduce"))


def save_canvas(canvas: str, about: About, csv: Callable[[list[Line]], str]) -> None:
    """The menu below a canvas that draws itself as a picture.

    Args:
        canvas: its key.
        csv: makes the text of the file of its numbers from the lines of its provenance.
    """
    menu(Saved(f"{canvas}_canvas", about, canvas=canvas, files={"csv": csv}))


def _fill(saved: Saved) -> None:
    about, lines = saved.about, saved.about.lines(links.whole_address())
    st.markdown(f"**{plain(about.title)}**")
    if saved.chart or saved.canvas:
        _component(
            key=f"{saved.key}_picture",
            data={
                "chart": saved.canvas or saved.key,
                "title": about.title,
                "file": about.file_stem,
                "about": [list(line) for line in lines],
                "plotly_url": _plotly().url if saved.chart else "",
            },
        )
    if saved.files:
        with st.container(horizontal=True):
            for ending, make in saved.files.items():
                st.download_button(
                    {"csv": "CSV", "tex": "LaTeX"}[ending],
                    lambda make=make: make(lines),  # type: ignore[misc]
                    f"{about.file_stem}.{ending}",
                    "text/csv" if ending == "csv" else "text/plain",
                    key=f"{saved.key}_{ending}",
                    on_click="ignore",
                )
    if isinstance(about, Provenance) and about.reproduction:
        st.caption(f"**Reproduce this**: prints {plain(about.reproduction.of)}.")
        st.code(about.reproduction.code, language="python")
    st.caption("  \n".join(f"**{plain(name)}** {plain(value)}" for name, value in lines[1:]))


@cache
def _plotly() -> Asset:
    """Plotly's code as its Python package brings it: Streamlit's own copy cannot be asked."""
    return Asset(get_plotlyjs().encode())
