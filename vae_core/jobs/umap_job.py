"""A UMAP job: lays out a checkpoint's held-out images, away from the server process."""

from __future__ import annotations

from pathlib import Path

from vae_core.data import load_split
from vae_core.evaluation.encodings import encode_images
from vae_core.jobs.outcome import Outcome
from vae_core.jobs.process_identity import moment, seconds_since
from vae_core.jobs.requests import UmapRequest
from vae_core.jobs.run_files import read_progress
from vae_core.jobs.run_folder import RunFolder, write_json
from vae_core.planes.umap_layout import UmapSettings, fit_umap, save_umap
from vae_core.storage.checkpoints import load_checkpoint

_compiled = False
"""Whether this process has fitted a UMAP before."""


def umap_job(folder: RunFolder, request: UmapRequest) -> Outcome:
    """Fit and write the plane. It cannot be stopped once it runs.

    Raises:
        ValueError, OSError: the checkpoint is broken, or its data set is not to be had.
    """
    global _compiled
    _tell(folder, "Step 1 of 2: encoding the held-out images.")
    checkpoint = load_checkpoint(Path(request.checkpoint))
    mu_NZ = encode_images(checkpoint.vae, load_split(checkpoint.dataset, "test")).mu_NZ
    if _compiled:
        expected = "This worker has compiled UMAP before, so seconds are enough"
    else:
        expected = (
            "The first fit of a worker compiles for 40 to 50 seconds, longer on a busy machine"
        )
    _tell(folder, f"Step 2 of 2: laying out {len(mu_NZ):,} images. {expected}.")
    settings = UmapSettings(request.neighbours, request.min_dist)
    xy_N2 = fit_umap(mu_NZ, settings, seed=request.seed)
    _compiled = True
    save_umap(Path(request.output), xy_N2, checkpoint.digest)
    return Outcome("done")


def _tell(folder: RunFolder, note: str) -> None:
    write_json(folder.progress, {"note": note, "since": moment()})


def seconds_in_step(run_id: str) -> float | None:
    """For how long the job has been at its present step; None before the first.

    Raises:
        ValueError: ``run_id`` is no name of a run, or its folder is damaged.
    """
    since = read_progress(RunFolder.of(run_id)).get("since")
    try:
        return seconds_since(*since) if since else None
    except TypeError as error:
        raise ValueError(f"the folder of the run {run_id} is damaged: {error}") from error
