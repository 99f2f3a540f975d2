"""Bhattacharyya coefficients against quadrature; the pairs against a search through all of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm

from vae_core.aggregate import pairs as module
from vae_core.aggregate.pairs import bayes_error_bounds, bhattacharyya, most_confusable_pairs


def coefficient_by_quadrature(mu_1, sigma_1, mu_2, sigma_2):
    """The definition in one dimension, the integral of sqrt(p q)."""
    p, q = norm(mu_1, sigma_1), norm(mu_2, sigma_2)
    reach = 12 * max(sigma_1, sigma_2)
    between = sorted([mu_1, mu_2])
    return quad(
        lambda z: np.sqrt(p.pdf(z) * q.pdf(z)),
        between[0] - reach,
        between[1] + reach,
        points=between,
        limit=500,
        epsabs=1e-12,
    )[0]


@pytest.mark.parametrize("dimensions", [1, 2, 8, 11])
def test_coefficient_is_its_integral(dimensions):
    random = np.random.default_rng(dimensions)
    mu = random.normal(0, 0.5, (4, dimensions))
    sigma = random.uniform(0.3, 2.0, (4, dimensions))
    actual = bhattacharyya(mu[:1], 2 * np.log(sigma[:1]), mu[1:], 2 * np.log(sigma[1:]))
    expected = [  # diagonal Gaussians: the integral is a product over dimensions
        np.prod(
            [
                coefficient_by_quadrature(mu[0, z], sigma[0, z], mu[b, z], sigma[b, z])
                for z in range(dimensions)
            ]
        )
        for b in (1, 2, 3)
    ]
    np.testing.assert_allclose(actual[0], expected, rtol=0, atol=1e-8)


def test_coefficient_is_1_with_itself_symmetric_and_a_share():
    random = np.random.default_rng(0)
    mu, logvar = random.normal(0, 3, (30, 5)), random.uniform(-12, 6, (30, 5))
    table = bhattacharyya(mu, logvar, mu, logvar)
    np.testing.assert_allclose(np.diag(table), 1, rtol=0, atol=1e-12)
    np.testing.assert_allclose(table, table.T, rtol=0, atol=1e-12)
    assert (table >= 0).all()
    assert (table <= 1).all()


@pytest.mark.parametrize("apart", [0.0, 0.2, 1.0, 4.0])
@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.0])
def test_the_bayes_error_lies_within_its_bounds(apart, sigma):
    first, second = norm(0, 1), norm(apart, sigma)
    kinks = np.linspace(-3, 7, 21)
    error = quad(lambda z: min(first.pdf(z), second.pdf(z)) / 2, -15, 20, points=kinks, limit=500)[
        0
    ]
    coefficient = bhattacharyya([[0.0]], [[0.0]], [[apart]], [[2 * np.log(sigma)]])[0, 0]
    least, most = bayes_error_bounds(coefficient)
    assert least - 1e-9 <= error <= most + 1e-9
    assert most - least < 0.21


def search(mu_NZ, logvar_NZ, count, label_N=None):
    """All pairs in plain loops, taken from the top while their images are free."""
    scored = []
    for i, j in combinations(range(len(mu_NZ)), 2):
        if label_N is not None and label_N[i] == label_N[j]:
            continue
        total = np.exp(logvar_NZ[i]) + np.exp(logvar_NZ[j])
        distance = ((mu_NZ[i] - mu_NZ[j]) ** 2 / total).sum() / 4
        distance += 0.5 * np.log(total / 2).sum() - (logvar_NZ[i] + logvar_NZ[j]).sum() / 4
        scored.append((distance, i, j))
    taken: set[int] = set()
    chosen: list[tuple[int, int, float]] = []
    for distance, i, j in sorted(scored):
        if i not in taken and j not in taken and len(chosen) < count:
            taken |= {i, j}
            chosen.append((i, j, np.exp(-distance)))
    return chosen


@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("count", [1, 2, 5, 40])
@pytest.mark.parametrize("entries", [100, 1500, 2**17])
def test_pairs_are_those_of_a_full_search(labelled, count, entries, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_ENTRIES", entries)
    monkeypatch.setattr(module, "_CANDIDATES", 4)  # so that the first candidates do not suffice
    random = np.random.default_rng(count)
    mu_NZ, logvar_NZ = random.normal(0, 1, (61, 2)), random.uniform(-5, -1, (61, 2))
    mu_NZ[:12] = random.normal(0, 0.01, (12, 2))  # a crowd, whose 66 pairs are the closest
    logvar_NZ[:12] = -3
    label_N = random.integers(0, 3, 61) if labelled else None
    expected = search(mu_NZ, logvar_NZ, count, label_N)
    actual = most_confusable_pairs(mu_NZ, logvar_NZ, count, label_N=label_N)
    assert [(pair.first, pair.second) for pair in actual] == [(i, j) for i, j, _ in expected]
    np.testing.assert_allclose(
        [pair.coefficient for pair in actual], [value for _, _, value in expected], atol=1e-12
    )


@pytest.mark.parametrize("seed", range(4))
def test_near_pairs_late_in_the_data_are_not_passed_over(seed, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_ENTRIES", 610)  # ten images a block
    random = np.random.default_rng(seed)
    mu_NZ, logvar_NZ = random.normal(0, 1, (61, 2)), np.full((61, 2), -2.0)
    monkeypatch.setattr(module, "_CANDIDATES", 4)
    actual = most_confusable_pairs(mu_NZ, logvar_NZ, 5)
    expected = search(mu_NZ, logvar_NZ, 5)
    assert [(pair.first, pair.second) for pair in actual] == [(i, j) for i, j, _ in expected]


def test_no_pairs_where_there_are_none():
    assert most_confusable_pairs([[0.0]], [[0.0]], 3) == []
    same_class = np.zeros(5, int)
    assert most_confusable_pairs(np.zeros((5, 1)), np.zeros((5, 1)), 3, label_N=same_class) == []


def test_images_at_one_place_are_paired_with_a_coefficient_of_1():
    found = most_confusable_pairs(np.zeros((300, 2)), np.zeros((300, 2)), 150)
    assert sorted(n for pair in found for n in (pair.first, pair.second)) == list(range(300))
    assert {pair.coefficient for pair in found} == {1.0}
    assert found[0].bayes_error_bounds == (0.5, 0.5)


def test_the_meeting_place_is_where_the_product_of_the_densities_peaks():
    mu_2Z, sigma_2Z = np.array([[0.0, 1.0], [2.0, -1.0]]), np.array([[0.5, 2.0], [1.5, 0.4]])
    (pair,) = most_confusable_pairs(mu_2Z, 2 * np.log(sigma_2Z), 1)
    peak = minimize(lambda z: -norm.logpdf(z, mu_2Z, sigma_2Z).sum(), np.zeros(2), tol=1e-12).x
    np.testing.assert_allclose(pair.meeting_Z, peak, atol=1e-5)
    (far,) = most_confusable_pairs([[0.0], [1.0]], [[-700.0], [700.0]], 1)
    np.testing.assert_allclose(far.meeting_Z, [0.0], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: most_confusable_pairs(np.zeros((3, 2)), np.zeros((3, 1)), 1), "one shape"),
        (lambda: most_confusable_pairs([[0.0]], [[0.0]], 0), "at least 1, got 0"),
        (lambda: most_confusable_pairs([[0.0]], [[0.0]], 1, label_N=np.zeros(2, int)), "one label"),
        (lambda: bhattacharyya([[0.0]], [[0.0]], [[0.0, 1.0]], [[0.0, 1.0]]), "one number of"),
        (lambda: bhattacharyya([[np.nan]], [[0.0]], [[0.0]], [[0.0]]), "finite"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
