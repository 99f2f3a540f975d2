"""The bytes that a canvas fetches, and the route that serves them.

Fetched by content digest, they are never sent again by a rerun. An address is the SHA-256
of its content: the browser may keep it for ever, and only someone who was given the address
(or already has the content) can ask for it. Nothing is stored here beyond the life of the
``Asset`` that registered it.
"""

from __future__ import annotations

import hashlib
import re
from threading import Lock
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_NAME = re.compile(r"([0-9a-f]{64})\.bin")


class _Content:
    """Bytes that a weak dictionary can hold."""

    __slots__ = ("__weakref__", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data


_served: WeakValueDictionary[str, _Content] = WeakValueDictionary()
_lock = Lock()


class Asset:
    """Bytes that are served at ``url`` for as long as an Asset of this content lives.

    Attributes:
        url: relative to the app's base address, for example ``api/assets/<sha256>.bin``.
    """

    def __init__(self, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()
        self.url = f"api/assets/{digest}.bin"
        # Two assets of equal content share one entry: it must outlive whichever goes first.
        with _lock:
            self._content = _served.setdefault(digest, _Content(content))


async def _serve(request: Request) -> Response:
    match = _NAME.fullmatch(request.path_params["name"])
    content = _served.get(match[1]) if match else None
    if content is None:
        return PlainTextResponse(
            "There is no such asset on this server; reload the page that asked for it.",
            status_code=404,
            headers={"Cache-Control": "no-store"},
        )
    return Response(
        content.data,
        media_type="application/octet-stream",
        headers={
            "Cache-Control": "private, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            # Weights hardly shrink: this keeps the server from compressing them each time.
            "Content-Encoding": "identity",
        },
    )


# Streamlit puts server.baseUrlPath before its own routes, not before an app's.
ROUTES = [
    Route("/api/assets/{name}", _serve),
    Route("/{base:path}/api/assets/{name}", _serve),
]
