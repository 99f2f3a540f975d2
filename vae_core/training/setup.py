"""What every training begins with: its random streams, its model, and its images in batches.

Shape suffixes: N data set.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import torch
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.images import LabelledImages
from vae_core.models.base import Model
from vae_core.storage.checkpoints import Checkpoint

# Seeds of the streams that one run draws from, so that a change in one (more epochs of
# noise, say) leaves the others as they were.
WEIGHTS, STEPS, HELD_OUT, BINARISE = range(4)

SomeModel = TypeVar("SomeModel", bound=Model)


def stream_seed(seed: int, stream: int) -> int:
    # Multiplying by an odd constant keeps neighbouring seeds' streams apart.
    return (seed * 4 + stream) * 0x9E3779B97F4A7C15 % 2**63


def create_model(
    kind: type[SomeModel],
    model_config: ModelConfig,
    config: TrainConfig,
    device: torch.device,
    resume: Checkpoint | None,
) -> SomeModel:
    """A model on the device with fresh weights, or with those of a checkpoint."""
    generator = torch.Generator().manual_seed(stream_seed(config.seed, WEIGHTS))
    model = kind.create(model_config, generator)
    if resume is not None:
        model.load_state_dict(resume.model.state_dict())
    return model.to(device)


def step_generator(config: TrainConfig, draws: int, device: torch.device) -> torch.Generator:
    """For every draw of the steps; a run that goes on must not meet the same draws again."""
    return torch.Generator(device).manual_seed(stream_seed(config.seed, STEPS) ^ draws)


def shuffled(index_N: Tensor, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Batches of indices in random order, over and over; no indices give empty batches."""
    while True:
        order_N = torch.randperm(len(index_N), generator=generator, device=index_N.device)
        yield from index_N[order_N].split(size)


def require_shape(model_config: ModelConfig, *parts: LabelledImages) -> None:
    """Raises ValueError where images do not have the model's shape."""
    for part in parts:
        if part.image_shape != model_config.image_shape:
            raise ValueError(
                f"the model takes images of {model_config.image_shape}, got {part.image_shape}"
            )
