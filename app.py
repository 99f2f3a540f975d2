"""The app that ``streamlit run app.py`` starts: warm up, serve, shut down cleanly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import streamlit as st

from ui import cached, cached_exact
from ui.latent_canvas.assets import ROUTES
from ui.memory import settle


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    cached.warm_up()
    settle()
    # Longer than a page may take to open, and no visitor of another page should wait for it.
    Thread(target=cached_exact.warm_up, daemon=True).start()
    try:
        yield {}
    finally:
        cached.shut_down()


# The main script is ui/frame.py: beside a folder pages/ Streamlit would discover pages on its own.
app = st.App(Path(__file__).resolve().parent / "ui" / "frame.py", lifespan=lifespan, routes=ROUTES)
