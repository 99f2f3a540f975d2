"""Training by the ELBO as a generator: the caller decides what to do between epochs.

Shape suffixes: B batch, N data set, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
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
from vae_core.training.loop import Controls, Progress, Report, Stage, train_stage, untouched
from vae_core.training.schedules import temperature_at
from vae_core.training.setup import (
    BINARISE,
    HELD_OUT,
    create_model,
    require_shape,
    shuffled,
    step_generator,
    stream_seed,
)


@dataclass(frozen=True)
class EpochReport(Report):
    """What is known of a model with an ELBO after an epoch; see ``Report``.

    Attributes:
        reconstruction_nll, kl, elbo: means over the held-out images, nats per image, beta = 1.
        beta: weight of the KL term in the last step (in the first one, for epoch 0).
        temperature: of the Gumbel-Softmax in the last step likewise; None where z is not discrete.
    """

    model: LatentModel
    reconstruction_nll: float
    kl: float
    elbo: float
    beta: float
    temperature: float | None

    @property
    def finite(self) -> bool:
        return math.isfinite(self.elbo)

    def curve_point(self) -> dict[str, float]:
        names = ("epoch", "seconds", "reconstruction_nll", "kl", "elbo", "beta", "skipped_steps")
        point = {name: getattr(self, name) for name in names}
        return point if self.temperature is None else {**point, "temperature": self.temperature}

    def in_words(self) -> str:
        return (
            f"ELBO {_figure(self.elbo)}, reconstruction NLL {_figure(self.reconstruction_nll)}, "
            f"KL {_figure(self.kl)} nats per image"
        )


def _figure(nats: float) -> str:
    return f"{nats:.2f}" if abs(nats) < 1e6 else f"{nats:.1e}"  # a ruined model has 20 digits


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
        TrainingDivergedError: with the last model inside that was no worse than untrained.
    """
    require_shape(model_config, images, held_out)
    device = choose_device(config.device)
    model = create_model(latent_model(model_config), model_config, config, device, resume)
    progress = Progress.start(config, resume)
    held_out_ND = held_out.x_ND.to(device)

    def report() -> EpochReport:
        terms = evaluate(model, held_out_ND, seed=stream_seed(config.seed, HELD_OUT))
        temperature = None
        if isinstance(model, CategoricalVAE):
            temperature = temperature_at(progress.last_step, config)
        return EpochReport(
            epoch=progress.epochs_done,
            epochs=config.epochs,
            seconds=progress.seconds,
            reconstruction_nll=terms.reconstruction_nll_B.mean().item(),
            kl=terms.kl_B.mean().item(),
            elbo=terms.elbo_B.mean().item(),
            beta=progress.beta,
            temperature=temperature,
            changes=tuple(progress.changes),
            skipped_steps=progress.skipped_steps,
            model=model,
        )

    first = report()
    yield first
    stage = Stage(
        list(model.parameters()),
        _elbo_gradients(model, config, images.x_ND.to(device), progress.draws),
        math.ceil(len(images) / config.batch_size),
    )
    yield from train_stage(stage, config, progress, report, first, controls)


def _elbo_gradients(
    model: LatentModel, config: TrainConfig, x_ND: Tensor, draws: int
) -> Callable[[float, float], Sequence[Tensor]]:
    """See ``Stage.gradients``. The batches and all draws depend on the seed and ``draws``."""
    device = x_ND.device
    autocast: Callable[[], AbstractContextManager[None]] = nullcontext
    if choose_precision(config.precision, device) == "bfloat16":
        autocast = partial(torch.autocast, device.type, torch.bfloat16)
    gradients_of = objective_gradients(model, config.estimator)
    draw_batch = batches(x_ND, config.binarisation, stream_seed(config.seed, BINARISE))
    generator = step_generator(config, draws, device)
    order = shuffled(torch.arange(len(x_ND), device=device), config.batch_size, generator)

    def gradients(beta: float, epoch: float) -> Sequence[Tensor]:
        x_BD = draw_batch(next(order), generator)
        noise = model.noise(len(x_BD), generator)
        temperature = temperature_at(epoch, config)
        objective = Objective(beta, config.free_bits, temperature, config.straight_through)
        with autocast():
            return gradients_of(x_BD, noise, objective)

    return gradients
