"""The server's own first visit to every page, so that no person waits for what it fills."""

from __future__ import annotations

import asyncio

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, SessionClient
from streamlit.runtime.session_manager import ClientContext


class _Visitor(SessionClient):
    """A client without a browser: notes which pages there are and when a run has ended."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.finished = asyncio.Event()

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        kind = msg.WhichOneof("type")
        if kind == "navigation":
            self.pages = [page.page_script_hash for page in msg.navigation.app_pages]
        elif kind == "script_finished":
            self.finished.set()

    @property
    def client_context(self) -> ClientContext | None:
        return None


async def visit_every_page(runtime: Runtime) -> None:
    """Run each page once in a session of its own, in the order of the navigation.

    What a page measures of the model that opens first then lies in the caches; somebody who comes
    sooner to the same page waits for this one visit rather than repeating it. Must be called on
    the event loop of the runtime.
    """
    visitor = _Visitor()
    session = runtime.connect_session(visitor, user_info={})
    try:
        await _open(runtime, session, visitor, "")
        for page in visitor.pages[1:]:
            await _open(runtime, session, visitor, page)
    finally:
        runtime.close_session(session)


async def _open(runtime: Runtime, session: str, visitor: _Visitor, page: str) -> None:
    visitor.finished.clear()
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    runtime.handle_backmsg(session, message)
    await visitor.finished.wait()
