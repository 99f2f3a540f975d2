"""The KL term switched off and on again while a model trains."""

from __future__ import annotations

from dataclasses import replace

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import load_split
from vae_core.training.loop import Controls
from vae_core.training.vae import EpochReport, train

EPOCHS, OFF_AT, ON_AT = 30, 10, 20


def test_the_kl_rises_without_the_term_and_falls_back_with_it():
    model = ModelConfig(hidden=(64,), decoder_hidden=(64,))
    config = TrainConfig(epochs=EPOCHS, batch_size=128, learning_rate=5e-3)
    images, held_out = load_split("mnist-5k", "train"), load_split("mnist-5k", "test")
    always_on = [report.kl for report in train(model, config, images, held_out)]

    reached: list[EpochReport] = []

    def controls() -> Controls:
        off = OFF_AT <= reached[-1].epoch < ON_AT
        return Controls(beta=0.0 if off else None)

    for report in train(model, config, images, held_out, controls):
        reached.append(replace(report))
    switched = [report.kl for report in reached]

    assert switched[: OFF_AT + 1] == always_on[: OFF_AT + 1]  # the same until then, to the bit
    assert switched[ON_AT] > 2 * always_on[ON_AT]
    assert switched[ON_AT] > switched[OFF_AT + 1] > switched[OFF_AT]
    # Ten epochs at a falling rate bring it most of the way back: within 15% (measured: 9%).
    assert abs(switched[EPOCHS] - always_on[EPOCHS]) < 0.15 * always_on[EPOCHS]
    assert [(c.epoch, c.value) for c in reached[-1].changes] == [(10.0, 0.0), (20.0, None)]
