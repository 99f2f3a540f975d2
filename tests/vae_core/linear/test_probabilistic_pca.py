"""The linear VAE at its optimum: its evidence is SciPy's, its bound is tight."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from vae_core.linear.ppca import LinearVae, fit_linear_vae


@pytest.fixture(scope="module")
def x_ND() -> np.ndarray:
    random = np.random.default_rng(0)
    x_ND = random.standard_normal((80, 3)) @ random.standard_normal((3, 9)) * 2
    return x_ND + 0.5 * random.standard_normal((80, 9)) + 1


@pytest.fixture(scope="module")
def fitted(x_ND) -> LinearVae:
    return fit_linear_vae(x_ND, 2)


def test_the_evidence_is_that_of_a_multivariate_normal(x_ND, fitted) -> None:
    covariance = fitted.weight_DZ @ fitted.weight_DZ.T + fitted.noise_variance * np.eye(9)
    expected = multivariate_normal(x_ND.mean(0), covariance).logpdf(x_ND)
    found = [fitted.log_evidence(x_D) for x_D in x_ND]
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_the_bound_is_tight_for_its_posterior_and_for_nothing_else(x_ND, fitted) -> None:
    for x_D in x_ND[:10]:
        mu, logvar = fitted.posterior(x_D)
        log_p = fitted.log_evidence(x_D)
        assert fitted.elbo(x_D, mu, logvar) == pytest.approx(log_p, abs=1e-10)
        # KL between diagonal Gaussians, written out.
        short = 0.5 * (np.exp(0.7) + 0.3**2 / np.exp(logvar) - 1 - 0.7).sum()
        assert log_p - fitted.elbo(x_D, mu + 0.3, logvar + 0.7) == pytest.approx(short, abs=1e-9)


def test_no_other_parameters_are_likelier(x_ND, fitted) -> None:
    def mean_evidence(model: LinearVae) -> float:
        return float(np.mean([model.log_evidence(x_D) for x_D in x_ND]))

    best, random = mean_evidence(fitted), np.random.default_rng(1)
    for _ in range(10):
        step_DZ = 0.05 * random.standard_normal(fitted.weight_DZ.shape)
        other = LinearVae(
            fitted.mean_D + 0.02 * random.standard_normal(9),
            fitted.weight_DZ + step_DZ,
            fitted.noise_variance * float(np.exp(0.1 * random.standard_normal())),
        )
        assert mean_evidence(other) < best


def test_bad_input_is_told_in_one_sentence(x_ND) -> None:
    with pytest.raises(ValueError, match="more images and pixels"):
        fit_linear_vae(x_ND, 9)
    with pytest.raises(ValueError, match="more images and pixels"):
        fit_linear_vae(x_ND * np.nan, 2)
    with pytest.raises(ValueError, match="no more than 2 directions"):
        fit_linear_vae(np.zeros((20, 5)), 2)


def test_it_has_the_variances_of_the_data(x_ND, fitted) -> None:
    """In the two widest directions, and in total."""
    covariance = fitted.weight_DZ @ fitted.weight_DZ.T + fitted.noise_variance * np.eye(9)
    of_data = np.cov(x_ND.T, bias=True)
    found, expected = np.linalg.eigvalsh(covariance), np.linalg.eigvalsh(of_data)
    np.testing.assert_allclose(found[-2:], expected[-2:], rtol=1e-10)
    assert np.trace(covariance) == pytest.approx(np.trace(of_data))
