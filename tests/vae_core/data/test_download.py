"""Fetching: verified by content, from whichever mirror is good. Mirrors live on the loopback."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vae_core.data.download import RemoteFile, cache_folder, cached_copy, fetch
from vae_core.data.progress import no_progress

CONTENT = b"the unpacked file" * 10_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
SERVED = {
    "/good/data.gz": gzip.compress(CONTENT),
    "/recompressed/data.gz": gzip.compress(CONTENT, compresslevel=1, mtime=12345),
    "/other/data.gz": gzip.compress(CONTENT[:-1]),
    "/cut/data.gz": gzip.compress(CONTENT)[:-20],
    "/page/data.gz": b"<html>Please log in</html>",
}


class Server(ThreadingHTTPServer):
    requested: list[str]  # paths, in their order


class Mirror(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requested.append(self.path)
        body = SERVED.get(self.path.replace("/sizeless", ""))
        self.send_response(404 if body is None else 200)
        if body is not None and "/sizeless" not in self.path:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Mirror) as server:
        server.requested = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch, server):
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server.requested.clear()
    return tmp_path / "cache"


@pytest.fixture
def remote(server):
    def at(*mirrors: str) -> RemoteFile:
        base = f"http://127.0.0.1:{server.server_port}/"
        return RemoteFile("set/data", DIGEST, tuple(f"{base}{mirror}/" for mirror in mirrors))

    return at


@pytest.mark.parametrize("mirror", ["good", "recompressed"])
def test_a_file_is_fetched_once_and_kept_as_it_came(server, remote, cache, mirror):
    file = remote(mirror)
    assert cached_copy(file) is None
    assert fetch(file, no_progress) == CONTENT
    assert fetch(file, no_progress) == CONTENT
    assert server.requested == [f"/{mirror}/data.gz"]
    assert cached_copy(file) == cache / "set" / "data.gz"
    assert (cache / "set" / "data.gz").read_bytes() == SERVED[f"/{mirror}/data.gz"]
    assert len(list((cache / "set").iterdir())) == 1


@pytest.mark.parametrize("bad", ["other", "cut", "page", "missing"])
def test_a_bad_mirror_is_passed_over(server, remote, cache, bad):
    assert fetch(remote(bad, "good"), no_progress) == CONTENT
    assert server.requested == [f"/{bad}/data.gz", "/good/data.gz"]
    assert [path.name for path in (cache / "set").iterdir()] == ["data.gz"]


def test_when_every_mirror_fails_one_sentence_says_why_and_nothing_is_kept(remote, cache):
    dead = RemoteFile("set/data", DIGEST, ("http://127.0.0.1:9/", *remote("cut").mirrors))
    with pytest.raises(OSError, match="could not be fetched") as caught:
        fetch(dead, no_progress)
    sentence = str(caught.value)
    assert "127.0.0.1:9/data.gz: ConnectionError" in sentence
    assert "/cut/data.gz: the file came corrupt" in sentence
    assert "mnist-5k" in sentence
    assert "\n" not in sentence
    assert list((cache / "set").iterdir()) == []


def test_progress_runs_from_nothing_to_everything(remote):
    seen: list[tuple[int, int]] = []
    fetch(remote("good"), lambda done, total: seen.append((done, total)))
    size = len(SERVED["/good/data.gz"])
    assert seen[-1] == (size, size)
    assert {total for _, total in seen} == {size}
    assert seen == sorted(seen)


def test_a_server_that_does_not_tell_the_size_gives_no_progress_but_the_file(remote):
    def progress(done: int, total: int) -> None:
        pytest.fail(f"{done} of {total}")

    assert fetch(remote("sizeless/good"), progress) == CONTENT


@pytest.mark.parametrize("packed", [True, False])
def test_a_copy_put_there_by_hand_is_used(server, remote, cache, packed):
    (cache / "set").mkdir(parents=True)
    if packed:
        (cache / "set" / "data.gz").write_bytes(gzip.compress(CONTENT, compresslevel=2))
    else:
        (cache / "set" / "data").write_bytes(CONTENT)
    assert fetch(remote("missing"), no_progress) == CONTENT
    assert server.requested == []


@pytest.mark.parametrize("damaged", ["other", "cut", "page"])
def test_a_corrupt_copy_is_named_and_left_for_its_owner(server, remote, cache, damaged):
    path = cache / "set" / "data.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(SERVED[f"/{damaged}/data.gz"])
    with pytest.raises(OSError, match=r"data.gz .* is not the official file") as caught:
        fetch(remote("good"), no_progress)
    assert "delete" not in str(caught.value)
    assert str(cache) not in str(caught.value)
    assert path.read_bytes() == SERVED[f"/{damaged}/data.gz"]
    assert server.requested == []


def test_the_cache_folder_is_the_users_unless_one_is_chosen(cache, monkeypatch):
    assert cache_folder() == cache
    monkeypatch.setenv("VAE_DATA_DIR", "")
    assert cache_folder().name == "latent-explorer"
