"""Files that are read without waiting for them, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read it. To open a pipe would wait until somebody writes.

    Raises:
        OSError: it is missing, must not be read, or is a folder, a pipe or a device.
    """
    handle = os.open(path, os.O_RDONLY | _NO_WAITING)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device", str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: Path) -> bytes:
    """What a file holds; raises OSError as ``open_regular`` does."""
    with open_regular(path) as file:
        return file.read()


def version(path: Path | os.DirEntry[str]) -> tuple[int, ...]:
    """Numbers that differ once a file, or who may read it, has changed; none where there is none.

    To look twice is to look at two moments: what opens the file afterwards may not find it.
    """
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def printable(name: str) -> str:
    """A file's name with what is no text in it (bytes that are not UTF-8) as escapes."""
    return name.encode(errors="backslashreplace").decode()


def write_atomically(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write beside the place, read back, sync, rename; nothing is left behind if it fails.

    Folders above ``path`` are made where they are missing; the file gets mode 0644.

    Args:
        replace: False: of several that write one name at once the first has it.

    Raises:
        FileExistsError: there is such a file, and it is not to be replaced.
        OSError: the folder cannot be written, or what was written did not read back equal.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:30]}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if part.read_bytes() != content:
            raise OSError(f"{path} did not read back as it was written; is the disk failing?")
        part.chmod(0o644)
        if replace:
            part.replace(path)
        else:
            _take(path, part)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _take(path: Path, part: Path) -> None:
    """Give a file a name that must be free."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links: the name is taken first, and then filled
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        part.replace(path)
    else:
        part.unlink()


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Nobody else who names the same empty file is inside, in whatever process, until this leaves.

    A lock ends with the process that holds it. Where the system has none, nobody waits.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with suppress(ImportError, OSError):
            import fcntl  # not on Windows

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read_arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    """The arrays of an .npz file by name; None if it is missing, damaged, or no such file."""
    try:
        with np.load(BytesIO(read_regular(path)), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, AttributeError, BadZipFile):
        return None
