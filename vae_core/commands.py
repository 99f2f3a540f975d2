"""What each command of the command line does; ``__main__`` parses, and reports what goes wrong.

Shape suffixes: N images, G grid points along an axis, Z latent dimensions.
"""

from __future__ import annotations

import io
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from vae_core.config import MAX_CATEGORIES, Device, ModelConfig, TrainConfig
from vae_core.data import DATASETS, LabelledImages, find_dataset, load_split
from vae_core.data.progress import Progress
from vae_core.doctor import examine
from vae_core.evaluation.encodings import decode_latents, manifold_grid
from vae_core.evaluation.evaluate import evaluate as elbo_terms
from vae_core.evaluation.evaluate import importance_weighted_bound
from vae_core.files import write_atomically
from vae_core.interruption import Interrupted, signals_noted
from vae_core.models.base import LatentModel
from vae_core.models.categorical_vae import CategoricalVAE
from vae_core.models.classifier import Classifier
from vae_core.outputs import keep, print_json, require_output
from vae_core.pictures.image_files import to_png
from vae_core.storage.checkpoints import (
    SUFFIX,
    Checkpoint,
    load_checkpoint,
    require_openable,
    save_checkpoint,
)
from vae_core.storage.library import share_model
from vae_core.storage.record import Ended, epoch_in_words
from vae_core.sweeping import NothingTrainedError as NothingTrainedError
from vae_core.sweeping import configs
from vae_core.sweeping import sweep as sweep
from vae_core.training import train_model
from vae_core.training.classifier import score
from vae_core.training.loop import Controls, Report, TrainingDivergedError

MAX_IMPORTANCE_SAMPLES = 100_000
"""Draws for each image; more would take days."""


def train(output: Path, dataset: str, settings: Mapping[str, Any], force: bool) -> None:
    """Train and save; the figures are those of the file that was written."""
    _train(output, force, *configs(dataset, settings))


def resume(
    start: Path,
    output: Path,
    dataset: str | None,
    epochs: int | None,
    device: Device | None,
    force: bool,
) -> None:
    """Go on from a model up to so many epochs in all, and save; else as ``train``."""
    checkpoint = load_checkpoint(start)
    config = checkpoint.train_config
    if dataset not in (None, config.dataset):
        raise ValueError(f"{start} was trained on {config.dataset}, got --dataset {dataset}")
    if not checkpoint.history:
        raise ValueError(f"{start} does not say how far it was trained, so nothing can go on there")
    done, wanted = checkpoint.history[-1]["epoch"], epochs or config.epochs
    if wanted <= done:
        raise ValueError(
            f"{start} has been trained for {epoch_in_words(done)} epochs; --epochs says how many "
            "there are to be in all, and must be more"
        )
    config = replace(config, epochs=wanted, device=device or config.device)
    _train(output, force or output == start, checkpoint.model_config, config, checkpoint)


