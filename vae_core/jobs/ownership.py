"""Who started a run: the only one who may steer, stop, save or delete it.

A link to a run lets others watch. Who started it has a secret (of a browser, a session or a
script) that stands in no link; the folder keeps a hash of it, so that to read the disk is not to
own the runs.
"""

from __future__ import annotations

from functools import lru_cache

from vae_core.files import read_regular
from vae_core.jobs.run_folder import RunFolder, replace_file
from vae_core.ownership import hashed, holds_hash_of


def mark_owner(folder: RunFolder, secret: str) -> None:
    """Note who starts a run."""
    replace_file(folder.started_by, hashed(secret).encode())


@lru_cache(maxsize=4096)
def visitor_of(folder: RunFolder) -> str:
    """Tells apart who started runs, without telling who it was; "" if the folder does not say."""
    try:
        return read_regular(folder.started_by).decode(errors="replace")
    except OSError:
        return ""


def is_owner(run_id: str, secret: str) -> bool:
    """Whether a run was started with this secret; nobody owns a run that says nothing.

    Raises:
        ValueError: ``run_id`` is no name of a run.
    """
    return holds_hash_of(RunFolder.of(run_id).started_by, secret)


def require_owner(run_id: str, secret: str) -> RunFolder:
    """The folder of a run, for who may change it.

    Raises:
        ValueError: there is no such run, or somebody else started it; one clear sentence.
    """
    folder = RunFolder.of(run_id)
    if not folder.request.is_file():
        raise ValueError(f"there is no run {run_id}; it may have been removed")
    if not is_owner(run_id, secret):
        raise ValueError(
            "this run was started by somebody else: you can watch it, and train the same yourself"
        )
    return folder
