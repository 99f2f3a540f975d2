"""Every kind of model trains to the same bits, paused or not."""

from __future__ import annotations

import pytest
import torch

from vae_core.config import ModelConfig, TrainConfig
from vae_core.models import MODELS
from vae_core.settings import only_read
from vae_core.training import train_model
from vae_core.training.loop import (
    Controls,
)

# --- every kind


@pytest.mark.parametrize("kind", MODELS)
def test_every_kind_gives_the_same_bits_twice_and_a_pause_changes_none(kind, images, held_out):
    configs = only_read(
        ModelConfig(
            model=kind,
            image_shape=(4, 5),
            latent_dim=3,
            hidden=(16,),
            decoder_hidden=(12,),
            classes=2,
            clusters=4,
            categories=3,
        ),
        TrainConfig(epochs=3, batch_size=64, seed=3, labels_per_class=6),
    )

    def paused() -> Controls:
        torch.rand(7)  # others draw meanwhile
        return Controls()

    *_, first = train_model(*configs, images, held_out)
    *_, second = train_model(*configs, images, held_out, paused)
    ours, theirs = first.model.state_dict(), second.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert {**first.curve_point(), "seconds": 0} == {**second.curve_point(), "seconds": 0}
