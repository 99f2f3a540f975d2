"""Training as a generator: the caller decides what to do between epochs, and when to stop.

Shape suffixes: B batch, N data set, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.images import LabelledImages, binarise_fixed
from vae_core.evaluation import evaluate
from vae_core.models import MODELS
from vae_core.models.vae import VAE
from vae_core.optimisation import GuardedAdam, one_cycle

# Seeds of the streams that one run draws from, so that a change in one (more epochs of
# noise, say) leaves the others as they were.
_WEIGHTS, _STEPS, _HELD_OUT, _BINARISE = range(4)


@dataclass(frozen=True)
class EpochReport:
    """What is known after an epoch; epoch 0 is the untrained model.

    Attributes:
        epoch, epochs: the one just done, and how many there will be.
        seconds: spent training so far, evaluation not counted.
        reconstruction_nll, kl, elbo: means over the held-out images, nats per image, beta = 1.
        skipped_steps: steps of this epoch whose gradient was not finite, left out.
        model: the live model; it changes when the generator goes on.
    """

    epoch: int
    epochs: int
    seconds: float
    reconstruction_nll: float
    kl: float
    elbo: float
    skipped_steps: int
    model: VAE

    def curve_point(self) -> dict[str, float]:
        """The numbers alone, for the history of a checkpoint."""
        names = ("epoch", "seconds", "reconstruction_nll", "kl", "elbo", "skipped_steps")
        return {name: getattr(self, name) for name in names}


class TrainingDivergedError(RuntimeError):
    """Training left the finite numbers. ``report`` holds the last finite model."""

    def __init__(self, epoch: int, report: EpochReport) -> None:
        super().__init__(
            f"training diverged in epoch {epoch}; the model of epoch {report.epoch} was kept. "
            "Try a smaller learning rate or a larger batch"
        )
        self.epoch = epoch
        self.report = report


def always() -> bool:
    """Never stop early."""
    return True


def train(
    model_config: ModelConfig,
    config: TrainConfig,
    images: LabelledImages,
    held_out: LabelledImages,
    keep_going: Callable[[], bool] = always,
) -> Iterator[EpochReport]:
    """Train from scratch; yields a report for the untrained model and after every epoch.

    The same configs, images and machine give the same model to the last bit (one thread).

    Args:
        images: training images, kept in memory as one tensor.
        held_out: images for the curves; never trained on.
        keep_going: asked before every step; False ends the run with a report of what there is.

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
    model = (
        MODELS[model_config.model]
        .create(model_config, torch.Generator().manual_seed(_stream_seed(config.seed, _WEIGHTS)))
        .to(device)
    )
    draw_batch = _batches(config, images.x_ND.to(device))
    held_out_ND = held_out.x_ND.to(device)

    generator = torch.Generator(device).manual_seed(_stream_seed(config.seed, _STEPS))
    optimiser = GuardedAdam(list(model.parameters()), config.weight_decay)
    steps_per_epoch = math.ceil(len(images) / config.batch_size)
    total_steps = config.epochs * steps_per_epoch
    seconds = 0.0

    def report(epoch: int, skipped: int) -> EpochReport:
        terms = evaluate(model, held_out_ND, seed=_stream_seed(config.seed, _HELD_OUT))
        return EpochReport(
            epoch=epoch,
            epochs=config.epochs,
            seconds=seconds,
            reconstruction_nll=terms.reconstruction_nll_B.mean().item(),
            kl=terms.kl_B.mean().item(),
            elbo=terms.elbo_B.mean().item(),
            skipped_steps=skipped,
            model=model,
        )

    last = report(0, 0)
    yield last
    for epoch in range(1, config.epochs + 1):
        finite_weights = [parameter.detach().clone() for parameter in model.parameters()]
        skipped = 0
        started = time.perf_counter()
        order_N = torch.randperm(len(images), generator=generator, device=device)
        stopped = False
        with _denormals_as_zero():
            for step, index_B in enumerate(order_N.split(config.batch_size)):
                if not keep_going():
                    stopped = True
                    break
                steps_done = (epoch - 1) * steps_per_epoch + step
                rate = one_cycle(steps_done, total_steps, config.learning_rate)
                x_BD = draw_batch(index_B, generator)
                shape_BZ = (len(x_BD), model_config.latent_dim)
                noise_BZ = torch.randn(shape_BZ, generator=generator, device=device)
                with autocast():
                    gradients = model.objective_gradients(x_BD, noise_BZ, config.beta)
                skipped += not optimiser.step(gradients, rate)
        seconds += time.perf_counter() - started

        now = report(epoch - stopped, skipped)
        if skipped == steps_per_epoch or not math.isfinite(now.elbo):
            with torch.no_grad():
                for parameter, kept in zip(model.parameters(), finite_weights, strict=True):
                    parameter.copy_(kept)
            raise TrainingDivergedError(epoch, last)
        last = now
        yield now
        if stopped:
            return


@contextmanager
def _denormals_as_zero() -> Iterator[None]:
    """For this thread's float arithmetic on the CPU.

    Adam's averages shrink below 1e-38 where no gradient arrives any more: at a ReLU unit that has
    died, at a pixel that is hardly ever lit. The processor takes many times longer for such
    numbers; after 1,000 steps of a 784-400-2 ReLU network that was a third of a step.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _batches(config: TrainConfig, x_ND: Tensor) -> Callable[[Tensor, torch.Generator], Tensor]:
    """(indices, generator) -> that batch of images, (B, D), binarised as the config says."""
    if config.binarisation == "fixed":
        x_ND = binarise_fixed(x_ND, _stream_seed(config.seed, _BINARISE)).to(x_ND.device)
    if config.binarisation != "dynamic":
        return lambda index_B, _: x_ND.index_select(0, index_B)

    # A pixel is 1 where 16 random bits fall below its grey value: four draws for the price
    # of one, at a probability within 2^-16 of the grey value.
    threshold_ND = (x_ND.double() * 2**16 - 2**15).round().clamp(-(2**15), 2**15 - 1).short()
    pixels = x_ND.shape[1]

    def draw(index_B: Tensor, generator: torch.Generator) -> Tensor:
        count = len(index_B) * pixels
        words = torch.empty(-(-count // 4), dtype=torch.int64, device=x_ND.device)
        bits = words.random_(-(2**63), None, generator=generator).view(torch.int16)
        out_BD = torch.empty(len(index_B), pixels, device=x_ND.device)
        torch.lt(bits[:count].view(-1, pixels), threshold_ND.index_select(0, index_B), out=out_BD)
        return out_BD

    return draw


def choose_device(name: str) -> torch.device:
    """ "auto" is CUDA where there is one. Raises ValueError if "cuda" is asked for in vain."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device cuda was asked for, but torch sees none; use auto or cpu")
    return torch.device(name)


def choose_precision(name: str, device: torch.device) -> str:
    """ "auto" is bfloat16 only where the hardware multiplies it natively: elsewhere it is slow."""
    if name != "auto":
        return name
    native = (
        torch.cuda.is_bf16_supported(including_emulation=False)
        if device.type == "cuda"
        else torch.cpu._is_avx512_bf16_supported()
    )
    return "bfloat16" if native else "float32"


def _stream_seed(seed: int, stream: int) -> int:
    # Multiplying by an odd constant keeps neighbouring seeds' streams apart.
    return (seed * 4 + stream) * 0x9E3779B97F4A7C15 % 2**63
