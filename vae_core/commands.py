"""What each command of the command line does; ``__main__`` parses, and reports what goes wrong.

Shape suffixes: N images, G grid points along an axis, Z latent dimensions.
"""

from __future__ import annotations

import io
import json
import math
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from vae_core.config import MAX_CATEGORIES, ModelConfig, TrainConfig
from vae_core.data import DATASETS, LabelledImages, find_dataset, load_split
from vae_core.data.progress import Progress
from vae_core.evaluation.encodings import decode_latents, manifold_grid
from vae_core.evaluation.evaluate import evaluate as elbo_terms
from vae_core.evaluation.evaluate import importance_weighted_bound
from vae_core.files import write_atomically
from vae_core.jobs import Runner, TrainRequest, run_all, summarise
from vae_core.likelihoods import usual_binarisation
from vae_core.models.categorical_vae import CategoricalVAE
from vae_core.models.classifier import Classifier
from vae_core.pictures.image_files import to_png
from vae_core.storage.checkpoints import SUFFIX, Checkpoint, load_checkpoint, save_checkpoint
from vae_core.training import Report, in_words, train_model
from vae_core.training.classifier import score
from vae_core.training.loop import TrainingDivergedError


def train(options: Namespace) -> None:
    """Train and save; the figures are those of the file that was written."""
    model_config = _model_config(options)  # names an unknown likelihood
    config = _train_config(options)
    _require_writable(options.output, SUFFIX)
    images, held_out = (_load(options.dataset, split) for split in ("train", "test"))

    torch.set_num_threads(1)  # the same model to the last bit, whatever else the machine does
    history = []
    report: Report | None = None
    try:
        with tqdm(total=config.epochs, unit="epoch", disable=None) as bar:
            for report in train_model(model_config, config, images, held_out):
                history.append(report.curve_point())
                bar.update(report.epoch - bar.n)
                epoch = f"epoch {report.epoch}/{report.epochs}"
                bar.write(f"{epoch}: {in_words(report)}", file=sys.stderr)
    except TrainingDivergedError as error:
        save_checkpoint(Checkpoint(error.report.model, config, history), options.output)
        raise
    assert report is not None  # epoch 0 is always reported
    save_checkpoint(Checkpoint(report.model, config, history), options.output)
    figures = _figures(load_checkpoint(options.output), held_out)
    _print_json({**figures, "seconds": report.seconds, "dataset": config.dataset, "split": "test"})


def _train_config(options: Namespace, **own: float) -> TrainConfig:
    """From the options of the same names; ``own`` takes precedence."""
    names = {field.name for field in fields(TrainConfig)}
    given = {name: value for name, value in vars(options).items() if name in names}
    given["binarisation"] = options.binarisation or usual_binarisation(options.likelihood)
    return TrainConfig(**{**given, **own})


def _model_config(options: Namespace) -> ModelConfig:
    dataset = find_dataset(options.dataset)
    return ModelConfig(
        model=options.model,
        image_shape=dataset.image_shape,
        classes=len(dataset.class_names),
        clusters=getattr(options, "clusters", ModelConfig.clusters),
        latent_dim=options.latent_dim,
        hidden=options.hidden,
        decoder_hidden=options.decoder_hidden or options.hidden,
        likelihood=options.likelihood,
        noise_sd=options.noise_sd,
        categories=options.categories,
    )


def sweep(options: Namespace) -> None:
    """Train a model for every beta and seed; print mean and spread over the seeds as a table."""
    model_config = _model_config(options)
    requests = [
        TrainRequest(model_config, _train_config(options, beta=beta, seed=seed))
        for beta in options.beta
        for seed in options.seeds
    ]
    if options.output is not None:
        options.output.mkdir(parents=True, exist_ok=True)
    runner = Runner()
    try:
        with tqdm(total=len(requests), unit="run", disable=None) as bar:
            views = []
            for view in run_all(runner, requests):
                views.append(view)
                bar.update()
                request = view.request
                assert isinstance(request, TrainRequest)
                name = f"beta-{request.train.beta:g}-seed-{request.train.seed}"
                bar.write(f"{name}: {view.state}. {view.message}".rstrip(), file=sys.stderr)
                if options.output is not None and view.model_path is not None:
                    content = view.model_path.read_bytes()
                    write_atomically(options.output / f"{name}{SUFFIX}", content)
    finally:
        runner.close()
    rows = summarise(views)
    print("| beta | runs | reconstruction NLL | KL | ELBO at beta = 1 |")
    print("|--:|--:|--:|--:|--:|")
    for row in rows:
        print(f"| {row.beta:g} | {row.runs} | {row.reconstruction_nll} | {row.kl} | {row.elbo} |")
    _print_json([row.to_dict() for row in rows])


