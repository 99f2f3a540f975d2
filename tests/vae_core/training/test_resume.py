"""A run of a VAE goes on from its checkpoint."""

from __future__ import annotations

import copy

import torch

from vae_core.models.vae import VAE
from vae_core.storage.checkpoints import Checkpoint
from vae_core.training.vae import train


def test_a_run_goes_on_from_a_checkpoint(model_config, train_config, images, held_out):
    halfway = Checkpoint(VAE(model_config), train_config)
    history = []
    for report in train(model_config, train_config, images, held_out):
        history.append(report.curve_point())
        if report.epoch == 2:
            halfway = Checkpoint(copy.deepcopy(report.model), train_config, list(history))
    going_on = train(model_config, train_config, images, held_out, resume=halfway)
    first = next(going_on)
    assert first.epoch == 2
    assert first.elbo == history[2]["elbo"]
    assert first.seconds == history[2]["seconds"]
    rest = list(going_on)
    assert [report.epoch for report in rest] == [3, 4]
    assert rest[-1].elbo > first.elbo
    assert rest[-1].seconds > first.seconds


def test_a_run_that_goes_on_draws_anew(model_config, train_config, images, held_out, monkeypatch):
    """Else the epochs after an interruption would repeat the noise and the order of the first."""
    drawn = []
    real = VAE.objective_gradients

    def spy(model, x_BD, noise_BZ, objective):
        drawn.append(noise_BZ.clone())
        return real(model, x_BD, noise_BZ, objective)

    monkeypatch.setattr(VAE, "objective_gradients", spy)
    run = train(model_config, train_config, images, held_out)
    next(run)
    report = next(run)
    halfway = Checkpoint(copy.deepcopy(report.model), train_config, [report.curve_point()])
    before = len(drawn)
    going_on = train(model_config, train_config, images, held_out, resume=halfway)
    next(going_on)
    next(going_on)
    for first, again in zip(drawn[:before], drawn[before:], strict=True):
        assert not torch.equal(first, again)
