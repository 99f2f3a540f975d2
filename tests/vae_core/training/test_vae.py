"""train(): reproducible, guarded, stoppable; its optimiser and schedule against PyTorch's own."""

from __future__ import annotations

import dataclasses
import itertools
import math
import random

import numpy as np
import pytest
import torch

from vae_core.data import LabelledImages
from vae_core.models.vae import VAE
from vae_core.training import loop
from vae_core.training.loop import Controls, TrainingDivergedError
from vae_core.training.optimisation import one_cycle
from vae_core.training.vae import train


def weights_of(model) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in model.parameters()]


def same_bits(ours, theirs) -> bool:
    return all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def final(*arguments):
    *_, report = train(*arguments)
    return report


# --- the run as a whole


def test_the_same_seed_gives_the_same_bits_whatever_the_global_generators_hold(
    model_config, train_config, images, held_out
):
    torch.manual_seed(1)
    first = final(model_config, train_config, images, held_out)
    torch.manual_seed(2)
    np.random.seed(2)
    random.seed(2)
    second = final(model_config, train_config, images, held_out)
    assert same_bits(weights_of(first.model), weights_of(second.model))
    assert first.elbo == second.elbo


def generators() -> tuple[list[int], object]:
    """The states of NumPy's generator and of Python's own."""
    return np.random.get_state(legacy=False)["state"]["key"].tolist(), random.getstate()


@pytest.mark.parametrize("binarisation", ["none", "dynamic", "fixed"])
def test_global_generators_are_left_alone(
    model_config, train_config, images, held_out, binarisation
):
    before = torch.get_rng_state(), generators()
    config = dataclasses.replace(train_config, epochs=1, binarisation=binarisation)
    final(model_config, config, images, held_out)
    after = torch.get_rng_state(), generators()
    assert torch.equal(before[0], after[0])
    assert before[1] == after[1]


def test_another_seed_gives_other_weights_from_the_start(
    model_config, train_config, images, held_out
):
    other = dataclasses.replace(train_config, seed=train_config.seed + 1)
    ours = next(train(model_config, train_config, images, held_out))
    theirs = next(train(model_config, other, images, held_out))
    assert not same_bits(weights_of(ours.model), weights_of(theirs.model))


def test_reports_begin_with_the_untrained_model_and_get_better(
    model_config, train_config, images, held_out
):
    reports = list(train(model_config, train_config, images, held_out))
    assert [report.epoch for report in reports] == [0, 1, 2, 3, 4]
    assert {report.epochs for report in reports} == {4}
    assert reports[0].seconds == 0
    assert all(a.seconds < b.seconds for a, b in itertools.pairwise(reports))
    assert reports[-1].elbo > reports[0].elbo + 1
    for report in reports:
        assert report.elbo == pytest.approx(-report.reconstruction_nll - report.kl, abs=1e-4)
        assert report.skipped_steps == 0
    assert set(reports[1].curve_point()) == {
        "epoch", "seconds", "reconstruction_nll", "kl", "elbo", "beta", "skipped_steps",
    }  # fmt: skip


def test_a_large_beta_drives_the_kl_to_zero_and_none_lets_it_grow(
    model_config, train_config, images, held_out
):
    kl = [
        final(model_config, dataclasses.replace(train_config, beta=beta), images, held_out).kl
        for beta in (0.0, 1.0, 50.0)
    ]
    assert kl[0] > kl[1] > kl[2]
    assert kl[2] < 0.05


def test_images_of_another_shape_are_refused(model_config, train_config, images, held_out):
    wide = LabelledImages(images.x_ND, images.label_N, (5, 4))
    with pytest.raises(ValueError, match=r"takes images of \(4, 5\), got \(5, 4\)"):
        next(train(model_config, train_config, wide, held_out))


# --- stopping


def test_it_stops_before_the_next_step_when_told_to(model_config, train_config, images, held_out):
    answers = iter([True] * 7 + [False])  # 5 steps an epoch: the third step of epoch 2 is refused
    epochs, weights = [], []
    for report in train(
        model_config, train_config, images, held_out, lambda: Controls(next(answers))
    ):
        epochs.append(report.epoch)
        weights.append(weights_of(report.model))
    assert next(answers, None) is None
    assert epochs == [0, 1, 1.4]
    assert not same_bits(weights[1], weights[2])  # what the two steps did is kept


def test_a_refused_first_step_leaves_the_model_untrained(
    model_config, train_config, images, held_out
):
    run = train(model_config, train_config, images, held_out, lambda: Controls(go_on=False))
    report = next(run)
    untrained = weights_of(report.model)
    assert next(run, None) is None
    assert same_bits(untrained, weights_of(report.model))


# --- changes by hand, schedules, going on


