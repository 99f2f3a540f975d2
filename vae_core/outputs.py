"""What a command writes: seen to before the work begins, and kept whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TextIO


def require_output(path: Path, suffix: str, *, force: bool) -> None:
    """Find out before minutes of work whether its result can be written. Leaves no trace.

    Args:
        force: whether a file that is there may be replaced.

    Raises:
        ValueError: the name is none for such a file, or it is taken.
        OSError: the folder cannot be written, or the name is too long.
    """
    if path.suffix != suffix:
        raise ValueError(f"the output file must end in {suffix}, got {_short(path)}")
    try:
        taken = path.lstat() is not None
    except FileNotFoundError:
        taken = False
    except OSError as error:
        raise OSError(f"{_short(path)} cannot be written: {error.strerror}") from error
    if path.is_dir():
        raise ValueError(f"the output {path} is a folder")
    if taken and not force:
        raise ValueError(f"the output {path} exists; choose another name, or give --force")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(f"the folder {folder} cannot be written: {error.strerror}") from error


def keep(path: Path, write: Callable[[Path], object]) -> Path:
    """Write what took long, beside its name where that was taken meanwhile, and say so.

    Args:
        write: raises FileExistsError for a path that is taken.

    Returns:
        Where it is.
    """
    for number in count(1):
        free = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            write(free)
        except FileExistsError:
            continue
        if free != path:
            said = f"vae_core: {path} was written by somebody else meanwhile: this is {free}"
            print(said, file=sys.stderr)
        return free
    raise AssertionError("unreachable")


def lacks_memory(error: BaseException) -> bool:
    """Whether it says that there is no memory left; torch has no error of its own for the CPU."""
    return isinstance(error, MemoryError) or any(
        words in str(error) for words in ("not enough memory", "allocate memory", "out of memory")
    )


def print_json(figures: object) -> None:
    """One line; raises ValueError for what is not finite."""
    try:
        line = json.dumps(figures, allow_nan=False)  # NaN is no JSON
    except ValueError:
        raise ValueError("the model gives values on these images that are not finite") from None
    print(line)


def in_one_line(error: ValueError | OSError) -> str:
    """What went wrong, without the number of the system's error."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 80 else f"{text[:40]} … {text[-30:]}"


def open_missing_streams() -> None:
    """Where a shell closed a standard stream, the next file to be opened would stand for it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


class Forgiving:
    """A stream of progress: what nobody reads any more is dropped, and ends no training."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if self._stream is not None:
            with suppress(OSError, ValueError):
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            with suppress(OSError, ValueError):
                self._stream.flush()

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