def evaluate(options: Namespace) -> None:
    """Print the mean ELBO terms of one split as JSON."""
    samples = options.importance_samples
    if samples is not None and samples < 1:
        raise ValueError(f"importance-samples must be at least 1, got {samples}")
    checkpoint, images = _load_both(options)
    started = time.perf_counter()
    figures = _figures(checkpoint, images)
    if samples is not None:
        figures["importance_weighted_bound"] = (
            importance_weighted_bound(
                checkpoint.vae, images.x_ND, samples=samples, seed=checkpoint.train_config.seed
            )
            .mean()
            .item()
        )
    seconds = time.perf_counter() - started
    _print_json({**figures, "seconds": seconds, "dataset": options.dataset, "split": options.split})


def encode(options: Namespace) -> None:
    """Write mu (N, Z), logvar (N, Z) and label (N,) of one split.

    Of a categorical VAE's one-hot z that is p and log p(1 - p), with Z = variables * categories.
    """
    _require_writable(options.output, ".npz")
    checkpoint, images = _load_both(options)
    with torch.no_grad():
        mu_NZ, logvar_NZ = checkpoint.latent_model.encode(images.x_ND)
    buffer = io.BytesIO()
    np.savez(buffer, mu=mu_NZ.numpy(), logvar=logvar_NZ.numpy(), label=images.label_N.numpy())
    write_atomically(options.output, buffer.getvalue())


def decode(options: Namespace) -> None:
    """Write the mean image of one z, or a sheet of them over the latent plane."""
    _require_writable(options.output, ".png")
    checkpoint = load_checkpoint(options.checkpoint)
    model = checkpoint.latent_model
    latent_dim = model.config.latent_dim
    if options.grid is None and isinstance(model, CategoricalVAE):
        z_PZ, columns = model.one_hot(_categories(options.z)).numpy(), 1
    elif options.grid is None:
        if len(options.z) != latent_dim or not all(map(math.isfinite, options.z)):
            raise ValueError(
                f"z must be {latent_dim} finite numbers for this model, got "
                f"{','.join(f'{value:g}' for value in options.z)}"
            )
        z_PZ, columns = np.array([options.z]), 1
    else:
        if model.config.latent_size != 2:
            raise ValueError(
                f"a grid needs a model with 2 latent dimensions, this one has "
                f"{model.config.latent_size}; give --z instead"
            )
        z_PZ, columns = manifold_grid(options.grid), options.grid
    images_PD = decode_latents(model, z_PZ)
    if not np.isfinite(images_PD).all():
        raise ValueError("z lies so far out that the decoder left the finite numbers")
    picture = to_png(images_PD, model.config.image_shape, columns=columns)
    write_atomically(options.output, picture)


def _categories(values: Sequence[float]) -> torch.Tensor:
    """One row of whole numbers; which there are is the model's matter."""
    if not all(value.is_integer() and abs(value) <= MAX_CATEGORIES for value in values):
        raise ValueError(
            "z of a categorical VAE is the category of each variable, a whole number from 0, got "
            + ",".join(f"{value:g}" for value in values)
        )
    return torch.tensor([[int(value) for value in values]])


def datasets(_: Namespace) -> None:
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


def _print_json(figures: object) -> None:
    try:
        line = json.dumps(figures, allow_nan=False)  # NaN is no JSON
    except ValueError:
        raise ValueError("the model gives values on these images that are not finite") from None
    print(line)


def _load(dataset: str, split: str) -> LabelledImages:
    with _fetch_bar() as progress:
        return load_split(dataset, split, progress)


def _load_both(options: Namespace) -> tuple[Checkpoint, LabelledImages]:
    checkpoint = load_checkpoint(options.checkpoint)
    taken, given = checkpoint.model_config.image_shape, find_dataset(options.dataset).image_shape
    if taken != given:
        raise ValueError(
            f"the model takes images of {taken[0]} x {taken[1]} pixels, "
            f"those of {options.dataset} have {given[0]} x {given[1]}"
        )
    return checkpoint, _load(options.dataset, options.split)


@contextmanager
def _fetch_bar() -> Iterator[Progress]:
    # The delay keeps the bar out of sight until the first bytes arrive, if any do.
    with tqdm(unit="B", unit_scale=True, leave=False, disable=None, delay=1) as bar:

        def show(done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        yield show


def _require_writable(path: Path, suffix: str) -> None:
    """Find out before minutes of work whether its result can be written. Leaves no trace."""
    if path.suffix != suffix:
        raise ValueError(f"the output file must end in {suffix}, got {path}")
    if path.is_dir():
        raise ValueError(f"the output {path} is a folder")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(f"the folder {folder} cannot be written: {error.strerror}") from error