def _train(
    output: Path,
    force: bool,
    model_config: ModelConfig,
    config: TrainConfig,
    start: Checkpoint | None = None,
) -> None:
    """Train, from ``start`` if it is given; a signal ends it and keeps the model so far."""
    require_output(output, SUFFIX, force=force)
    require_openable(model_config)
    images, held_out = (_load(config.dataset, split) for split in ("train", "test"))

    torch.set_num_threads(1)  # the same model to the last bit, whatever else the machine does
    history = [dict(point) for point in start.history] if start else []
    earlier = tuple(start.changes) if start else ()
    report: Report | None = None
    with signals_noted() as noted:

        def save(report: Report, ended: Ended) -> Path:
            kept = [point for point in history if point["epoch"] <= report.epoch]
            changes = (*earlier, *report.changes)
            made = Checkpoint(report.model, config, kept, changes, ended)
            return keep(output, lambda path: save_checkpoint(made, path, replace=force))

        def ask() -> Controls:
            return Controls(go_on=not noted)

        try:
            with tqdm(total=config.epochs, unit="epoch", disable=None) as bar:
                for report in train_model(model_config, config, images, held_out, ask, start):
                    if not history or history[-1]["epoch"] != report.epoch:
                        history.append(report.curve_point())
                    bar.update(report.epoch - bar.n)
                    epoch = f"epoch {epoch_in_words(report.epoch)}/{report.epochs}"
                    bar.write(f"{epoch}: {report.in_words()}", file=sys.stderr)
        except TrainingDivergedError as error:
            save(error.report, "diverged")
            raise
        assert report is not None  # epoch 0 is always reported
        done = report.epoch == config.epochs
        saved = save(report, "done" if done else "stopped")
    if not done:
        raise Interrupted(
            noted[0],
            f"stopped after {epoch_in_words(report.epoch)} of {config.epochs} epochs; the model so "
            f"far is in {saved}, and train --resume {saved} goes on from there",
        )
    figures = _figures(load_checkpoint(saved), held_out)
    print_json({**figures, "seconds": report.seconds, "dataset": config.dataset, "split": "test"})


def share(name: str) -> None:
    """Mark a saved model for all."""
    share_model(name)
    print(f"{name} is listed to all who use the app")


def evaluate(checkpoint: Path, dataset: str, split: str, importance_samples: int | None) -> None:
    """Print the mean ELBO terms of one split as JSON."""
    if importance_samples is not None and not 1 <= importance_samples <= MAX_IMPORTANCE_SAMPLES:
        most = f"{MAX_IMPORTANCE_SAMPLES:,}"
        raise ValueError(f"importance-samples must be from 1 to {most}, got {importance_samples}")
    loaded, images = _load_both(checkpoint, dataset, split)
    started = time.perf_counter()
    figures = _figures(loaded, images)
    if importance_samples is not None:
        bound_N = importance_weighted_bound(
            loaded.vae,
            images.x_ND,
            samples=importance_samples,
            seed=loaded.train_config.seed,
        )
        figures["importance_weighted_bound"] = bound_N.mean().item()
    seconds = time.perf_counter() - started
    print_json({**figures, "seconds": seconds, "dataset": dataset, "split": split})


def encode(checkpoint: Path, dataset: str, split: str, output: Path, force: bool) -> None:
    """Write mu (N, Z), logvar (N, Z) and label (N,) of one split.

    For the one-hot z of a categorical VAE they are p and log p(1 - p), Z = variables * categories.
    """
    require_output(output, ".npz", force=force)
    loaded, images = _load_both(checkpoint, dataset, split)
    with torch.no_grad():
        mu_NZ, logvar_NZ = loaded.latent_model.encode(images.x_ND)
    buffer = io.BytesIO()
    np.savez(buffer, mu=mu_NZ.numpy(), logvar=logvar_NZ.numpy(), label=images.label_N.numpy())
    keep(output, partial(write_atomically, content=buffer.getvalue(), replace=force))


def decode(
    checkpoint: Path, z: Sequence[float] | None, grid: int | None, output: Path, force: bool
) -> None:
    """Write the mean image of one z, or a sheet of them over the latent plane."""
    require_output(output, ".png", force=force)
    model = _open(checkpoint).latent_model
    if z is not None:
        z_PZ = _one_point(model, z)
    else:
        assert grid is not None  # the command line sees to one of the two
        if model.config.latent_size != 2:
            raise ValueError(
                f"a grid needs a model with 2 latent dimensions, this one has "
                f"{model.config.latent_size}; give --z instead"
            )
        z_PZ = manifold_grid(grid)
    images_PD = decode_latents(model, z_PZ)
    if not np.isfinite(images_PD).all():
        raise ValueError("z lies so far out that the decoder left the finite numbers")
    picture = to_png(images_PD, model.config.image_shape, columns=grid or 1)
    keep(output, partial(write_atomically, content=picture, replace=force))