def test_a_change_acts_from_the_next_step_and_is_noted(
    model_config, train_config, images, held_out, monkeypatch
):
    used = []
    real = VAE.objective_gradients

    def spy(model, x_BD, noise_BZ, objective):
        used.append(objective.beta)
        return real(model, x_BD, noise_BZ, objective)

    monkeypatch.setattr(VAE, "objective_gradients", spy)
    asked = itertools.chain(
        [Controls()] * 7, [Controls(beta=0.0)] * 6, itertools.repeat(Controls(learning_rate=1e-4))
    )
    report = final(model_config, train_config, images, held_out, lambda: next(asked))
    own = train_config.beta
    assert used == [own] * 7 + [0.0] * 6 + [own] * 7  # 4 epochs of 5 steps
    assert report.beta == own
    assert [(c.epoch, c.name, c.value) for c in report.changes] == [
        (1.4, "beta", 0.0),
        (2.6, "beta", None),
        (2.6, "learning_rate", 1e-4),
    ]


def test_a_lower_rate_moves_the_weights_less(model_config, train_config, images, held_out):
    start = weights_of(next(train(model_config, train_config, images, held_out)).model)

    def moved(rate: float | None) -> float:
        controls = Controls(learning_rate=rate)
        after = weights_of(
            final(model_config, train_config, images, held_out, lambda: controls).model
        )
        return max((a - b).abs().max().item() for a, b in zip(start, after, strict=True))

    assert moved(1e-9) < 1e-6 < 1e-3 < moved(None)


def test_waiting_in_the_controls_is_no_training_time(
    model_config, train_config, images, held_out, monkeypatch
):
    clock = itertools.count(0.0)  # every look at the clock is a second later
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))

    def slow() -> Controls:
        for _ in range(1000):
            next(clock)
        return Controls()

    report = final(model_config, train_config, images, held_out, slow)
    assert report.seconds < 1000


# --- the guard


def run_until_it_diverges(run) -> tuple[TrainingDivergedError, list, list[int]]:
    weights, epochs = [], []

    def follow() -> None:
        for report in run:
            weights.append(weights_of(report.model))
            epochs.append(report.epoch)

    with pytest.raises(TrainingDivergedError) as caught:
        follow()
    return caught.value, weights, epochs


def test_a_diverging_run_names_its_epoch_and_keeps_the_last_finite_model(
    model_config, train_config, images, held_out
):
    config = dataclasses.replace(train_config, learning_rate=1e30)
    error, weights, epochs = run_until_it_diverges(train(model_config, config, images, held_out))
    assert epochs == [0]
    assert (error.epoch, error.report.epoch) == (1, 0)
    assert "epoch 1;" in str(error)
    assert same_bits(weights_of(error.report.model), weights[-1])


@pytest.mark.parametrize("steps_allowed", [math.inf, 12])
def test_a_run_that_diverges_late_keeps_the_epoch_before(
    model_config, train_config, images, held_out, monkeypatch, steps_allowed
):
    steady = one_cycle
    monkeypatch.setattr(
        loop,
        "one_cycle",
        lambda step, total, peak: steady(step, total, peak) if step < 10 else 1e30,
    )
    asked = itertools.count()
    run = train(
        model_config,
        train_config,
        images,
        held_out,
        lambda: Controls(next(asked) < steps_allowed),
    )
    error, weights, epochs = run_until_it_diverges(run)
    assert epochs == [0, 1, 2]
    assert (error.epoch, error.report.epoch) == (3, 2)
    assert same_bits(weights_of(error.report.model), weights[-1])
    assert all(torch.isfinite(weight).all() for weight in weights_of(error.report.model))


def test_one_bad_gradient_is_skipped_and_counted(
    model_config, train_config, images, held_out, monkeypatch
):
    calls = itertools.count()
    real = VAE.objective_gradients

    def sometimes_nan(*arguments):
        gradients = real(*arguments)
        return [g * math.nan for g in gradients] if next(calls) == 6 else gradients

    monkeypatch.setattr(VAE, "objective_gradients", sometimes_nan)
    reports = list(train(model_config, train_config, images, held_out))
    assert [report.skipped_steps for report in reports] == [0, 0, 1, 0, 0]
    assert math.isfinite(reports[-1].elbo)


@pytest.mark.parametrize("binarisation", ["none", "dynamic"])
def test_images_unlike_the_training_data_give_finite_terms(
    model_config, train_config, images, held_out, binarisation
):
    config = dataclasses.replace(train_config, binarisation=binarisation)
    model = final(model_config, config, images, held_out).model
    checkerboard_D = (torch.arange(20) % 2).float()
    x_BD = torch.stack([checkerboard_D, 1 - checkerboard_D, torch.ones(20), torch.zeros(20)])
    with torch.no_grad():
        model.encoder.net[-1].weight.mul_(1e4)  # an encoder far outside what it learnt
        terms = model.elbo_terms(x_BD, torch.ones(4, 2))
    assert torch.isfinite(terms.elbo_B).all()
    assert terms.kl_B.max() > 1e3
