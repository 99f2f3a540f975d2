"""The browser component that writes the address without a step of history."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

import vae_core.web
from vae_core.web.bundle import bundle

_component = st.components.v2.component(
    "address", js=bundle(Path(vae_core.web.__file__).parent / "address" / "streamlit.js")
)


def replace_address(path: str, query: dict[str, str], number: int) -> None:
    """Have the browser's address say a query, in the place of what it says.

    Args:
        path: of the page below the app's own address; another page's address is left alone.
        number: of the order. Each is carried out once.
    """
    _component(
        key="address_writer", data={"path": path, "query": urlencode(query), "number": number}
    )
