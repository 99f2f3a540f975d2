"""The app that ``streamlit run app.py`` starts: warm up, serve, shut down cleanly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import runtime

from ui.canvas.assets import ROUTES
from ui.shell import browser_secret, no_uploads
from ui.shell.first_visit import visit_every_page
from ui.shell.garbage import settle
from ui.shell.lifespan import shut_down, warm_up


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    warm_up()
    settle()
    # Longer than anybody should wait for the first page: it goes on while the server serves.
    first_visit = asyncio.create_task(visit_every_page(runtime.get_instance()))
    try:
        yield {}
    finally:
        first_visit.cancel()
        shut_down()


# The main script lies in ui/shell/: beside a folder pages/ Streamlit would discover pages itself.
app = st.App(
    Path(__file__).resolve().parent / "ui" / "shell" / "frame.py",
    lifespan=lifespan,
    routes=ROUTES,
    middleware=[*no_uploads.MIDDLEWARE, *browser_secret.MIDDLEWARE],
)
