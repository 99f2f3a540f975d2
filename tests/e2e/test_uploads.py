"""The server itself keeps no file that is sent to it."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest


def test_a_file_that_is_sent_is_refused(server: str):
    address = f"{server}/_stcore/upload_file/a-session/a-file"
    upload = urllib.request.Request(address, data=bytes(1000), method="PUT")
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(upload, timeout=60)
    assert refused.value.read() == b"This app takes no files."
