"""Gradient estimators against closed forms, integrals, differences of integrals, and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from tests.oracles import decoder_logits, gauss_hermite
from vae_core.config import ESTIMATORS, ModelConfig
from vae_core.data import binarise_fixed, load_split
from vae_core.gradients import references
from vae_core.gradients.estimators import (
    COMPARED,
    compare,
    leave_one_out_mean,
    objective_gradients,
    pathwise,
    score_function,
)
from vae_core.models.elbo import Objective
from vae_core.models.vae import VAE
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.storage.library import list_models

MANY = 2_000_000
PLACES = [(1.0, 0.5), (-0.7, 1.3), (0.0, 1.0)]


def draws(count: int, dimensions: int = 1, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, dimensions, generator=generator, dtype=torch.float64)


def assert_mean(values_S: torch.Tensor, expected: float) -> None:
    error = float(values_S.std()) / math.sqrt(len(values_S))
    assert abs(float(values_S.mean()) - expected) < 4 * error


def mean_under_q(function, mu: float, sigma: float) -> float:
    """E_q[function(z)] by numerical integration."""
    return quad(
        lambda z: function(z) * norm.pdf(z, mu, sigma), mu - 12 * sigma, mu + 12 * sigma, limit=400
    )[0]


def closed_forms(mu: float, sigma: float) -> dict[str, float]:
    """Variances of one draw's d/dmu, from their definition as an integral."""

    def of_score(baseline: float) -> float:
        second = mean_under_q(lambda z: ((z**2 - baseline) * (z - mu) / sigma**2) ** 2, mu, sigma)
        return second - (2 * mu) ** 2

    best = mean_under_q(lambda z: z**2 * (z - mu) ** 2, mu, sigma) / sigma**2
    names = list(references.SQUARE_VARIANCE)
    values = [
        mean_under_q(lambda z: (2 * z) ** 2, mu, sigma) - (2 * mu) ** 2,
        of_score(0.0),
        of_score(mean_under_q(lambda z: z**2, mu, sigma)),
        of_score(best),
    ]
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize(("mu", "sigma"), PLACES)
def test_the_closed_forms_are_the_integrals(mu, sigma):
    expected = closed_forms(mu, sigma)
    for name, terms in references.SQUARE_VARIANCE.items():
        assert sum(terms(mu, sigma)) == pytest.approx(expected[name], rel=1e-7), name
    assert sum(references.SQUARE_VARIANCE["pathwise"](mu, sigma)) == 4 * sigma**2
    assert sum(references.SQUARE_VARIANCE["score function"](mu, sigma)) == pytest.approx(
        mu**4 / sigma**2 + 14 * mu**2 + 15 * sigma**2
    )


@pytest.mark.parametrize(("mu", "sigma"), PLACES)
def test_both_estimators_hit_the_gradient_of_a_square_with_the_known_variances(mu, sigma):
    noise_SZ = draws(MANY)
    mu_Z, sigma_Z = torch.tensor([mu]).double(), torch.tensor([sigma]).double()
    value_S = references.square(mu_Z + sigma_Z * noise_SZ)
    best = references.best_square_baseline(mu, sigma)
    found = {
        "pathwise": pathwise(references.square, mu_Z, sigma_Z, noise_SZ),
        "score function": score_function(value_S, sigma_Z, noise_SZ),
        "score function with baseline": score_function(
            value_S, sigma_Z, noise_SZ, leave_one_out_mean(value_S)
        ),
        "score function with the best constant baseline": score_function(
            value_S, sigma_Z, noise_SZ, best
        ),
    }
    expected = closed_forms(mu, sigma)
    for name, gradients in found.items():
        assert_mean(gradients.mu_SZ, 2 * mu)
        assert_mean(gradients.log_sigma_SZ, 2 * sigma**2)
        assert float(gradients.mu_SZ.var()) == pytest.approx(expected[name], rel=0.03), name


