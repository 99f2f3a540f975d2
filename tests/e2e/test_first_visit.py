"""A real server visits each of its pages once, before any browser comes."""

from __future__ import annotations

import time
from pathlib import Path

from tests.e2e.helpers import PATIENCE, ROOT, serve

APP = """
import asyncio, sys
from contextlib import asynccontextmanager
from pathlib import Path
sys.path.insert(0, {root!r})
import streamlit as st
from streamlit import runtime
from ui.shell.first_visit import visit_every_page

@asynccontextmanager
async def lifespan(_):
    visit = asyncio.create_task(visit_every_page(runtime.get_instance()))
    visit.add_done_callback(lambda _: Path("visits").open("a").write("done "))
    yield {{}}

app = st.App(Path(__file__).with_name("frame.py"), lifespan=lifespan)
"""

FRAME = """
import os
from pathlib import Path
import streamlit as st
os.chdir(Path(__file__).parent)

def note(name):
    with Path("visits").open("a") as file:
        file.write(name + " ")

def first():
    note("first")

def broken():
    note("broken")
    raise RuntimeError("this page cannot be opened")

def last():
    @st.fragment
    def part():
        note("fragment")
    part()
    note("last")

st.navigation([st.Page(page) for page in (first, broken, last)]).run()
"""


def test_every_page_and_fragment_is_visited_once_though_one_is_broken(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP.format(root=str(ROOT)))
    (tmp_path / "frame.py").write_text(FRAME)
    visits = tmp_path / "visits"
    with serve(tmp_path / "app.py", tmp_path / "log", {}):
        deadline = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < deadline:
            if visits.exists() and "done" in visits.read_text():
                break
            time.sleep(0.05)
    found = visits.read_text().split()
    assert found == ["first", "broken", "fragment", "last", "done"]
