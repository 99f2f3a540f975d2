"""What a kill in the middle of writing leaves behind: hidden files beside those meant."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from vae_core.jobs.run_folder import RunFolder

OLD_SECONDS = 60 * 60.0
"""What is younger may be being written at this moment; to write takes seconds at most."""

# As ``replace_file`` and ``write_atomically`` name them; nothing of anybody else's looks like it.
_PART = re.compile(
    r"\.[^.].*\.(json|npz|safetensors|owner)\.([0-9.]+|[a-z0-9_]{8})"
    r"|\.started_by\.[0-9.]+"
)


def sweep_leftovers(root: Path, runs: list[RunFolder]) -> None:
    """Remove old parts of files from the runs folder, and runs that were never whole."""
    before = time.time() - OLD_SECONDS
    for folder in runs:
        with suppress(OSError):
            if not folder.request.exists() and folder.path.stat().st_mtime < before:
                shutil.rmtree(folder.path)
    places = [root, root / "saved", root / "planes"]
    for place in [*places, *(path for run in runs for path in (run.path, run.snapshots))]:
        for path in _parts(place):
            with suppress(OSError):
                if path.lstat().st_mtime < before:
                    path.unlink()


def _parts(place: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from [path for path in place.iterdir() if _PART.fullmatch(path.name)]
