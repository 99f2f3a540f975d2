"""Estimators of a categorical gradient against enumeration and finite differences."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from vae_core.gradients.categorical import (
    GradientError,
    all_codes,
    exact_gradient,
    gumbel_softmax_gradients,
    score_function_gradients,
    tabulated,
)
from vae_core.models.gumbel import gumbel_noise

N, K = 2, 3
LOGITS = torch.tensor([[0.4, -0.3, 0.0], [1.0, 0.2, -0.8]], dtype=torch.float64)
_RANDOM = np.random.default_rng(5)
WEIGHT = torch.from_numpy(_RANDOM.normal(size=(8, N * K)))
OUT = torch.from_numpy(_RANDOM.normal(size=(5, 8)))
IMAGE = torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0], dtype=torch.float64)


def nll(z_SNK: torch.Tensor) -> torch.Tensor:
    """-log p(x|z) of a small decoder with five Bernoulli pixels."""
    logit_SD = torch.tanh(z_SNK.to(WEIGHT).flatten(1) @ WEIGHT.T) @ (2 * OUT.T)
    return (torch.nn.functional.softplus(logit_SD) - logit_SD * IMAGE).sum(dim=1)


def plain_nll(code: tuple[int, ...]) -> float:
    """The same in NumPy, of one code."""
    z = np.zeros((N, K))
    z[range(N), code] = 1
    logit_D = 2 * OUT.numpy() @ np.tanh(WEIGHT.numpy() @ z.ravel())
    p_D = 1 / (1 + np.exp(-logit_D))
    x_D = IMAGE.numpy()
    return float(-(x_D * np.log(p_D) + (1 - x_D) * np.log1p(-p_D)).sum())


def enumerated_mean(logits: np.ndarray) -> float:
    """E_q[f] by a loop over all codes."""
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return sum(
        math.prod(p[n, k] for n, k in enumerate(code)) * plain_nll(code)
        for code in itertools.product(range(K), repeat=N)
    )


def enumerated_gradient() -> torch.Tensor:
    """By central differences of the enumerated mean."""
    gradient, step = np.zeros((N, K)), 1e-5
    for place in np.ndindex(N, K):
        shift = np.zeros((N, K))
        shift[place] = step
        high, low = (enumerated_mean(LOGITS.numpy() + sign * shift) for sign in (1, -1))
        gradient[place] = (high - low) / (2 * step)
    return torch.from_numpy(gradient)


def noise(draws: int, seed: int = 0) -> torch.Tensor:
    return gumbel_noise((draws, N, K), torch.Generator().manual_seed(seed)).double()


def within_errors(gradient_SNK: torch.Tensor, expected_NK: torch.Tensor, errors: float) -> bool:
    error_NK = gradient_SNK.std(dim=0) / math.sqrt(len(gradient_SNK))
    return bool(((gradient_SNK.mean(dim=0) - expected_NK).abs() < errors * error_NK).all())


def test_the_codes_are_all_there():
    codes = [tuple(code) for code in all_codes(N, K).argmax(dim=-1).tolist()]
    assert codes == list(itertools.product(range(K), repeat=N))
    with pytest.raises(ValueError, match="too many to enumerate"):
        all_codes(20, 10)


def test_the_exact_gradient_is_that_of_enumeration():
    torch.testing.assert_close(
        exact_gradient(nll, LOGITS), enumerated_gradient(), atol=1e-8, rtol=0
    )


@pytest.mark.parametrize("baseline", [True, False])
def test_reinforce_is_unbiased(baseline):
    gradient_SNK = score_function_gradients(nll, LOGITS, noise(200_000), baseline=baseline)
    assert within_errors(gradient_SNK, enumerated_gradient(), 4)


def test_the_baseline_takes_variance_off():
    with_it, without = (
        score_function_gradients(nll, LOGITS, noise(20_000), baseline=flag).var(dim=0).sum()
        for flag in (True, False)
    )
    assert with_it < 0.5 * without


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_the_gumbel_gradient_is_that_of_the_relaxed_objective(temperature):
    draws, step = 200, 1e-6
    gumbel = noise(draws)

    def objective(logits: np.ndarray) -> float:
        score = (logits + gumbel.numpy()) / temperature
        y = np.exp(score - score.max(axis=-1, keepdims=True))
        return nll(torch.from_numpy(y / y.sum(axis=-1, keepdims=True))).mean().item()

    ours = gumbel_softmax_gradients(nll, LOGITS, gumbel, temperature).mean(dim=0)
    for place in np.ndindex(N, K):
        shift = np.zeros((N, K))
        shift[place] = step
        high, low = (objective(LOGITS.numpy() + sign * shift) for sign in (1, -1))
        assert ours[place].item() == pytest.approx((high - low) / (2 * step), abs=1e-7, rel=1e-6)


def test_colder_means_less_bias_and_more_variance():
    exact = enumerated_gradient()
    errors = [
        GradientError.of(gumbel_softmax_gradients(nll, LOGITS, noise(200_000), t), exact)
        for t in (0.25, 0.5, 1.0, 2.0)
    ]
    for colder, warmer in itertools.pairwise(errors):
        assert colder.bias < warmer.bias
        assert colder.deviation > warmer.deviation
    assert errors[-1].bias > 10 * errors[-1].bias_error
    assert errors[0].bias < 0.2 * errors[-1].bias


def test_straight_through_is_biased_too():
    gradient_SNK = gumbel_softmax_gradients(nll, LOGITS, noise(100_000), 1.0, straight=True)
    assert not within_errors(gradient_SNK, enumerated_gradient(), 10)


def test_a_linear_f_leaves_the_cold_limit_exact():
    # E[y] of the relaxed z tends to p as the temperature falls, and f' is the same everywhere.
    weight = WEIGHT[0].view(N, K)
    exact = exact_gradient(lambda z: (z * weight).sum(dim=(1, 2)), LOGITS)
    p = torch.softmax(LOGITS, dim=-1)
    by_hand = p * (weight - (p * weight).sum(dim=-1, keepdim=True))
    torch.testing.assert_close(exact, by_hand)
    cold = gumbel_softmax_gradients(
        lambda z: (z * weight).sum(dim=(1, 2)), LOGITS, noise(400_000), 0.1
    )
    assert within_errors(cold, by_hand, 5)


def test_bias_and_deviation_of_draws_whose_own_are_known():
    draws = torch.from_numpy(np.random.default_rng(0).normal(size=(50_000, 2, 2)))
    draws = 2.0 * draws + torch.tensor([[3.0, 0.0], [0.0, 4.0]])
    error = GradientError.of(draws, torch.zeros(2, 2))
    assert error.bias == pytest.approx(5.0, abs=4 * error.bias_error)
    assert error.deviation == pytest.approx(4.0, rel=0.02)
    assert error.of_mean(4) == pytest.approx(math.hypot(5.0, 2.0), rel=0.02)
    unbiased = GradientError.of(draws, draws.mean(dim=0))
    assert unbiased.bias == 0


def test_one_recipe_is_worse_only_beyond_the_errors_of_their_biases() -> None:
    exact = GradientError(0.0, 0.0, 1.0)
    doubtful = GradientError(0.10, 0.04, 1.0)  # in 100 draws off by 0.141 +- 0.028, against 0.100
    sure = GradientError(0.30, 0.04, 1.0)
    assert not doubtful.surely_exceeds(exact, 100)
    assert sure.surely_exceeds(exact, 100)
    assert sure.surely_exceeds(doubtful, 100)
    assert not exact.surely_exceeds(sure, 100)
    assert not doubtful.surely_exceeds(exact, 1)


def test_a_table_of_the_codes_gives_what_the_function_gives_at_one_hot_z():
    asked = []

    def counted(z_SNK: torch.Tensor) -> torch.Tensor:
        asked.append(len(z_SNK))
        return nll(z_SNK)

    table, gumbel = tabulated(counted, LOGITS), noise(500)
    assert asked == [K**N]
    for code in itertools.product(range(K), repeat=N):
        z_1NK = torch.nn.functional.one_hot(torch.tensor([code]), K).double()
        assert float(table(z_1NK)) == pytest.approx(plain_nll(code), rel=1e-12)
    for temperature in (0.2, 2.0):
        by_table, directly = (
            gumbel_softmax_gradients(f, LOGITS, gumbel, temperature, straight=True)
            for f in (table, nll)
        )
        torch.testing.assert_close(by_table, directly, atol=1e-12, rtol=1e-10)
    torch.testing.assert_close(
        exact_gradient(table, LOGITS), enumerated_gradient(), atol=1e-8, rtol=0
    )
    assert asked == [K**N]
