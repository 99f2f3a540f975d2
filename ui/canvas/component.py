"""What the canvases in the browser have in common."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

import vae_core.web
from vae_core.web.bundle import bundle

_WEB = Path(vae_core.web.__file__).parent


def canvas_component(name: str, room: str) -> ComponentRenderer:
    """The component of a canvas.

    Args:
        name: of the component.
        room: the folder below ``vae_core/web/`` that holds ``streamlit.js`` and ``canvas.css``.
    """
    return st.components.v2.component(
        name,
        # Keeps the room until the script has run, so that the page below does not jump.
        html='<div class="room"></div>\n',
        css=(_WEB / room / "canvas.css").read_text("utf-8"),
        js=bundle(_WEB / room / "streamlit.js"),
    )