def test_no_constant_baseline_varies_less_than_the_best():
    noise_SZ, sigma_Z = draws(200_000), torch.tensor([0.8]).double()
    value_S = references.square(0.6 + sigma_Z * noise_SZ)
    best = references.best_square_baseline(0.6, 0.8)

    def variance(baseline: float) -> float:
        return float(score_function(value_S, sigma_Z, noise_SZ, baseline).mu_SZ.var())

    assert variance(best) < min(variance(best - 0.3), variance(best + 0.3))


def wavy(z):
    return np.sin(3 * z) + 0.3 * z**3


def wavy_torch(z_SZ: torch.Tensor) -> torch.Tensor:
    return (torch.sin(3 * z_SZ) + 0.3 * z_SZ**3).sum(-1)


@pytest.mark.parametrize(("mu", "sigma"), PLACES)
def test_a_function_without_closed_form_against_differences_of_its_integral(mu, sigma):
    step = 1e-4
    of_mu = mean_under_q(wavy, mu + step, sigma) - mean_under_q(wavy, mu - step, sigma)
    wider, narrower = sigma * math.exp(step), sigma * math.exp(-step)
    of_log_sigma = mean_under_q(wavy, mu, wider) - mean_under_q(wavy, mu, narrower)
    found = compare(
        wavy_torch,
        torch.tensor([mu]).double(),
        torch.tensor([sigma]).double(),
        samples=400_000,
        generator=torch.Generator().manual_seed(1),
    )
    assert tuple(found) == COMPARED
    for gradients in found.values():
        assert_mean(gradients.mu_SZ, of_mu / (2 * step))
        assert_mean(gradients.log_sigma_SZ, of_log_sigma / (2 * step))
    baseline = found["score function with baseline"].mu_SZ.var()
    assert baseline < found["score function"].mu_SZ.var()


def test_the_leave_one_out_mean_is_that_of_the_others():
    value_S = torch.tensor([1.0, 2.0, 6.0])
    assert leave_one_out_mean(value_S).tolist() == [4.0, 3.5, 1.5]
    assert leave_one_out_mean(value_S[:1]).tolist() == [0.0]


def test_the_same_generator_gives_the_same_estimates():
    mu_Z, sigma_Z = torch.zeros(3), torch.ones(3)
    one, two = (
        compare(
            wavy_torch, mu_Z, sigma_Z, samples=5, generator=torch.Generator().manual_seed(seed)
        )["pathwise"].mu_SZ
        for seed in (4, 4)
    )
    assert one.shape == (5, 3)
    assert torch.equal(one, two)


def test_the_ratio_of_variances_is_the_number_of_draws():
    assert references.samples_for_equal_error(50.0, 2.0) == 25.0
    assert references.samples_for_equal_error(50.0, 0.0) == math.inf


@pytest.fixture(scope="module")
def bundled() -> tuple[VAE, torch.Tensor]:
    """A trained decoder and a black and white image it has not seen."""
    entry = next(entry for entry in list_models() if entry.name == "mnist-2d-beta-1")
    checkpoint = load_checkpoint(entry.path)
    x_ND = load_split(checkpoint.dataset, "test").x_ND[:40]
    return checkpoint.vae, binarise_fixed(x_ND, seed=0)[33]


def test_on_a_trained_decoder_all_agree_with_differences_of_a_quadrature(bundled):
    model, x_D = bundled
    with torch.no_grad():
        mu_1Z, logvar_1Z = model.encode(x_D[None])
    mu_Z, sigma_Z = mu_1Z[0], (0.5 * logvar_1Z[0]).exp()
    node_G2, weight_G = gauss_hermite(32)
    x = x_D.double().numpy()

    def mean_nll(mu_2, log_sigma_2) -> float:
        logits_GD = decoder_logits(model, mu_2 + np.exp(log_sigma_2) * node_G2)
        return float(weight_G @ (np.logaddexp(0, logits_GD) - x * logits_GD).sum(1))

    at = mu_Z.double().numpy(), np.log(sigma_Z.double().numpy())
    expected = []
    for which in (0, 1):
        for axis in (0, 1):
            step = np.zeros((2, 2))
            step[which, axis] = 1e-4
            upper, lower = mean_nll(*(at + step)), mean_nll(*(at - step))
            expected.append((upper - lower) / 2e-4)

    exact_Z = references.reconstruction_gradient(model, x_D, mu_Z, sigma_Z)
    np.testing.assert_allclose(exact_Z, expected[:2], rtol=1e-4)
    found = compare(
        references.reconstruction_nll(model, x_D),
        mu_Z,
        sigma_Z,
        samples=20_000,
        generator=torch.Generator().manual_seed(0),
    )
    for gradients in found.values():
        for axis in (0, 1):
            assert_mean(gradients.mu_SZ[:, axis], expected[axis])
            assert_mean(gradients.log_sigma_SZ[:, axis], expected[2 + axis])
    variance = {name: float(gradients.mu_SZ[:, 0].var()) for name, gradients in found.items()}
    path, score, with_baseline = (variance[name] for name in COMPARED)
    assert path < with_baseline < score / 100


