"""Likelihoods and their hand-written gradients against torch.distributions and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import kstest, norm

from vae_core.likelihoods import (
    LIKELIHOODS,
    Likelihood,
    bernoulli_nll,
    gaussian_nll,
)
from vae_core.likelihoods.continuous_bernoulli import (
    MOST_LOGIT,
    continuous_bernoulli_mean,
    continuous_bernoulli_nll,
)


def reference_nll(logits_BD: torch.Tensor, x_BD: torch.Tensor) -> torch.Tensor:
    # Grey values are outside the support; log_prob is then the cross-entropy.
    bernoulli = torch.distributions.Bernoulli(logits=logits_BD, validate_args=False)
    return -bernoulli.log_prob(x_BD).sum(dim=1)


def logits_and(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits_BD = 5 * torch.randn(40, 30, generator=generator, dtype=torch.float64)
    x_BD = torch.rand(40, 30, generator=generator, dtype=torch.float64)
    return logits_BD, x_BD.round() if kind == "binary" else x_BD


@pytest.mark.parametrize("kind", ["binary", "grey"])
def test_bernoulli_is_the_summed_negative_log_probability(kind):
    logits_BD, x_BD = logits_and(kind)
    nll_B = bernoulli_nll(logits_BD, x_BD)
    torch.testing.assert_close(nll_B, reference_nll(logits_BD, x_BD), rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", ["binary", "grey"])
def test_bernoulli_gradient_is_that_of_the_reference(kind):
    logits_BD, x_BD = logits_and(kind)
    logits_BD.requires_grad_()
    weight_B = torch.linspace(-1, 2, 40, dtype=torch.float64)  # a different pull on each image
    (ours,) = torch.autograd.grad(bernoulli_nll(logits_BD, x_BD) @ weight_B, logits_BD)
    (theirs,) = torch.autograd.grad(reference_nll(logits_BD, x_BD) @ weight_B, logits_BD)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_certain_decoders_stay_finite():
    logits_BD = torch.tensor([[1e4, -1e4], [1e4, -1e4]])
    x_BD = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert bernoulli_nll(logits_BD, x_BD).tolist() == [0.0, 2e4]


def test_an_undecided_pixel_costs_log_two_and_pixels_are_summed():
    nll_B = bernoulli_nll(torch.zeros(2, 784), torch.ones(2, 784))
    assert nll_B.tolist() == pytest.approx([784 * np.log(2)] * 2)


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(1, 3\)"):
        bernoulli_nll(torch.zeros(2, 3), torch.zeros(1, 3))


def test_the_mean_image_of_bernoulli_is_the_probability_of_ink():
    logits_BD = torch.linspace(-20, 20, 41).reshape(1, 41)
    mean_BD = LIKELIHOODS["bernoulli"].mean(logits_BD)
    np.testing.assert_allclose(mean_BD.numpy(), expit(logits_BD.numpy()), rtol=1e-5)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_every_row_gives_one_number_per_image_and_an_image(name):
    row = Likelihood(LIKELIHOODS[name], 0.3 if LIKELIHOODS[name].noise else 1.0)
    output_BD = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    x_BD = torch.ones(4, 6)
    assert row.nll(output_BD, x_BD).shape == (4,)
    assert row.mean(output_BD).shape == (4, 6)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_gradient_written_out_is_that_of_autograd(name):
    row = Likelihood(LIKELIHOODS[name], 0.3 if LIKELIHOODS[name].noise else 1.0)
    output_BD, x_BD = logits_and("grey")
    output_BD[0] = torch.linspace(-0.2, 0.2, 30)  # where the series takes over
    output_BD.requires_grad_()
    (theirs,) = torch.autograd.grad(row.nll(output_BD, x_BD).sum(), output_BD)
    ours = row.nll_gradient(output_BD.detach(), x_BD)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)


# --- continuous Bernoulli

PARAMETERS = [-16.5, -7.0, -0.5, -0.11, -0.09, -1e-4, 0.0, 1e-9, 0.05, 0.0999, 0.1001, 3.0, 16.0]


def density(x: float, logit: float) -> float:
    """exp(x l), scaled so that nothing overflows; not normalised."""
    return float(np.exp(logit * x - max(logit, 0.0)))


@pytest.mark.parametrize("logit", PARAMETERS)
def test_continuous_bernoulli_is_a_normalised_density(logit):
    total, _ = quad(density, 0, 1, (logit,), epsabs=1e-14, epsrel=1e-13, limit=400)
    for x in (0.0, 0.3, 1.0):
        expected = -np.log(density(x, logit) / total)
        pair = (torch.tensor([[value]], dtype=torch.float64) for value in (logit, x))
        assert continuous_bernoulli_nll(*pair).item() == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("logit", PARAMETERS)
def test_the_mean_of_a_continuous_bernoulli_is_its_integral(logit):
    total, _ = quad(density, 0, 1, (logit,), epsabs=1e-14, epsrel=1e-13, limit=400)
    first, _ = quad(lambda x: x * density(x, logit), 0, 1, epsabs=1e-14, epsrel=1e-13, limit=400)
    mean = continuous_bernoulli_mean(torch.tensor(logit, dtype=torch.float64)).item()
    assert mean == pytest.approx(first / total, abs=1e-10)


def test_continuous_bernoulli_is_that_of_torch_away_from_one_half():
    # Near one half torch's own series is good to 1e-7 only.
    logits_BD, x_BD = logits_and("grey")
    logits_BD = (logits_BD + 0.5 * logits_BD.sign()).clamp(-MOST_LOGIT, MOST_LOGIT)
    reference = torch.distributions.ContinuousBernoulli(logits=logits_BD)
    expected_B = -reference.log_prob(x_BD).sum(dim=1)
    nll_B = continuous_bernoulli_nll(logits_BD, x_BD)
    torch.testing.assert_close(nll_B, expected_B, rtol=0, atol=1e-10)


def test_single_precision_keeps_the_density_of_a_whole_image():
    logits_BD = torch.linspace(-12, 12, 784).expand(3, 784)
    x_BD = torch.rand(3, 784, generator=torch.Generator().manual_seed(1))
    single_B = continuous_bernoulli_nll(logits_BD, x_BD)
    double_B = continuous_bernoulli_nll(logits_BD.double(), x_BD.double())
    torch.testing.assert_close(single_B.double(), double_B, rtol=0, atol=1e-2)


def test_a_logit_beyond_the_limit_counts_as_the_limit():
    far, limit = torch.tensor([[-90.0, 25.0]]), torch.tensor([[-MOST_LOGIT, MOST_LOGIT]])
    x_BD = torch.tensor([[0.2, 0.9]])
    assert torch.equal(continuous_bernoulli_nll(far, x_BD), continuous_bernoulli_nll(limit, x_BD))
    assert torch.equal(continuous_bernoulli_mean(far), continuous_bernoulli_mean(limit))


# --- Gaussian


@pytest.mark.parametrize("sd", [0.01, 0.2, 3.0])
def test_gaussian_is_the_summed_negative_log_density(sd):
    mean_BD, x_BD = logits_and("grey")
    nll_B = gaussian_nll(mean_BD, x_BD, sd**2)
    expected_B = -norm(mean_BD.numpy(), sd).logpdf(x_BD.numpy()).sum(axis=1)
    np.testing.assert_allclose(nll_B.numpy(), expected_B, rtol=1e-12)
    own = -torch.distributions.Normal(mean_BD, sd).log_prob(x_BD).sum(dim=1)
    torch.testing.assert_close(nll_B, own, rtol=1e-12, atol=1e-10)


def test_the_best_variance_is_the_mean_squared_error():
    mean_BD, x_BD = logits_and("grey")
    squared_error = ((mean_BD - x_BD) ** 2).mean().item()

    def nll(variance: float) -> float:
        return gaussian_nll(mean_BD, x_BD, variance).mean().item()

    assert all(nll(squared_error) < nll(squared_error * factor) for factor in (0.99, 1.01))


@pytest.mark.parametrize("function", [bernoulli_nll, continuous_bernoulli_nll, gaussian_nll])
def test_no_likelihood_broadcasts(function):
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(1, 3\)"):
        function(torch.zeros(2, 3), torch.zeros(1, 3), 1.0)


# --- geometry


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_information_is_the_slope_of_the_mean_and_the_square_of_flats_slope(name):
    row = Likelihood(LIKELIHOODS[name], 0.3 if LIKELIHOODS[name].noise else 1.0)
    places = [-30.0, -15.0, -4.0, -0.6, -0.1001, -0.0999, -0.01, 0.0, 0.05, 0.11, 2.0, 9.0]
    output_D = torch.tensor(places, dtype=torch.float64, requires_grad=True)
    (slope_D,) = torch.autograd.grad(row.mean(output_D).sum(), output_D)
    (flat_D,) = torch.autograd.grad(row.flat(output_D).sum(), output_D)
    information_D = row.information(output_D.detach())
    scale = 0.3 if LIKELIHOODS[name].noise else 1.0
    torch.testing.assert_close(information_D, slope_D / scale, rtol=1e-7, atol=1e-10)
    torch.testing.assert_close(flat_D**2, information_D, rtol=1e-3, atol=1e-9)


# --- draws


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("output", [-6.0, -0.05, 0.0, 0.3, 4.0])
def test_draws_have_the_mean_and_the_variance_of_the_family(name, output):
    """In an exponential family the variance of a pixel is the slope of its mean, times sigma^4."""
    scale = 0.09 if LIKELIHOODS[name].noise else 1.0
    row = Likelihood(LIKELIHOODS[name], scale)
    count = 200_000
    output_N = torch.full((count,), output, dtype=torch.float64)
    x_N = row.draw(output_N, torch.Generator().manual_seed(4))
    error = 4 * x_N.std().item() / np.sqrt(count)
    assert abs(x_N.mean().item() - row.mean(output_N[0]).item()) < error + 1e-12
    expected = row.information(output_N[0]).item() * scale**2
    assert x_N.var().item() == pytest.approx(expected, rel=0.03, abs=1e-5)


def test_continuous_bernoulli_draws_follow_the_distribution_function():
    for logit in (-9.0, 0.02, 5.0):
        logits_N = torch.full((4000,), logit, dtype=torch.float64)
        family = LIKELIHOODS["continuous-bernoulli"]
        x_N = Likelihood(family).draw(logits_N, torch.Generator().manual_seed(6)).numpy()

        def distribution(x: np.ndarray, slope: float = logit) -> np.ndarray:
            return np.expm1(slope * x) / np.expm1(slope)

        assert kstest(x_N, distribution).pvalue > 1e-3
