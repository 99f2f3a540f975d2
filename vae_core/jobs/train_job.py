"""A training job: trains, and leaves behind it what a page shows.

Shape suffixes: N images, S samples, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from vae_core.config import Change, TrainConfig, to_dict
from vae_core.data import LabelledImages, load_split
from vae_core.evaluation.encodings import decode_latents, manifold_grid, prior_samples
from vae_core.jobs.outcome import Outcome
from vae_core.jobs.pace import TELL_SECONDS, Pace
from vae_core.jobs.requests import TrainRequest
from vae_core.jobs.run_folder import RunFolder, read_json, replace_file, write_json
from vae_core.jobs.run_view import Snapshot
from vae_core.models.base import LatentModel
from vae_core.storage.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from vae_core.storage.record import Ended, worse_than_start
from vae_core.training import train_model
from vae_core.training.loop import Report, TrainingDivergedError
from vae_core.training.vae import EpochReport

MAX_POINTS = 1000
KEPT_SNAPSHOTS = 100
SHEET = 8  # pictures along each side

_SAVE_SECONDS = 5.0


def train_job(
    folder: RunFolder, request: TrainRequest, wanted: Callable[[], bool] = lambda: True
) -> Outcome:
    """Train, writing progress, curve, snapshots and the model into the folder.

    A folder that has a model already is of a run that was paused: it goes on from there.

    Args:
        wanted: asked now and then; once it says no, the run ends as if it was cut off.

    Raises:
        ValueError, OSError: the data set is not to be had, or the disk is full.
        TrainingDivergedError: the last model that was no worse than untrained was kept.
    """
    torch.set_num_threads(1)
    config = request.train
    told = read_json(folder.progress, {})
    images = load_split(config.dataset, "train", _tell_fetching(folder))
    held_out = load_split(config.dataset, "test", _tell_fetching(folder))
    shown = _fixed_part(held_out)

    resume, dimensions = _resume(folder, request)
    curve = [dict(point) for point in resume.history] if resume else []
    done = curve[-1]["epoch"] if curve else 0
    per_epoch = math.ceil(len(images) / config.batch_size)
    step = round(done * per_epoch)
    first, seconds = told.get("first", step), told.get("seconds", 0.0)
    pace = Pace(folder, per_epoch, config.epochs, step, first, seconds, wanted)
    pace.tell()
    earlier = tuple(resume.changes) if resume else ()
    report: Report | None = None
    diverged: TrainingDivergedError | None = None
    saved_at = -math.inf
    try:
        for report in train_model(request.model, config, images, held_out, pace.controls, resume):
            # The first report of a run that goes on is the last one of before, which stays.
            if not curve or curve[-1]["epoch"] != report.epoch:
                curve.append(report.curve_point())
            if isinstance(report, EpochReport):
                kl_Z = _write_snapshot(folder, report, shown)
                dimensions = [*dimensions[: len(curve) - 1], kl_Z]
            write_json(folder.curve, curve)
            write_json(folder.dimensions, dimensions)
            write_json(folder.changes, [to_dict(c) for c in (*earlier, *report.changes)])
            latent_dim = request.model.latent_dim
            if time.monotonic() - saved_at > _SAVE_SECONDS and not worse_than_start(
                curve[-1], curve[0], config, latent_dim
            ):
                _save(folder, report, config, curve, earlier, "cut off")
                saved_at = time.monotonic()
            pace.epoch_done()
    except TrainingDivergedError as error:
        report, diverged = error.report, error
    assert report is not None
    ended: Ended = "diverged" if diverged else pace.ended
    kept = [point for point in curve if point["epoch"] <= report.epoch]
    _save(folder, report, config, kept, earlier, ended)
    pace.tell()
    if diverged is not None:
        raise diverged
    return pace.outcome or Outcome("done")


def _resume(
    folder: RunFolder, request: TrainRequest
) -> tuple[Checkpoint | None, list[list[float]]]:
    """From where to go on, and the KL of each dimension until there.

    Raises:
        CheckpointError: the model of the run to go on from is gone or damaged.
    """
    if folder.model.is_file():
        return load_checkpoint(folder.model), read_json(folder.dimensions, [])
    if not request.resume:
        return None, []
    before = RunFolder.of(request.resume)
    resume = load_checkpoint(before.model)
    shutil.copytree(before.snapshots, folder.snapshots, dirs_exist_ok=True)
    return resume, read_json(before.dimensions, [])


def _save(
    folder: RunFolder,
    report: Report,
    config: TrainConfig,
    curve: list[dict[str, float]],
    earlier: tuple[Change, ...],
    ended: Ended,
) -> None:
    """The model so far: what is kept if the run is stopped, or gone on from if it is cut off."""
    changes = (*earlier, *report.changes)
    save_checkpoint(Checkpoint(report.model, config, curve, changes, ended), folder.model)


def _tell_fetching(folder: RunFolder) -> Callable[[int, int], None]:
    """Says how far a data set has come; at most a few times a second."""
    tell_at = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal tell_at
        if time.monotonic() >= tell_at:
            tell_at = time.monotonic() + TELL_SECONDS
            note = f"Fetching the images: {done / 1e6:.1f} of {total / 1e6:.1f} MB."
            write_json(folder.progress, {"note": note})

    return tell


def _fixed_part(held_out: LabelledImages) -> LabelledImages:
    """At most ``MAX_POINTS`` images, the same for every run; some data sets are sorted by class."""
    chosen = np.random.default_rng(0).permutation(len(held_out))[:MAX_POINTS]
    index_N = torch.from_numpy(np.sort(chosen))
    return LabelledImages(held_out.x_ND[index_N], held_out.label_N[index_N], held_out.image_shape)


def _pictures(model: LatentModel) -> NDArray[np.float32]:
    if model.config.latent_size == 2:
        return decode_latents(model, manifold_grid(SHEET))
    return prior_samples(model, SHEET**2, seed=0)


@torch.no_grad()
def _write_snapshot(folder: RunFolder, report: EpochReport, shown: LabelledImages) -> list[float]:
    """Returns the mean KL of each dimension over the images shown."""
    device = next(report.model.parameters()).device
    mu_NZ, logvar_NZ = report.model.encode(shown.x_ND.to(device))
    content = Snapshot(
        epoch=report.epoch,
        mu_NZ=mu_NZ.cpu().numpy(),
        logvar_NZ=logvar_NZ.cpu().numpy(),
        label_N=shown.label_N.numpy(),
        samples_SD=_pictures(report.model),
    ).to_bytes()
    replace_file(folder.snapshot, content)
    every = math.ceil(report.epochs / KEPT_SNAPSHOTS)
    part = report.epoch != int(report.epoch)  # a run that was stopped: its last
    if part or report.epoch % every == 0 or report.epoch == report.epochs:
        replace_file(folder.epoch_snapshot(report.epoch), content)
    kl_Z: list[float] = report.model.dimension_kl(mu_NZ, logvar_NZ).mean(dim=0).tolist()
    return kl_Z
