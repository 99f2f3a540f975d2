"""Gumbel-Softmax draws against softmax, SciPy, quadrature and torch.distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad
from scipy.stats import gumbel_r, kstest
from torch.distributions import Categorical, kl_divergence

from vae_core.models.gumbel import (
    gumbel_noise,
    kl_to_uniform,
    log_density,
    one_hot,
    relaxed,
    straight_through,
)

TEMPERATURES = [1e-40, 0.01, 0.1, 0.5, 1.0, 3.0, 10.0, 1e3]
LOGITS = torch.tensor([[0.3, -1.2, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]])


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_noise_is_gumbel_s():
    draws = gumbel_noise((100_000,), generator()).numpy()
    assert kstest(draws, gumbel_r.cdf).pvalue > 1e-3
    assert np.isfinite(draws).all()


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_argmax_frequencies_are_softmax_probabilities_at_every_temperature(temperature):
    draws = 100_000
    noise = gumbel_noise((draws, *LOGITS.shape), generator(1))
    index_SN = relaxed(LOGITS.expand_as(noise), noise, temperature).argmax(dim=-1).numpy()
    for n, logits in enumerate(LOGITS.double().numpy()):
        p_K = np.exp(logits) / np.exp(logits).sum()
        share_K = np.bincount(index_SN[:, n], minlength=4) / draws
        assert (np.abs(share_K - p_K) < 4 * np.sqrt(p_K * (1 - p_K) / draws)).all()


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_a_relaxed_draw_and_its_gradient_stay_finite(temperature):
    noise = gumbel_noise((1000, 2, 4), generator(2))
    logits = (100 * torch.randn(1000, 2, 4, generator=generator(3))).requires_grad_()
    for draw in (relaxed, straight_through):
        y = draw(logits, noise, temperature)
        assert (y >= 0).all()
        torch.testing.assert_close(y.sum(dim=-1), torch.ones(1000, 2))
        (slope,) = torch.autograd.grad((y * noise).sum(), logits)
        assert torch.isfinite(slope).all()


def test_from_one_hot_to_uniform():
    noise = gumbel_noise((1000, 2, 4), generator(4))
    cold, warm = (relaxed(LOGITS.expand_as(noise), noise, t) for t in (1e-40, 1e6))
    assert torch.equal(cold, one_hot(LOGITS.expand_as(noise), noise))
    torch.testing.assert_close(warm, torch.full_like(warm, 0.25), atol=1e-4, rtol=0)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_without_a_softmax_is_refused_in_one_sentence(temperature):
    noise = gumbel_noise((2, 4), generator())
    for draw in (relaxed, straight_through):
        with pytest.raises(ValueError, match="a temperature must be a finite number > 0") as caught:
            draw(LOGITS, noise, temperature)
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="temperature"):
        log_density(torch.full((2, 4), 0.25), LOGITS[0], temperature)


def test_straight_through_is_one_hot_forward_and_relaxed_backward():
    noise = gumbel_noise((50, 2, 4), generator(5))
    weight = torch.randn(50, 2, 4, generator=generator(6))
    slopes = []
    for draw in (relaxed, straight_through):
        logits = LOGITS.expand_as(noise).clone().requires_grad_()
        value = draw(logits, noise, 0.7)
        slopes.append(torch.autograd.grad((value * weight).sum(), logits)[0])
    assert torch.equal(*slopes)
    torch.testing.assert_close(value, one_hot(LOGITS.expand_as(noise), noise))


@pytest.mark.parametrize("categories", [2, 3, 10])
def test_the_kl_is_that_of_torch(categories):
    logits = 3 * torch.randn(40, 5, categories, generator=generator(7), dtype=torch.float64)
    uniform = Categorical(logits=torch.zeros(categories, dtype=torch.float64))
    expected = kl_divergence(Categorical(logits=logits), uniform)
    torch.testing.assert_close(kl_to_uniform(logits), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(kl_to_uniform(logits + 5), expected, rtol=0, atol=1e-12)


def test_the_kl_of_a_certain_choice_is_log_k_and_of_none_zero():
    logits = torch.tensor([[1e4, 0.0, -1e4], [2.0, 2.0, 2.0]])
    torch.testing.assert_close(kl_to_uniform(logits), torch.tensor([math.log(3), 0.0]))


def mass_on_the_simplex(temperature: float, logits: torch.Tensor, reach: float) -> float:
    """The integral of the density over the triangle in log-ratio coordinates, by quadrature.

    u = log(y1/y3), v = log(y2/y3) turn corners, where a cold density is infinite, into the far ends
    of a plane; dy1 dy2 = y1 y2 y3 du dv.
    """

    def integrand(v: float, u: float) -> float:
        y = np.exp([u, v, 0.0])
        y /= y.sum()
        point = torch.from_numpy(y)
        return float(log_density(point, logits, temperature).exp()) * y.prod()

    return dblquad(integrand, -reach, reach, -reach, reach, epsabs=1e-5)[0]


@pytest.mark.parametrize(("temperature", "reach"), [(0.5, 30.0), (1.0, 15.0), (5.0, 4.0)])
def test_the_density_integrates_to_one_over_the_simplex(temperature, reach):
    logits = torch.tensor([0.5, 0.0, -0.7], dtype=torch.float64)
    assert mass_on_the_simplex(temperature, logits, reach) == pytest.approx(1.0, abs=1e-3)


def test_the_density_is_that_of_the_draws():
    logits = torch.tensor([0.5, 0.0, -0.7], dtype=torch.float64)
    noise = gumbel_noise((400_000, 3), generator(8)).double()
    y = relaxed(logits.expand_as(noise), noise, 1.0)
    # The share of draws in a small box, and the density in its middle times its area.
    for middle in ([0.2, 0.3], [0.5, 0.3], [0.6, 0.1]):
        side = 0.05
        inside = ((y[:, :2] - torch.tensor(middle)).abs() < side / 2).all(dim=1)
        share = inside.double().mean().item()
        point = torch.tensor([*middle, 1 - sum(middle)], dtype=torch.float64)
        expected = log_density(point, logits, 1.0).exp().item() * side**2
        assert share == pytest.approx(expected, abs=4 * math.sqrt(share / len(y)), rel=0.02)
