"""What the canvases in the browser have in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_WEB = Path(__file__).resolve().parents[2] / "vae_core" / "web"


def canvas_component(name: str, style: str, scripts: Sequence[str]) -> ComponentRenderer:
    """A component whose scripts are joined to one module.

    Args:
        name: of the component.
        style: its style sheet, below ``vae_core/web/``, without its ending.
        scripts: below ``vae_core/web/``, without endings, in this order: each uses names of those
            before it.
    """
    return st.components.v2.component(
        name,
        # Keeps the room until the script has run, so that the page below does not jump.
        html='<div class="room"></div>\n',
        css=(_WEB / f"{style}.css").read_text("utf-8"),
        js="\n".join((_WEB / f"{script}.js").read_text("utf-8") for script in scripts),
    )
