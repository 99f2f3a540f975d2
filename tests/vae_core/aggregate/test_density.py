"""The density of the aggregate posterior on a grid, against a mixture of torch.distributions."""

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from vae_core.aggregate.density import LOWEST, density_levels, log_density_grid, log_prior_grid

BOUNDS = (-3.0, 4.0, -2.0, 3.0)


def mixture(mu_NZ: np.ndarray, logvar_NZ: np.ndarray) -> MixtureSameFamily:
    mu, sigma = torch.as_tensor(mu_NZ), torch.as_tensor(logvar_NZ).div(2).exp()
    return MixtureSameFamily(
        Categorical(logits=torch.zeros(len(mu), dtype=torch.float64)),
        Independent(Normal(mu, sigma), 1),
    )


def cell_averages(log_density, bounds, width: int, height: int, nodes: int = 8) -> np.ndarray:
    """The log of the mean density of each cell, by Gauss-Legendre quadrature inside it."""
    left, right, bottom, top = bounds
    node, weight = np.polynomial.legendre.leggauss(nodes)
    share, weight = (node + 1) / 2, weight / 2
    cell_x, cell_y = (right - left) / width, (top - bottom) / height
    result = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            x = left + (column + share) * cell_x
            y = bottom + (row + share) * cell_y
            points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
            values = log_density(torch.as_tensor(points)).numpy()
            log_weight = np.log(np.outer(weight, weight).ravel())
            result[row, column] = np.logaddexp.reduce(values + log_weight)
    return result


@pytest.mark.parametrize("count", [7, 5000])
def test_density_is_that_of_the_mixture(count: int) -> None:
    random = np.random.default_rng(count)
    mu = random.normal(0, 1, (count, 2))
    logvar = random.uniform(-2, 0.5, (count, 2))
    width, height = (21, 14) if count < 100 else (3, 2)
    nodes = 8 if count < 100 else 24
    expected = cell_averages(mixture(mu, logvar).log_prob, BOUNDS, width, height, nodes)
    found = log_density_grid(mu, logvar, BOUNDS, width, height)
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_far_tails_keep_their_digits() -> None:
    mu, logvar = np.array([[-40.0, 0.3]]), np.log([[4.0, 2.0]])
    expected = cell_averages(mixture(mu, logvar).log_prob, BOUNDS, 20, 10)
    assert expected.min() < -200
    found = log_density_grid(mu, logvar, BOUNDS, 20, 10)
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_what_is_too_small_is_the_lowest_value() -> None:
    found = log_density_grid(np.array([[3.5, 2.5]]), np.full((1, 2), -12.0), BOUNDS, 7, 5)
    assert found[0, 0] == LOWEST
    assert np.isfinite(found).all()


def test_a_posterior_narrower_than_a_cell_keeps_its_mass() -> None:
    """One lies at a cell's centre, one at a corner, one just off an edge."""
    mu = np.array([[0.5, 0.5], [2.0, 1.0], [-1.0 + 1e-4, 2.5]])
    found = log_density_grid(mu, np.full((3, 2), 2 * np.log(1e-5)), BOUNDS, 7, 5)  # cells of 1 x 1
    mass = np.exp(found)
    assert mass[2, 3] == pytest.approx(1 / 3, abs=1e-12)
    np.testing.assert_allclose(mass[2:4, 4:6], 1 / 12, atol=1e-12)
    assert mass[4, 2] == pytest.approx(1 / 3, abs=1e-12)
    assert mass.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("bounds", [BOUNDS, (-45.0, -38.0, 0.0, 0.5), (1.0, 2.0, 38.0, 45.0)])
def test_prior_is_the_standard_normal_everywhere(bounds) -> None:
    prior = Independent(Normal(torch.zeros(2, dtype=torch.float64), 1.0), 1)
    expected = cell_averages(prior.log_prob, bounds, 14, 10, nodes=30)
    np.testing.assert_allclose(log_prior_grid(bounds, 14, 10), expected, rtol=1e-10, atol=1e-8)


def test_levels_are_those_of_a_gaussian_in_closed_form() -> None:
    """The densest region with a share s of a Gaussian: log q > log q(mu) + log(1 - s)."""
    mu, logvar = np.array([[0.3, -0.2]]), np.log([[0.5, 1.5]])
    bounds = (-8.0, 8.0, -12.0, 12.0)
    shares = (0.9, 0.5, 0.1)
    found = density_levels(log_density_grid(mu, logvar, bounds, 400, 400), shares)
    peak = -np.log(2 * np.pi) - 0.5 * logvar.sum()
    np.testing.assert_allclose(found, peak + np.log1p(-np.array(shares)), atol=5e-3)


def test_levels_count_only_the_mass_on_the_grid() -> None:
    assert density_levels(np.log([[0.4, 0.1], [0.3, 0.2]]), (0.35, 0.5, 0.95)) == pytest.approx(
        np.log([0.4, 0.3, 0.1])
    )


def test_bad_input_is_told_in_one_sentence() -> None:
    mu = np.zeros((3, 2))
    with pytest.raises(ValueError, match=r"one shape \(N, 2\)"):
        log_density_grid(mu[:, :1], mu[:, :1], BOUNDS, 4, 4)
    with pytest.raises(ValueError, match="N >= 1"):
        log_density_grid(mu[:0], mu[:0], BOUNDS, 4, 4)
    with pytest.raises(ValueError, match="finite"):
        log_density_grid(mu * np.nan, mu, BOUNDS, 4, 4)
    with pytest.raises(ValueError, match="left < right"):
        log_prior_grid((1.0, 1.0, 0.0, 1.0), 4, 4)
    with pytest.raises(ValueError, match="at least one cell"):
        log_prior_grid(BOUNDS, 4, 0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        density_levels(mu, (0.5, 1.0))
