"""What only the owner of a run may do with what it left: save its model, rename it, delete it."""

from __future__ import annotations

import shutil
from contextlib import suppress

from vae_core.jobs.ownership import require_owner
from vae_core.jobs.run_folder import IN_QUEUE, MAX_NAME, is_name, write_json
from vae_core.jobs.run_view import read_state
from vae_core.storage.library import ModelEntry, save_to_library


def save_run(run_id: str, owner: str, name: str) -> ModelEntry:
    """Save a run's model in the library, as its owner's.

    Raises:
        ValueError: there is no such run, it is somebody else's, it has no model, or the name is
            taken or cannot be a file name.
        OSError: the folder cannot be written.
    """
    folder = require_owner(run_id, owner)
    entry = save_to_library(name, folder.model, owner)
    folder.saved.touch()
    return entry


def rename_run(run_id: str, owner: str, name: str) -> None:
    """Call a run by a name; an empty one takes it away.

    Raises:
        ValueError: there is no such run, it is somebody else's, or the name is too long or holds
            what cannot be printed.
        OSError: the folder cannot be written.
    """
    folder = require_owner(run_id, owner)
    name = name.strip()
    if not is_name(name):
        raise ValueError(
            f"a run's name is at most {MAX_NAME} printable characters, got {name!r:.80}"
        )
    write_json(folder.name, name)


def delete_run(run_id: str, owner: str) -> None:
    """Remove a run and all that it left; a model saved from it stays.

    Raises:
        ValueError: there is no such run, it is somebody else's, or it is queued or running.
        OSError: the folder cannot be removed.
    """
    folder = require_owner(run_id, owner)
    state = ""
    with suppress(ValueError):  # one that is damaged can be removed all the same
        state = read_state(folder)[0]
    if state in IN_QUEUE:
        raise ValueError("the run is not over; stop or pause it first")
    shutil.rmtree(folder.path)
