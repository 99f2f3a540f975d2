"""What nobody asked for is not read, and so not kept."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from ui.shell.no_uploads import MIDDLEWARE

ROOT = Path(__file__).resolve().parents[3]


async def _behind(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 204, "headers": []})


def answered(path: str, method: str) -> tuple[int, bool]:
    """The status, and whether anything of the body was read."""
    [middleware] = MIDDLEWARE
    app = middleware.cls(_behind, *middleware.args, **middleware.kwargs)
    said: list[Message] = []
    read: list[bool] = []

    async def receive() -> Message:
        read.append(True)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": []}

    async def answer() -> None:
        await app(scope, receive, send)

    asyncio.run(answer())
    return said[0]["status"], bool(read)


@pytest.mark.parametrize("base", ["", "/class", "/a/b"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "OPTIONS"])
def test_an_upload_is_refused_before_it_is_read(base, method):
    assert answered(f"{base}/_stcore/upload_file/session/made-up", method) == (403, False)


@pytest.mark.parametrize("path", ["/", "/train", "/_stcore/health", "/api/assets/x.bin"])
def test_all_else_passes(path):
    assert answered(path, "GET") == (204, True)


def test_no_page_takes_files_and_so_the_route_is_shut():
    taking = re.compile(r"file_uploader|camera_input|audio_input|accept_file|accept_audio")
    pages = [*ROOT.glob("pages/**/*.py"), *ROOT.glob("ui/**/*.py")]
    assert not [path for path in pages if taking.search(path.read_text("utf-8"))]
    assert "no_uploads.MIDDLEWARE" in (ROOT / "app.py").read_text("utf-8")
