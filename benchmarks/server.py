"""The real server on a free port of this machine, or several, for as long as a benchmark runs."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

REPO = Path(__file__).resolve().parent.parent
START_LIMIT = 60.0


@dataclass(frozen=True)
class Server:
    """Where it listens, its processes, and the seconds from its start until it was healthy.

    Their children are not among the processes.
    """

    port: int
    pids: tuple[int, ...]
    start_seconds: float

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def running_server(script: Path = REPO / "app.py") -> Iterator[Server]:
    """Start ``streamlit run script``; end it on the way out.

    Raises:
        RuntimeError: it did not become healthy within a minute; with the end of its log.
    """
    port = _free_port()
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [f"--{name}={value}" for name, value in options.items()]
    with tempfile.TemporaryFile("w+") as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=REPO, stdout=log, stderr=subprocess.STDOUT)
        try:
            if not _became_healthy(process, port):
                log.seek(0)
                raise RuntimeError(f"the server did not start:\n{log.read()[-2000:]}")
            yield Server(port, (process.pid,), time.perf_counter() - started)
        finally:
            _end(process)


@contextmanager
def running_class_server(processes: int) -> Iterator[Server]:
    """Several servers behind one address, as docs/class-server.md has it; needs nginx.

    Raises:
        RuntimeError: one of them, or nginx, did not start.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = [stack.enter_context(running_server()) for _ in range(processes)]
        port = _free_port()
        settings = (REPO / "docs/class-server/nginx.conf").read_text("utf-8")
        settings = settings.replace("listen 8500;", f"listen 127.0.0.1:{port};")
        settings = settings.replace("/tmp/latent-explorer", f"{folder}/latent-explorer")
        (folder / "nginx.conf").write_text(settings, "utf-8")
        listed = "".join(f"server {server.address}; " for server in servers)
        upstream = f"upstream latent_explorer {{ hash $browser consistent; {listed}}}"
        (folder / "servers.conf").write_text(upstream, "utf-8")
        command = ["nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        proxy = subprocess.Popen(command)
        stack.callback(_end, proxy)
        if not _became_healthy(proxy, port):
            raise RuntimeError("nginx did not start")
        pids = (proxy.pid, *(server.pids[0] for server in servers))
        yield Server(port, pids, max(server.start_seconds for server in servers))


def _became_healthy(process: subprocess.Popen[bytes] | subprocess.Popen[str], port: int) -> bool:
    """Wait for it; False once the process has ended, or after a minute."""
    until = time.perf_counter() + START_LIMIT
    while not _healthy(port):
        if process.poll() is not None or time.perf_counter() > until:
            return False
        time.sleep(0.02)
    return True


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_idle(server: Server) -> None:
    """Until its own first visit to every page is over."""
    for pid in server.pids:
        process = psutil.Process(pid)
        while process.cpu_percent(interval=1.0) > 5:
            pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False
