"""The local cluster listens to nobody but itself."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from cryptography import x509

from tests.vae_core.jobs.helpers import family, until
from vae_core.jobs import Runner
from vae_core.jobs.encryption import self_signed


def listening(pid: int) -> list[tuple[str, int]]:
    processes = [psutil.Process(pid), *family(pid)]
    found = [c for p in processes for c in p.net_connections() if c.status == psutil.CONN_LISTEN]
    return [tuple(connection.laddr) for connection in found]


def stranger(folder: Path) -> ssl.SSLContext:
    """As another user would come: with a certificate, of their own."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    for path, content in zip((certificate, key), self_signed(), strict=True):
        path.write_text(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(certificate, key)
    return context


def answer(address: tuple[str, int], context: ssl.SSLContext | None) -> bytes:
    """The first that a stranger gets to hear; dask's side of a connection speaks first."""
    with socket.create_connection(address) as plain:
        plain.settimeout(0.5 if context is None else 20.0)
        try:
            if context is None:
                return plain.recv(1)
            with context.wrap_socket(plain) as encrypted:
                return encrypted.recv(1)
        except (TimeoutError, OSError):
            return b""


def serves_http(address: tuple[str, int]) -> bool:
    with socket.create_connection(address) as plain:
        plain.settimeout(20.0)
        plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
        try:
            return plain.recv(4) == b"HTTP"
        except OSError:
            return False


def test_a_stranger_gets_no_answer_from_scheduler_and_workers(jobs: Runner, tmp_path: Path):
    until(lambda: len(family(jobs.pid)) > 0 and len(listening(jobs.pid)) > 2, "it listens")
    addresses = listening(jobs.pid)
    assert {host for host, _ in addresses} == {"127.0.0.1"}
    encrypted = 0
    for address in addresses:
        assert answer(address, None) == b""
        if not serves_http(
            address
        ):  # what is left of dask's pages has nothing to say, and runs nothing
            encrypted += 1
            assert answer(address, stranger(tmp_path)) == b""
    assert encrypted > 1


def test_the_certificate_is_valid_whatever_the_clock_says():
    certificate = x509.load_pem_x509_certificate(self_signed()[0].encode())
    assert certificate.not_valid_before_utc < datetime.now(UTC) - timedelta(days=20 * 365)
    assert certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=100 * 365)


def test_every_start_has_keys_of_its_own():
    assert len({self_signed() for _ in range(3)}) == 3
