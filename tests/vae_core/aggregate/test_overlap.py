"""Overlap of posteriors against quadrature with SciPy's densities, and against cases known exactly.

Shape suffixes: N images, Z latent dimensions, G grid points, K classes.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from vae_core.aggregate import overlap as module
from vae_core.aggregate.overlap import (
    class_confusion,
    log_densities,
    measure_overlap,
    overlap_per_image,
    responsibilities,
    scaled_logvar,
    sigmas_away,
)


def posteriors(count, dimensions=2, seed=0):
    random = np.random.default_rng(seed)
    mu_NZ = random.normal(0, 1.2, (count, dimensions))
    return mu_NZ, 2 * np.log(random.uniform(0.15, 0.9, (count, dimensions)))


def densities(z_GZ, mu_NZ, logvar_NZ):
    """q(z|x_n) by SciPy, shape (G, N)."""
    return norm.pdf(z_GZ[:, None], mu_NZ, np.exp(logvar_NZ / 2)).prod(axis=2)


@pytest.fixture(scope="module")
def grid():
    """A uniform grid that resolves widths of 0.15: its points, and the area of a cell."""
    axis = np.linspace(-9, 9, 361)
    return np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2), (axis[1] - axis[0]) ** 2


def test_mean_kl_is_mutual_information_plus_marginal_kl(grid):
    z_GZ, cell = grid
    mu_NZ, logvar_NZ = posteriors(12)
    q_GN = densities(z_GZ, mu_NZ, logvar_NZ)
    q_G, p_G = q_GN.mean(axis=1), norm.pdf(z_GZ).prod(axis=1)
    marginal_kl = (q_G * np.log(q_G / p_G)).sum() * cell
    mean_kl = (mu_NZ**2 + np.exp(logvar_NZ) - 1 - logvar_NZ).sum() / 2 / 12
    r_GN = responsibilities(z_GZ, mu_NZ, logvar_NZ).numpy()
    information = np.log(12) + (q_GN / 12 * np.log(r_GN)).sum() * cell
    assert mean_kl == pytest.approx(information + marginal_kl, abs=1e-4)

    measured = measure_overlap(mu_NZ, logvar_NZ, np.zeros(12, int), classes=1, samples=2000)
    assert measured.mutual_information.error < 0.01
    assert measured.mutual_information.value == pytest.approx(
        mean_kl - marginal_kl, abs=4 * measured.mutual_information.error
    )
    per_image_N = -(q_GN * np.log(r_GN)).sum(axis=0) * cell
    np.testing.assert_allclose(measured.equivocation_N, per_image_N, atol=0.1)


def test_the_standard_error_is_the_spread_over_seeds():
    mu_NZ, logvar_NZ = posteriors(30)
    results = [
        measure_overlap(mu_NZ, logvar_NZ, np.zeros(30, int), classes=1, samples=5, seed=seed)
        for seed in range(300)
    ]
    for name in ("equivocation", "identification_error", "mutual_information"):
        estimates = [getattr(result, name) for result in results]
        spread = np.std([estimate.value for estimate in estimates])
        claimed = np.mean([estimate.error for estimate in estimates])
        assert claimed == pytest.approx(spread, rel=0.15)  # 4% is one sigma of such a spread


@pytest.mark.parametrize("scale", [1e-4, 0.1, 1.0, 10.0, 1e4])
@pytest.mark.parametrize("dimensions", [1, 2, 16])
def test_mutual_information_lies_between_0_and_log_n(scale, dimensions):
    mu_NZ, logvar_NZ = posteriors(50, dimensions)
    result = measure_overlap(
        mu_NZ, scaled_logvar(logvar_NZ, scale), np.zeros(50, int), classes=1, samples=50
    )
    information = result.mutual_information
    assert -4 * information.error - 1e-12 <= information.value <= np.log(50) + 1e-12
    assert (result.equivocation_N >= 0).all()
    assert information.value + result.equivocation.value == pytest.approx(np.log(50), abs=1e-12)


def test_narrow_posteriors_tell_every_image_and_equal_ones_none():
    mu_NZ, logvar_NZ = posteriors(50)
    label_N = np.arange(50) % 3
    narrow = measure_overlap(mu_NZ, scaled_logvar(logvar_NZ, 1e-5), label_N, classes=3)
    assert narrow.mutual_information.value == pytest.approx(np.log(50), abs=1e-9)
    assert narrow.identification_error.value == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(class_confusion(narrow, label_N), np.eye(3), atol=1e-9)

    same = measure_overlap(np.ones((50, 2)), np.full((50, 2), -3.0), label_N, classes=3)
    assert same.equivocation.value == pytest.approx(np.log(50), abs=1e-12)
    assert same.identification_error.value == pytest.approx(1 - 1 / 50, abs=1e-12)
    np.testing.assert_allclose(class_confusion(same, label_N), np.full((3, 3), 1 / 3), atol=1e-12)


def test_an_image_that_shares_its_place_with_m_minus_1_others_has_log_m():
    mu_NZ = np.repeat([[0.0, 0.0], [100.0, 0.0], [0.0, -100.0]], [1, 2, 5], axis=0)
    expected_N = np.log(np.repeat([1, 2, 5], [1, 2, 5]))
    np.testing.assert_allclose(
        overlap_per_image(mu_NZ, np.zeros((8, 2))), expected_N, rtol=0, atol=1e-12
    )


def test_identification_error_of_two_images_is_the_bayes_error():
    first, second = norm(0.3, 0.5), norm(-0.6, 1.1)
    error = quad(lambda z: min(first.pdf(z), second.pdf(z)) / 2, -12, 12, limit=200)[0]
    result = measure_overlap(
        [[0.3], [-0.6]], 2 * np.log([[0.5], [1.1]]), [0, 0], classes=1, samples=4000
    ).identification_error
    assert result.value == pytest.approx(error, abs=4 * result.error)
    assert result.error < 0.005


def test_class_confusion_is_that_of_mixtures_where_every_class_counts_alike():
    mu_N = np.array([-2.0, 2.0, 0.0, 2.5, 0.4])
    sigma_N = np.array([0.5, 0.7, 0.6, 0.4, 1.0])
    label_N = np.array([0, 0, 1, 3, 3])  # class 0 has two lobes with class 1 between; 2 is empty

    def mixture(z, label):
        return norm.pdf(z, mu_N[label_N == label], sigma_N[label_N == label]).mean()

    def answer(i, j):
        return quad(
            lambda z: mixture(z, i) * mixture(z, j) / sum(mixture(z, k) for k in (0, 1, 3)),
            -9,
            9,
            limit=200,
        )[0]

    result = measure_overlap(
        mu_N[:, None], 2 * np.log(sigma_N)[:, None], label_N, classes=4, samples=4000
    )
    confusion_KK = class_confusion(result, label_N)
    assert np.isnan(confusion_KK[2]).all()
    here = [0, 1, 3]
    expected_KK = [[answer(i, j) for j in here] for i in here]
    np.testing.assert_allclose(confusion_KK[np.ix_(here, here)], expected_KK, atol=0.015)
    np.testing.assert_allclose(confusion_KK[here].sum(axis=1), 1, rtol=0, atol=1e-12)


def test_densities_keep_their_digits_far_out_and_for_sharp_posteriors():
    random = np.random.default_rng(0)
    mu_NZ = 1000 + random.uniform(-60, 60, (40, 3))
    logvar_NZ = random.uniform(-12, 6, (40, 3))
    z_SZ = mu_NZ[:20] + 0.01
    expected = norm.logpdf(z_SZ[:, None], mu_NZ, np.exp(logvar_NZ / 2)).sum(axis=2)
    close = expected > -1e6
    actual = log_densities(z_SZ, mu_NZ, logvar_NZ).numpy()
    np.testing.assert_allclose(actual[close], expected[close], rtol=1e-9, atol=1e-6)
    share_SN = responsibilities(z_SZ, mu_NZ, logvar_NZ).numpy()
    np.testing.assert_allclose(share_SN.sum(axis=1), 1, rtol=0, atol=1e-12)


def test_blocks_change_nothing_and_a_seed_is_a_seed(monkeypatch):
    mu_NZ, logvar_NZ = posteriors(40)
    label_N = np.arange(40) % 4
    whole = measure_overlap(mu_NZ, logvar_NZ, label_N, classes=4, seed=1)
    monkeypatch.setattr(module, "_BLOCK_ENTRIES", 40 * 7)  # five blocks of seven rows and a rest
    blocks = measure_overlap(mu_NZ, logvar_NZ, label_N, classes=4, seed=1)
    np.testing.assert_allclose(blocks.equivocation_N, whole.equivocation_N, rtol=0, atol=1e-12)
    np.testing.assert_allclose(blocks.class_share_NK, whole.class_share_NK, rtol=0, atol=1e-12)
    other = measure_overlap(mu_NZ, logvar_NZ, label_N, classes=4, seed=2)
    assert other.equivocation.value != whole.equivocation.value


def test_distances_in_sigmas_and_scaled_widths():
    np.testing.assert_allclose(
        sigmas_away([3.0, 8.0], [[0.0, 0.0], [3.0, 0.0]], 2 * np.log([[1.0, 2.0], [5.0, 2.0]])),
        [5.0, 4.0],
    )
    sigma = np.exp(scaled_logvar(2 * np.log([[0.2, 3.0]]), 4.0) / 2)
    np.testing.assert_allclose(sigma, [[0.8, 12.0]])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: overlap_per_image(np.zeros((3, 2)), np.zeros((3, 1))), "one shape"),
        (lambda: overlap_per_image(np.zeros((0, 2)), np.zeros((0, 2))), "N >= 1"),
        (lambda: overlap_per_image([[np.nan]], [[0.0]]), "finite"),
        (lambda: overlap_per_image([[0.0]], [[0.0]], samples=1), "at least 2 samples, got 1"),
        (lambda: measure_overlap([[0.0]], [[0.0]], [1], classes=1), "one label in 0..0"),
        (lambda: measure_overlap([[0.0]], [[0.0]], [0, 0], classes=1), "one label"),
        (lambda: responsibilities([0.0], [[0.0]], [[0.0]]), r"\(S, 1\)"),
        (lambda: responsibilities([[np.inf]], [[0.0]], [[0.0]]), "finite"),
        (lambda: sigmas_away([0.0, 1.0], [[0.0]], [[0.0]]), r"\(1,\)"),
        (lambda: scaled_logvar(np.zeros((1, 1)), 0.0), "above 0, got 0.0"),
        (lambda: scaled_logvar(np.zeros((1, 1)), float("nan")), "above 0, got nan"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
