"""A UMAP job: lays out a checkpoint's held-out images, away from the server process."""

from __future__ import annotations

from pathlib import Path

from vae_core.checkpoints import load_checkpoint
from vae_core.data import load_split
from vae_core.encodings import encode_images
from vae_core.jobs.folder import RunFolder, write_json
from vae_core.jobs.requests import UmapRequest
from vae_core.jobs.work import Outcome
from vae_core.projections import fit_umap, save_umap


def umap_job(folder: RunFolder, request: UmapRequest) -> Outcome:
    """Fit and write the plane. It cannot be stopped once it runs.

    Raises:
        ValueError, OSError: the checkpoint is broken, or its data set is not to be had.
    """
    write_json(
        folder.progress,
        {"note": "UMAP is laying out the images; the first one takes about a minute."},
    )
    checkpoint = load_checkpoint(Path(request.checkpoint))
    images = load_split(checkpoint.dataset, "test")
    xy_N2 = fit_umap(
        encode_images(checkpoint.model, images).mu_NZ,
        neighbours=request.neighbours,
        min_dist=request.min_dist,
        seed=request.seed,
    )
    save_umap(Path(request.output), xy_N2, checkpoint.digest)
    return Outcome("done")
