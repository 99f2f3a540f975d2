"""A secret for every browser, by which its runs and models are its own: a cookie.

It comes with the page, before anything runs, so that it holds from the first visit on, over
reloads and in every tab. No script of a page can read it, and no link has it.
"""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.common.state import OWNER_COOKIE

_YEAR = 365 * 24 * 60 * 60


class _BrowserSecret:
    """Gives a browser that has none its cookie, along with the page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or OWNER_COOKIE in HTTPConnection(scope).cookies:
            await self._app(scope, receive, send)
            return
        page_is_asked_for = "text/html" in HTTPConnection(scope).headers.get("accept", "")
        secure = "; Secure" if scope.get("scheme") == "https" else ""

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # Scripts and pictures are fetched side by side: each would bring another secret.
                # A page that the browser still has comes as "not modified", without its type.
                unchanged = message["status"] == 304 and page_is_asked_for
                if unchanged or headers.get("content-type", "").startswith("text/html"):
                    headers.append(
                        "Set-Cookie",
                        f"{OWNER_COOKIE}={secrets.token_hex(16)}; Path=/; Max-Age={_YEAR}; "
                        f"HttpOnly; SameSite=Lax{secure}",
                    )
            await send(message)

        await self._app(scope, receive, send_with_cookie)


MIDDLEWARE = [Middleware(_BrowserSecret)]
