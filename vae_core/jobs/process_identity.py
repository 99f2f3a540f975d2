"""A process by a name that no later process gets: host, process id, and when it started."""

from __future__ import annotations

import platform

import psutil


def process_name(pid: int) -> str:
    """Name a living process."""
    return f"{platform.node()}:{pid}:{psutil.Process(pid).create_time():.2f}"


def may_live(name: str) -> bool:
    """False once the process has ended; one of another machine gets the benefit of the doubt."""
    host, pid, started = name.rsplit(":", 2)
    if host != platform.node():
        return True
    try:
        process = psutil.Process(int(pid))
        dead = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return not dead and f"{process.create_time():.2f}" == started
    except psutil.NoSuchProcess:
        return False