def test_quadrature_declines_other_dimensions():
    config = ModelConfig(image_shape=(4, 5), latent_dim=3, hidden=(4,), decoder_hidden=(4,))
    model = VAE.create(config, torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="two latent dimensions, got 3"):
        references.reconstruction_gradient(model, torch.zeros(20), torch.zeros(3), torch.ones(3))


SCORE_FUNCTIONS = ESTIMATORS[1:]


@pytest.mark.parametrize("estimator", SCORE_FUNCTIONS)
@pytest.mark.parametrize("free_bits", [0.0, 0.4])
def test_training_gradients_agree_with_the_path_on_average(model, images, estimator, free_bits):
    x_BD, objective = images.x_ND[:100], Objective(0.7, free_bits)
    generator = torch.Generator().manual_seed(2)
    parameters = list(model.parameters())
    # A few directions stand for thousands of weights.
    directions = [
        torch.randn(4, *p.shape, generator=generator).flatten(1) / p.numel() ** 0.5
        for p in parameters
    ]
    gradients_of = objective_gradients(model, estimator)
    differences = []
    for _ in range(400):
        noise_BZ = model.noise(len(x_BD), generator)
        ours = gradients_of(x_BD, noise_BZ, objective)
        path = model.objective_gradients(x_BD, noise_BZ, objective)
        differences.append(
            torch.cat(
                [d @ (a - b).flatten() for d, a, b in zip(directions, ours, path, strict=True)]
            )
        )
    table = torch.stack(differences).double()
    encoder = 4 * len(list(model.encoder.parameters()))
    # The decoder's gradient is the same, draw by draw.
    assert table[:, encoder:].abs().max() < 1e-4
    error = table.std(0)[:encoder] / math.sqrt(len(table))
    assert (error > 0).all()
    assert ((table.mean(0)[:encoder] / error).abs() < 4.5).all()


def test_the_kl_term_needs_no_estimate(model, images):
    x_BD = images.x_ND[:8]
    noise_BZ = model.noise(8, torch.Generator().manual_seed(0))

    def step_in_beta(estimator: str) -> list[torch.Tensor]:
        gradients_of = objective_gradients(model, estimator)
        low, high = (gradients_of(x_BD, noise_BZ, Objective(beta)) for beta in (1.0, 3.0))
        return [b - a for a, b in zip(low, high, strict=True)]

    for estimator in SCORE_FUNCTIONS:
        pairs = zip(step_in_beta(estimator), step_in_beta("pathwise"), strict=True)
        for ours, path in pairs:
            torch.testing.assert_close(ours, path, rtol=1e-3, atol=2e-3)


def test_a_baseline_of_each_image_scatters_least(model, images):
    x_BD = images.x_ND[:64]
    generator = torch.Generator().manual_seed(3)

    def scatter(estimator: str) -> float:
        gradients_of = objective_gradients(model, estimator)
        draws = [gradients_of(x_BD, model.noise(64, generator), Objective())[0] for _ in range(60)]
        return float(torch.stack(draws).var(0).sum())

    path, batch, image = map(scatter, ESTIMATORS)
    assert path < image < batch
