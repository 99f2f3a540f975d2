"""Streamlit's route for uploads, shut: no page takes a file.

Streamlit keeps every file that is sent to it in memory, whether a page asked for it or not, until
its session is forgotten. A page that does take files needs the route, with a bound for each
session and one for all.
"""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_ROUTE = "/_stcore/upload_file"  # below server.baseUrlPath, where there is one


class _NoUploads:
    """Answers before a byte of the file is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _ROUTE in scope["path"]:
            refusal = PlainTextResponse(
                "This app takes no files.", status_code=403, headers={"Connection": "close"}
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


MIDDLEWARE = [Middleware(_NoUploads)]
