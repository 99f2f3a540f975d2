"""Files that are too large to ship: looked for on disk, else fetched once and verified.

The cache folder is VAE_DATA_DIR, else the user's cache. What is checked is the SHA-256 of the
unpacked file, so a recompressed copy is as good as the original.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vae_core.data.progress import Progress


@dataclass(frozen=True)
class RemoteFile:
    """A file kept as ``<name>.gz`` in the cache.

    Attributes:
        name: path below the cache folder, unpacked name.
        sha256: of the unpacked content, hexadecimal.
        mirrors: URL prefixes, tried in turn; the file is fetched as prefix + basename + ".gz".
    """

    name: str
    sha256: str
    mirrors: tuple[str, ...]


def cache_folder() -> Path:
    """Where data sets are kept: VAE_DATA_DIR, else the user's cache folder."""
    chosen = os.environ.get("VAE_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("latent-explorer"))


def cached_copy(file: RemoteFile) -> Path | None:
    """The packed or unpacked file in the cache, unverified, or None."""
    for path in (cache_folder() / f"{file.name}.gz", cache_folder() / file.name):
        if path.is_file():
            return path
    return None


def unofficial(file: RemoteFile) -> str:
    """ "" unless the copy in the cache is another file of that name, else one clause on it.

    Read whole, once per version of the copy.
    """
    path = cached_copy(file)
    if path is None or _digest(path, path.stat().st_mtime_ns) == file.sha256:
        return ""
    official = Path(file.name).parent.name.upper()
    return (
        f"{path.name} in the data folder is not the official file of {official}, or was cut short "
        "(its SHA-256 is another); move it elsewhere, and the official one is fetched"
    )


@lru_cache(maxsize=32)
def _digest(path: Path, _changed: int) -> str:
    """SHA-256 of the unpacked content; "" where it cannot be unpacked."""
    content = _unpack(path.read_bytes())
    return "" if content is None else hashlib.sha256(content).hexdigest()


def fetch(file: RemoteFile, progress: Progress) -> bytes:
    """The verified, unpacked content.

    The sentences do not say where the folder is: in the app they are read by people to whom the
    machine's folders mean nothing.

    Raises:
        OSError: a copy on disk is another file, or no mirror gave a good one.
    """
    path = cached_copy(file)
    if path is None:
        return _fetch_from_mirrors(file, progress)
    if other := unofficial(file):
        raise OSError(f"{other}; or use the data set mnist-5k, which needs no file")
    content = _unpack(path.read_bytes())
    assert content is not None
    return content


def _unpack(raw: bytes) -> bytes | None:
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        return None


def _fetch_from_mirrors(file: RemoteFile, progress: Progress) -> bytes:
    target = cache_folder() / f"{file.name}.gz"
    target.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    for mirror in file.mirrors:
        url = f"{mirror}{Path(file.name).name}.gz"
        # Beside the target, so that the rename is atomic and a broken fetch leaves nothing.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
            part = Path(folder) / "part.gz"
            try:
                _retrieve(url, part, progress)
            except Exception as error:  # pooch passes on whatever requests and urllib3 raise
                failures.append(f"{url}: {type(error).__name__}")
                continue
            content = _unpack(part.read_bytes())
            if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
                failures.append(f"{url}: the file came corrupt")
                continue
            part.replace(target)
            return content
    raise OSError(
        f"{Path(file.name).name} is not in the data folder and could not be fetched "
        f"({'; '.join(failures)}); connect to a network, put the file there "
        "(python -m vae_core doctor says where that is), or use the data set mnist-5k, which "
        "needs neither"
    )


class _Bar:
    """The few methods of a tqdm bar that pooch calls, passed on to a ``Progress``."""

    def __init__(self, progress: Progress) -> None:
        self.progress: Callable[[int, int], None] = progress
        self.total = 0
        self.done = 0

    def update(self, more: int) -> None:
        self.done += more
        if self.total:  # 0 when the server does not say
            self.progress(min(self.done, self.total), self.total)

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        pass


def _retrieve(url: str, path: Path, progress: Progress) -> None:
    import pooch

    downloader = pooch.HTTPDownloader(progressbar=_Bar(progress), timeout=20)
    downloader(url, str(path), None)
