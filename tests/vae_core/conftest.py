"""Small images, and a small model trained on them once for all tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import LabelledImages
from vae_core.models.vae import VAE
from vae_core.storage.checkpoints import Checkpoint, save_checkpoint
from vae_core.training.vae import train


def stripes(count: int, seed: int) -> LabelledImages:
    """Grey 4 x 5 images of two classes: bright rows or bright columns, with noise."""
    random = np.random.default_rng(seed)
    label_N = random.integers(0, 2, count)
    images_NHW = random.uniform(0, 0.2, (count, 4, 5))
    for image_HW, label in zip(images_NHW, label_N, strict=True):
        if label:
            image_HW[random.integers(4)] = 1.0
        else:
            image_HW[:, random.integers(5)] = random.uniform(0.7, 1.0)
    return LabelledImages(
        torch.from_numpy(images_NHW.reshape(count, 20).astype(np.float32)),
        torch.from_numpy(label_N),
        (4, 5),
    )


@pytest.fixture(scope="session")
def images() -> LabelledImages:
    return stripes(300, seed=1)


@pytest.fixture(scope="session")
def held_out() -> LabelledImages:
    return stripes(60, seed=2)


@pytest.fixture(scope="session")
def model_config() -> ModelConfig:
    return ModelConfig(image_shape=(4, 5), latent_dim=2, hidden=(16,), decoder_hidden=(16, 12))


@pytest.fixture(scope="session")
def train_config() -> TrainConfig:
    return TrainConfig(epochs=4, batch_size=64, learning_rate=1e-2, seed=3)


@pytest.fixture(scope="session")
def checkpoint(
    model_config: ModelConfig,
    train_config: TrainConfig,
    images: LabelledImages,
    held_out: LabelledImages,
) -> Checkpoint:
    reports = []
    for report in train(model_config, train_config, images, held_out):
        reports.append(report.curve_point())
    return Checkpoint(report.model, train_config, reports)


@pytest.fixture(scope="session")
def model(checkpoint: Checkpoint) -> VAE:
    return checkpoint.vae


@pytest.fixture
def checkpoint_path(checkpoint: Checkpoint, tmp_path: Path) -> Path:
    return save_checkpoint(checkpoint, tmp_path / "model.safetensors")
