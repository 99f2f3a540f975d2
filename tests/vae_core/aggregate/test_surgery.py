"""ELBO surgery against the definitions, integrated on a grid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from vae_core.aggregate.surgery import (
    aggregate_samples,
    log_aggregate,
    prior_holes,
    split_marginal,
    surgery,
)


@pytest.fixture(scope="module")
def posteriors() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    mu = random.normal(0, 1, (12, 2)) @ np.array([[1.0, 0.6], [0.0, 0.5]])
    return mu, random.uniform(-2.5, -0.5, (12, 2))


class Grid:
    """q(z|x_n), q(z) and p(z) at evenly spaced places: sums converge fast for Gaussians."""

    def __init__(self, mu: np.ndarray, logvar: np.ndarray) -> None:
        axis = np.linspace(-9, 9, 301)
        self.cell = (axis[1] - axis[0]) ** 2
        z_1, z_2 = (value.ravel() for value in np.meshgrid(axis, axis))
        sigma = np.exp(0.5 * logvar)
        # (N, G, Z)
        log_q = np.stack(
            [norm.logpdf(z, mu[:, [j]], sigma[:, [j]]) for j, z in enumerate((z_1, z_2))],
            axis=-1,
        )
        self.log_q_NG = log_q.sum(-1)
        self.log_marginal_G = logsumexp(self.log_q_NG, axis=0) - math.log(len(mu))
        self.log_each_GZ = logsumexp(log_q, axis=0) - math.log(len(mu))
        self.log_prior_GZ = norm.logpdf(np.stack([z_1, z_2], axis=1))

    def mean(self, log_density_G: np.ndarray, value_G: np.ndarray) -> float:
        return float((np.exp(log_density_G) * value_G).sum() * self.cell)

    def information(self) -> float:
        return float(np.mean([self.mean(one, one - self.log_marginal_G) for one in self.log_q_NG]))

    def marginal_kl(self) -> float:
        return self.mean(self.log_marginal_G, self.log_marginal_G - self.log_prior_GZ.sum(1))


def test_the_terms_are_their_integrals(posteriors) -> None:
    grid = Grid(*posteriors)
    nll_SN = np.random.default_rng(1).normal(100, 3, (2, 12))
    mu_NZ, logvar_NZ = posteriors
    found = surgery(mu_NZ, logvar_NZ, nll_SN, samples=4000, seed=2)
    assert found.kl == pytest.approx(grid.information() + grid.marginal_kl(), abs=1e-4)
    for estimate, expected in (
        (found.mutual_information, grid.information()),
        (found.marginal_kl, grid.marginal_kl()),
    ):
        assert abs(estimate.value - expected) < 4 * estimate.error
        assert estimate.error < 0.01
    assert found.reconstruction_nll.value == pytest.approx(nll_SN.mean())
    assert found.elbo == pytest.approx(-nll_SN.mean() - found.kl)


def test_the_error_of_the_sum_is_that_of_its_spread(posteriors) -> None:
    """Over many seeds: MI and the marginal KL share their draws, so their errors do not add up."""
    mu_NZ, logvar_NZ = posteriors
    nll_SN = np.ones((2, 12))
    found = [surgery(mu_NZ, logvar_NZ, nll_SN, samples=50, seed=seed) for seed in range(200)]
    off = np.array([one.sampled_kl.value - one.kl for one in found])
    claimed = np.sqrt(np.mean([one.sampled_kl.error**2 for one in found]))
    assert claimed == pytest.approx(off.std(), rel=0.2)
    assert abs(off.mean()) < 4 * claimed / math.sqrt(len(off))
    one = found[0]
    total = one.mutual_information.value + one.marginal_kl.value
    assert one.sampled_kl.value == pytest.approx(total, abs=1e-12)


def test_total_correlation_and_dimensions_are_their_integrals(posteriors) -> None:
    grid = Grid(*posteriors)
    found = split_marginal(*posteriors, draws=40_000, seed=3)
    together = grid.mean(grid.log_marginal_G, grid.log_marginal_G - grid.log_each_GZ.sum(1))
    assert together > 0.1
    assert abs(found.total_correlation.value - together) < 4 * found.total_correlation.error
    for j, estimate in enumerate(found.dimension_kl_Z):
        excess_G = grid.log_each_GZ[:, j] - grid.log_prior_GZ[:, j]
        assert abs(estimate.value - grid.mean(grid.log_marginal_G, excess_G)) < 4 * estimate.error


def test_narrow_posteriors_are_memorised_and_equal_ones_tell_nothing() -> None:
    mu = np.random.default_rng(4).normal(0, 1, (50, 2))
    nll_SN = np.ones((2, 50))
    narrow = surgery(mu, np.full((50, 2), -20.0), nll_SN)
    assert narrow.mutual_information.value == pytest.approx(math.log(50), abs=1e-6)
    assert narrow.log_images == pytest.approx(math.log(50))
    same = surgery(np.zeros((50, 2)), np.zeros((50, 2)), nll_SN)
    assert same.mutual_information.value == pytest.approx(0, abs=1e-10)
    assert same.marginal_kl.value == pytest.approx(0, abs=1e-10)
    assert same.kl == 0


def test_density_of_many_latents_is_that_of_few(posteriors) -> None:
    z = np.random.default_rng(5).normal(0, 1, (600, 2))
    mu, logvar = posteriors
    expected = logsumexp(
        norm.logpdf(z[:, None], mu, np.exp(0.5 * logvar)).sum(-1), axis=1
    ) - math.log(12)
    np.testing.assert_allclose(log_aggregate(z, mu, logvar), expected, atol=1e-9)


def test_holes_are_where_the_prior_has_ten_times_the_density(posteriors) -> None:
    grid = Grid(*posteriors)
    log_prior_G = grid.log_prior_GZ.sum(1)
    hole_G = grid.log_marginal_G < log_prior_G - math.log(10)
    expected = grid.mean(log_prior_G, hole_G)
    assert 0.05 < expected < 0.9
    found = prior_holes(*posteriors, draws=20_000, seed=6)
    assert abs(found.share.value - expected) < 4 * found.share.error + 0.005
    assert found.inside_S.mean() == pytest.approx(found.share.value)


def test_samples_of_the_aggregate_have_its_moments(posteriors) -> None:
    mu, logvar = posteriors
    z = aggregate_samples(mu, logvar, 40_000, seed=7)
    np.testing.assert_allclose(z.mean(0), mu.mean(0), atol=0.03)
    np.testing.assert_allclose(z.var(0), mu.var(0) + np.exp(logvar).mean(0), rtol=0.04)


def test_bad_input_is_told_in_one_sentence(posteriors) -> None:
    mu, logvar = posteriors
    with pytest.raises(ValueError, match="at least 2 draws for each of 12 images"):
        surgery(mu, logvar, np.ones((1, 12)))
    with pytest.raises(ValueError, match=r"shape \(2, 11\)"):
        surgery(mu, logvar, np.ones((2, 11)))
    with pytest.raises(ValueError, match="one shape"):
        surgery(mu, logvar[:3], np.ones((2, 12)))
    with pytest.raises(ValueError, match="at least 2 draws, got 1"):
        split_marginal(mu, logvar, draws=1)