def _one_point(model: LatentModel, values: Sequence[float]) -> NDArray[Any]:
    """z of shape (1, Z); that of a categorical VAE is given by the category of each variable."""
    given = ",".join(f"{value:g}" for value in values)
    if isinstance(model, CategoricalVAE):
        if not all(value.is_integer() and abs(value) <= MAX_CATEGORIES for value in values):
            raise ValueError(
                "z of a categorical VAE is the category of each variable, a whole number from 0, "
                f"got {given}"
            )
        return model.one_hot(torch.tensor([[int(value) for value in values]])).numpy()
    latent_dim = model.config.latent_dim
    if len(values) != latent_dim or not all(map(math.isfinite, values)):
        raise ValueError(f"z must be {latent_dim} finite numbers for this model, got {given}")
    return np.array([values])


def datasets() -> None:
    """Print a table: name, images, shape, and whether it is here."""
    rows: list[tuple[str, ...]] = [("name", "train", "test", "pixels", "on this machine")]
    for name, spec in DATASETS.items():
        height, width = spec.image_shape
        sizes = (f"{size:,}" for size in spec.sizes)
        rows.append((name, *sizes, f"{height}x{width}", spec.missing() or "yes"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, train_size, test_size, shape, here in rows:
        print(
            f"{name:{widths[0]}}  {train_size:>{widths[1]}}  {test_size:>{widths[2]}}  "
            f"{shape:>{widths[3]}}  {here}"
        )


def doctor() -> None:
    """Print what is the case, a line for each thing that was looked at.

    Raises:
        OSError: something will fail.
    """
    findings = []
    for finding in examine():
        findings.append(finding)
        print(f"{finding.state:4}  {finding.about:9}  {finding.text}")
    if bad := [finding.about for finding in findings if finding.state == "bad"]:
        raise OSError(f"not as it must be: {', '.join(bad)}")


def _figures(checkpoint: Checkpoint, images: LabelledImages) -> dict[str, float]:
    """Means over the images, nats per image, beta = 1. The draws have the seed of the model.

    Those of a classifier are its accuracy and its log loss.
    """
    seed = checkpoint.train_config.seed
    if isinstance(checkpoint.model, Classifier):
        accuracy, log_loss = score(checkpoint.model, images)
        return {"accuracy": accuracy, "log_loss": log_loss, "images": len(images), "seed": seed}
    terms = elbo_terms(checkpoint.latent_model, images.x_ND, seed=seed)
    return {
        "elbo": terms.elbo_B.mean().item(),
        "reconstruction_nll": terms.reconstruction_nll_B.mean().item(),
        "kl": terms.kl_B.mean().item(),
        "images": len(images),
        "seed": seed,
    }


def _load(dataset: str, split: str) -> LabelledImages:
    with _fetch_bar() as progress:
        return load_split(dataset, split, progress)


def _open(path: Path) -> Checkpoint:
    """A model to be used; one that is ruined is said to be so on stderr."""
    checkpoint = load_checkpoint(path)
    if checkpoint.record.ruined:
        print(f"{path.name}: this is no good model: {checkpoint.record.in_words}", file=sys.stderr)
    return checkpoint


def _load_both(path: Path, dataset: str, split: str) -> tuple[Checkpoint, LabelledImages]:
    checkpoint = _open(path)
    taken, given = checkpoint.model_config.image_shape, find_dataset(dataset).image_shape
    if taken != given:
        raise ValueError(
            f"the model takes images of {taken[0]} x {taken[1]} pixels, "
            f"those of {dataset} have {given[0]} x {given[1]}"
        )
    return checkpoint, _load(dataset, split)


@contextmanager
def _fetch_bar() -> Iterator[Progress]:
    # The delay keeps the bar out of sight until the first bytes arrive, if any do.
    with tqdm(unit="B", unit_scale=True, leave=False, disable=None, delay=1) as bar:

        def show(done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        yield show
