"""Processes and durations as this machine counts them since it booted.

The clock on the wall steps: it is set by hand, corrected by a time server, and jumps when a laptop
wakes up. What lasts here is named and measured without it.
"""

from __future__ import annotations

import platform
import time
from pathlib import Path

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STATE, _STARTED = 0, 19  # places in /proc/PID/stat, counted after the name, which may hold spaces


def process_name(pid: int) -> str:
    """Name a living process as no later one is named: host, process id, and when it started."""
    return f"{platform.node()}:{pid}:{_started(pid)}"


def may_live(name: str) -> bool:
    """False once the process has ended; one of another machine gets the benefit of the doubt."""
    host, pid, started = name.rsplit(":", 2)
    if host != platform.node():
        return True
    try:
        return _started(int(pid)) == started
    except psutil.NoSuchProcess:
        return False


def moment() -> tuple[str, float]:
    """This moment, for ``seconds_since``: also in a file, and for another process."""
    return _boot(), time.monotonic()


def seconds_since(boot: str, seconds: float) -> float | None:
    """How long ago a ``moment`` was; None if it was another machine's, or before a restart."""
    return max(0.0, time.monotonic() - seconds) if boot == _boot() else None


def _boot() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:  # no Linux
        return platform.node()


def _started(pid: int) -> str:
    """Ticks after the boot, with the boot: the same whatever the clock says meanwhile.

    Raises:
        psutil.NoSuchProcess: it has ended.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        if Path("/proc/self/stat").exists():
            raise psutil.NoSuchProcess(pid) from None
        # Elsewhere the system keeps the time at which it started, and does not reckon it anew.
        return f"{psutil.Process(pid).create_time():.2f}"
    fields = stat.rpartition(")")[2].split()
    if fields[_STATE] in "ZXx":
        raise psutil.NoSuchProcess(pid)
    return f"{_boot()}-{fields[_STARTED]}"
