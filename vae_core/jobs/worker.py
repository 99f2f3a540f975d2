"""The worker's side: run the job of a folder, and say how it ended."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

from vae_core.jobs.outcome import Outcome
from vae_core.jobs.requests import Request, TrainRequest, UmapRequest, from_json
from vae_core.jobs.run_folder import RunFolder, read_json, sentence

_FULL = "the disk of the server is full ({}): make room, then start it again or resume it"
_READ_ONLY = "the disk of the server cannot be written ({})"
_DISK = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
}


def run_job(path: str) -> Outcome:
    """Run the job whose folder lies at ``path``; called on a worker.

    What a person can mend (a data set that is not here, a full disk, training that diverged) comes
    back as a failed outcome with its sentence; other exceptions are for the runner to report.
    """
    from vae_core.training.loop import TrainingDivergedError

    folder = RunFolder(Path(path))
    try:
        return _run(folder, from_json(read_json(folder.request, {})), _wanted())
    except OSError as error:
        said = _DISK.get(error.errno or 0)
        return Outcome("failed", sentence(said.format(error.strerror) if said else error))
    except (ValueError, TrainingDivergedError) as error:
        return Outcome("failed", sentence(error))


def _wanted() -> Callable[[], bool]:
    """Whether anybody waits for the job that runs in this thread; for a worker, its scheduler."""
    from distributed import Status, get_worker

    try:
        worker = get_worker()
    except ValueError:  # called by itself
        return lambda: True
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        lives = worker.status not in (Status.closing, Status.closed, Status.failed)
        return lives and task is not None and task.state == "executing"

    return wanted


def _run(folder: RunFolder, request: Request, wanted: Callable[[], bool]) -> Outcome:
    # Imported by kind: UMAP alone takes seconds, and most workers never need it.
    match request:
        case TrainRequest():
            from vae_core.jobs.train_job import train_job

            return train_job(folder, request, wanted)
        case UmapRequest():
            from vae_core.jobs.umap_job import umap_job

            return umap_job(folder, request)


def warm_up() -> None:
    """Imports, the bundled images, one step of training: so that a first job starts at once."""
    import torch

    from vae_core.config import ModelConfig, TrainConfig
    from vae_core.data import LabelledImages, load_split
    from vae_core.jobs import train_job  # noqa: F401
    from vae_core.training.vae import train

    torch.set_num_threads(1)
    images = load_split("mnist-5k", "test")
    few = LabelledImages(images.x_ND[:128], images.label_N[:128], images.image_shape)
    small = ModelConfig(hidden=(32,), decoder_hidden=(32,))
    for _ in train(small, TrainConfig(epochs=1), few, few):
        pass
