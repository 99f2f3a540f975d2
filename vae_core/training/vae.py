"""Training by the ELBO as a generator: the caller decides what to do between epochs.

Shape suffixes: B batch, N data set, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import torch

from vae_core.config import Change, ModelConfig, TrainConfig
from vae_core.data.batches import batches
from vae_core.data.images import LabelledImages
from vae_core.devices import choose_device, choose_precision
from vae_core.evaluation.evaluate import evaluate
from vae_core.gradients.estimators import objective_gradients
from vae_core.models import latent_model
from vae_core.models.base import LatentModel
from vae_core.models.categorical_vae import CategoricalVAE
from vae_core.models.elbo import Objective
from vae_core.storage.checkpoints import Checkpoint
from vae_core.training.loop import (
    BINARISE,
    HELD_OUT,
    STEPS,
    WEIGHTS,
    Controls,
    TrainingDivergedError,
    denormals_as_zero,
    moved,
    stream_seed,
    untouched,
)
from vae_core.training.optimisation import GuardedAdam, one_cycle
from vae_core.training.schedules import beta_at, temperature_at


@dataclass(frozen=True)
class EpochReport:
    """What is known after an epoch; epoch 0 is the untrained model.

    Attributes:
        epoch, epochs: the one just done, and how many there will be.
        seconds: spent training so far, evaluation not counted.
        reconstruction_nll, kl, elbo: means over the held-out images, nats per image, beta = 1.
        beta: weight of the KL term in the last step (in the first one, for epoch 0).
        temperature: of the Gumbel-Softmax in the last step likewise; None where z is not discrete.
        changes: what was moved by hand so far.
        skipped_steps: steps of this epoch whose gradient was not finite, left out.
        model: the live model; it changes when the generator goes on.
    """

    epoch: int
    epochs: int
    seconds: float
    reconstruction_nll: float
    kl: float
    elbo: float
    beta: float
    temperature: float | None
    changes: tuple[Change, ...]
    skipped_steps: int
    model: LatentModel

    def curve_point(self) -> dict[str, float]:
        """The numbers alone, for the history of a checkpoint."""
        names = ("epoch", "seconds", "reconstruction_nll", "kl", "elbo", "beta", "skipped_steps")
        point = {name: getattr(self, name) for name in names}
        return point if self.temperature is None else {**point, "temperature": self.temperature}


def train(
    model_config: ModelConfig,
    config: TrainConfig,
    images: LabelledImages,
    held_out: LabelledImages,
    controls: Callable[[], Controls] = untouched,
    resume: Checkpoint | None = None,
) -> Iterator[EpochReport]:
    """Train; yields a report at the start (epoch 0 is the untrained model) and after every epoch.

    The same configs, images and machine give the same model to the last bit (one thread).

    Args:
        images: training images, kept in memory as one tensor.
        held_out: images for the curves; never trained on.
        controls: asked before every step; it may take its time, and then the run waits.
        resume: go on from here: its weights, and the epoch at which its history ends. The
            optimiser's averages and the random draws begin anew.

    Raises:
        ValueError: the images do not have the model's shape, or CUDA was asked for in vain.
        TrainingDivergedError: with the last finite model inside.
    """
    for part in (images, held_out):
        if part.image_shape != model_config.image_shape:
            raise ValueError(
                f"the model takes images of {model_config.image_shape}, got {part.image_shape}"
            )
    device = choose_device(config.device)
    autocast: Callable[[], AbstractContextManager[None]] = nullcontext
    if choose_precision(config.precision, device) == "bfloat16":
        autocast = partial(torch.autocast, device.type, torch.bfloat16)
    model = latent_model(model_config).create(
        model_config, torch.Generator().manual_seed(stream_seed(config.seed, WEIGHTS))
    )
    first_epoch, seconds = 0, 0.0
    if resume is not None:
        model.load_state_dict(resume.model.state_dict())
        first_epoch = int(resume.history[-1]["epoch"])
        seconds = resume.history[-1]["seconds"]
    model = model.to(device)
    draw_batch = batches(
        images.x_ND.to(device), config.binarisation, stream_seed(config.seed, BINARISE)
    )
    held_out_ND = held_out.x_ND.to(device)

    # A run that goes on must not meet the same draws again.
    generator = torch.Generator(device).manual_seed(stream_seed(config.seed, STEPS) ^ first_epoch)
    gradients_of = objective_gradients(model, config.estimator)
    optimiser = GuardedAdam(list(model.parameters()), config.weight_decay)
    steps_per_epoch = math.ceil(len(images) / config.batch_size)
    total_steps = config.epochs * steps_per_epoch
    asked = Controls()
    beta = beta_at(first_epoch, config)
    temperature = temperature_at(first_epoch, config)
    changes: list[Change] = []

    def report(epoch: int, skipped: int) -> EpochReport:
        terms = evaluate(model, held_out_ND, seed=stream_seed(config.seed, HELD_OUT))
        return EpochReport(
            epoch=epoch,
            epochs=config.epochs,
            seconds=seconds,
            reconstruction_nll=terms.reconstruction_nll_B.mean().item(),
            kl=terms.kl_B.mean().item(),
            elbo=terms.elbo_B.mean().item(),
            beta=beta,
            temperature=temperature if isinstance(model, CategoricalVAE) else None,
            changes=tuple(changes),
            skipped_steps=skipped,
            model=model,
        )

    last = report(first_epoch, 0)
    yield last
    for epoch in range(first_epoch + 1, config.epochs + 1):
        finite_weights = [parameter.detach().clone() for parameter in model.parameters()]
        skipped = 0
        started = time.perf_counter()
        order_N = torch.randperm(len(images), generator=generator, device=device)
        with denormals_as_zero():
            for step, index_B in enumerate(order_N.split(config.batch_size)):
                before = time.perf_counter()
                previous, asked = asked, controls()
                started += time.perf_counter() - before  # a pause is no training
                if not asked.go_on:
                    break
                steps_done = (epoch - 1) * steps_per_epoch + step
                changes += moved(previous, asked, steps_done / steps_per_epoch)
                scheduled = beta_at(steps_done / steps_per_epoch, config)
                beta = scheduled if asked.beta is None else asked.beta
                peak = asked.learning_rate or config.learning_rate
                rate = one_cycle(steps_done, total_steps, peak)
                x_BD = draw_batch(index_B, generator)
                noise = model.noise(len(x_BD), generator)
                temperature = temperature_at(steps_done / steps_per_epoch, config)
                objective = Objective(beta, config.free_bits, temperature, config.straight_through)
                with autocast():
                    gradients = gradients_of(x_BD, noise, objective)
                skipped += not optimiser.step(gradients, rate)
        seconds += time.perf_counter() - started

        now = report(epoch if asked.go_on else epoch - 1, skipped)
        if skipped == steps_per_epoch or not math.isfinite(now.elbo):
            with torch.no_grad():
                for parameter, kept in zip(model.parameters(), finite_weights, strict=True):
                    parameter.copy_(kept)
            raise TrainingDivergedError(epoch, last)
        last = now
        yield now
        if not asked.go_on:
            return
