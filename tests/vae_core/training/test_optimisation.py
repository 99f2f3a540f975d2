"""The guarded Adam and the one-cycle schedule against PyTorch's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vae_core.training.optimisation import GuardedAdam, one_cycle


def gradient_stream(shapes, steps, spike_every):
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        size = 40.0 if step % spike_every == spike_every - 1 else 1.0
        yield tuple(size * torch.randn(shape, generator=generator) for shape in shapes)


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_the_optimiser_is_adamw_on_clipped_gradients(decay):
    shapes, rate = [(5, 3), (3,)], 1e-2
    ours = [torch.ones(shape) for shape in shapes]
    theirs = [torch.ones(shape, requires_grad=True) for shape in shapes]
    guarded = GuardedAdam(ours, decay)
    adam = torch.optim.AdamW(theirs, lr=rate, betas=(0.9, 0.95), eps=1e-8, weight_decay=decay)
    running, clipped = None, 0
    for gradients in gradient_stream(shapes, steps=60, spike_every=7):
        norm = math.sqrt(sum((g.double() ** 2).sum().item() for g in gradients))
        running = norm if running is None else running
        share = min(1.0, 3 * running / norm)
        running = 0.99 * running + 0.01 * share * norm
        clipped += share < 1
        for parameter, gradient in zip(theirs, gradients, strict=True):
            parameter.grad = gradient * share
        adam.step()
        assert guarded.step(gradients, rate)
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b.detach(), rtol=1e-5, atol=1e-6)
    assert clipped == 8  # every spike, nothing else


def test_a_first_gradient_of_zero_does_not_clip_the_next_ones_away():
    weight = torch.ones(3)
    optimiser = GuardedAdam([weight])
    assert optimiser.step((torch.zeros(3),), 0.1)
    assert weight.tolist() == [1.0] * 3
    assert optimiser.step((torch.ones(3),), 0.1)
    assert (weight < 1).all()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_step_that_is_not_finite_changes_nothing_now_or_later(bad):
    shapes = [(4, 2), (2,)]
    disturbed, calm = ([torch.ones(shape) for shape in shapes] for _ in range(2))
    one, other = GuardedAdam(disturbed), GuardedAdam(calm)
    for step, gradients in enumerate(gradient_stream(shapes, steps=6, spike_every=4)):
        if step == 3:
            broken = tuple(g.clone() for g in gradients)
            broken[1][0] = bad
            assert not one.step(broken, 1e-2)
        assert one.step(gradients, 1e-2)
        assert other.step(gradients, 1e-2)
        assert all(torch.equal(a, b) for a, b in zip(disturbed, calm, strict=True))


def test_the_schedule_is_pytorchs_one_cycle():
    peak, total = 4e-3, 2000
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=peak, total_steps=total, pct_start=0.1, cycle_momentum=False
    )
    ours = [one_cycle(step, total, peak) for step in range(total)]
    theirs = []
    for _ in range(total):
        theirs.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        if len(theirs) < total:
            schedule.step()
    # PyTorch ends the two phases one step sooner (at 199 and 1999 instead of 200 and 2000); over
    # one step the steepest slope, that of the rise, moves the rate by pi/2 / 200 of the peak.
    assert np.abs(np.subtract(ours, theirs)).max() < peak * math.pi / 2 / 200
    assert ours[0] == pytest.approx(peak / 25)
    assert max(ours) == ours[200] == pytest.approx(peak)
    assert ours[-1] < peak / 1e4


@pytest.mark.parametrize("total", [1, 2, 9])
def test_the_schedule_of_a_very_short_run_stays_within_its_peak(total):
    assert all(0 < one_cycle(step, total, 1.0) <= 1.0 for step in range(total))
