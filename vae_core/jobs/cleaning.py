"""How many runs there may be, and which are old enough to go.

A run is cleaned away once it is over or paused, nobody has looked at it for ``SHOWN_DAYS``, its
model was not saved, and it is among the oldest beyond what the server keeps (``IN_ALL``) or one
visitor may have (``EACH``), or older than ``MAX_DAYS``; see ``clean_runs``. Who has more than that
in a day is refused, and so is everybody once there is ``FULL``; see ``require_room``.
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass

from vae_core.files import version
from vae_core.jobs.leftovers import sweep_leftovers
from vae_core.jobs.listing import run_folders
from vae_core.jobs.ownership import visitor_of
from vae_core.jobs.run_folder import IN_QUEUE, RunFolder
from vae_core.jobs.run_view import read_state
from vae_core.ownership import hashed
from vae_core.paths import runs_folder


@dataclass(frozen=True)
class Amount:
    """Runs, and the bytes of their files."""

    runs: int = 0
    bytes: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.runs + other.runs, self.bytes + other.bytes)

    def exceeds(self, limit: Amount) -> bool:
        return self.runs > limit.runs or self.bytes > limit.bytes

    def __str__(self) -> str:
        return f"{self.runs:,} runs or {self.bytes / 2**30:g} GB"


IN_ALL = Amount(500, 4 * 2**30)
EACH = Amount(200, 2 * 2**30)
FULL = Amount(2000, 16 * 2**30)
MAX_DAYS = 60.0
SHOWN_DAYS = 1.0

_DAY = 24 * 60 * 60.0


def clean_runs(visitor: str = "", runs: int = 0) -> list[str]:
    """Remove old runs by the rule above, and what kills have left; returns the runs' names.

    Args:
        visitor: who wants to start more, see ``visitor_of``.
        runs: how many more.
    """
    now = time.time()
    folders = run_folders()
    sweep_leftovers(runs_folder(), folders)
    kept, kept_of = Amount(runs), {visitor: Amount(runs)}
    removed = []
    for folder in sorted(folders, key=_last_seen, reverse=True):
        whose, one = visitor_of(folder), Amount(1, _bytes(folder))
        own = kept_of.get(whose, Amount()) + one
        days = (now - _last_seen(folder)) / _DAY
        too_many = (kept + one).exceeds(IN_ALL) or (whose and own.exceeds(EACH))
        if (too_many or days > MAX_DAYS) and days > SHOWN_DAYS and _may_go(folder):
            with suppress(OSError):
                shutil.rmtree(folder.path)
                removed.append(folder.run_id)
                continue
        kept, kept_of[whose] = kept + one, own
    return removed


def require_room(owner: str, runs: int) -> None:
    """Let nobody fill the disk.

    Args:
        owner: the secret of who wants to start runs.

    Raises:
        ValueError: they have as many runs as one may have, or there are too many in all.
    """
    visitor = hashed(owner)
    refused = _refused(visitor, runs)
    if refused and clean_runs(visitor, runs):
        refused = _refused(visitor, runs)
    if refused:
        raise ValueError(refused)


def _refused(visitor: str, runs: int) -> str:
    total, own = Amount(runs), Amount(runs)
    for folder in run_folders():
        one = Amount(1, _bytes(folder))
        total += one
        if visitor_of(folder) == visitor:
            own += one
    if own.exceeds(EACH):
        return f"of one visitor at most {EACH} are kept; delete some under Your runs"
    if total.exceeds(FULL):
        return f"this server keeps at most {FULL}; old ones go by themselves, try again later"
    return ""


_sizes: dict[RunFolder, tuple[tuple[int, ...], int]] = {}


def _bytes(folder: RunFolder) -> int:
    """How large its files are; looked at again only where something has been done."""
    written = version(folder.status) + version(folder.progress)
    known = _sizes.get(folder)
    if known is None or known[0] != written:
        size = 0
        with suppress(OSError):  # it was removed meanwhile
            size = sum(found[1] for path in folder.path.rglob("*") if (found := version(path)))
        known = _sizes[folder] = written, size
    return known[1]


def _may_go(folder: RunFolder) -> bool:
    if folder.saved.exists():
        return False
    try:
        return read_state(folder)[0] not in IN_QUEUE
    except ValueError:  # damaged
        return True


def _last_seen(folder: RunFolder) -> float:
    """When somebody looked at a run, else when it was made."""
    for path in (folder.seen, folder.request, folder.path):
        with suppress(OSError):
            return path.stat().st_mtime
    return 0.0
