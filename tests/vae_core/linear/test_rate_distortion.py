"""The closed form of the linear beta-VAE against training one from the definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vae_core.linear.rate_distortion import linear_beta_vae

VARIANCES = np.array([4.0, 1.5, 0.6, 0.2, 0.05])
NOISE = 0.3


def trained(beta: float, latent_dim: int) -> dict[str, np.ndarray | float]:
    """Minimise D + beta R of x -> N(A x, diag v) -> N(W z, sigma^2 I) over A, v and W.

    Expectations over x ~ N(0, C) and z are traces, so there is no sampling noise. C is rotated:
    the answer must not depend on the axes.
    """
    generator = torch.Generator().manual_seed(1)
    pixels = len(VARIANCES)
    turn, _ = torch.linalg.qr(torch.randn(pixels, pixels, generator=generator).double())
    covariance = turn @ torch.diag(torch.tensor(VARIANCES)) @ turn.T
    encoder = (0.3 * torch.randn(latent_dim, pixels, generator=generator).double()).requires_grad_()
    decoder = (0.3 * torch.randn(pixels, latent_dim, generator=generator).double()).requires_grad_()
    log_v = torch.zeros(latent_dim, dtype=torch.float64, requires_grad=True)

    def terms() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        left = torch.eye(pixels, dtype=torch.float64) - decoder @ encoder
        error = torch.trace(left @ covariance @ left.T)
        error = error + torch.trace(decoder @ torch.diag(log_v.exp()) @ decoder.T)
        distortion = error / (2 * NOISE) + 0.5 * pixels * math.log(2 * math.pi * NOISE)
        mean_variance = torch.diagonal(encoder @ covariance @ encoder.T)
        rate = 0.5 * (mean_variance + log_v.exp() - 1 - log_v)
        return distortion, rate, mean_variance

    optimiser = torch.optim.LBFGS(
        [encoder, decoder, log_v], max_iter=4000, tolerance_grad=1e-10, tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )  # fmt: skip

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        distortion, rate, _ = terms()
        loss = distortion + beta * rate.sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        distortion, rate, mean_variance = terms()
    order = torch.argsort(rate, descending=True)
    return {
        "distortion": distortion.item(),
        "rate_Z": rate[order].numpy(),
        "mean_variance_Z": mean_variance[order].numpy(),
    }


@pytest.mark.parametrize("beta", [0.3, 1.0, 3.0, 8.0, 20.0])
@pytest.mark.parametrize("latent_dim", [1, 3])
def test_training_reaches_the_closed_form(beta: float, latent_dim: int):
    ours, theirs = linear_beta_vae(VARIANCES, latent_dim, NOISE, beta), trained(beta, latent_dim)
    assert ours.distortion == pytest.approx(theirs["distortion"], abs=1e-3)
    assert ours.rate == pytest.approx(np.sum(theirs["rate_Z"]), abs=1e-3)
    np.testing.assert_allclose(ours.rate_Z, theirs["rate_Z"], atol=1e-3)
    np.testing.assert_allclose(ours.mean_variance_Z, theirs["mean_variance_Z"], atol=1e-3)


def test_a_dimension_collapses_exactly_at_its_threshold():
    thresholds = linear_beta_vae(VARIANCES, 3, NOISE, 1.0).thresholds_Z
    np.testing.assert_allclose(thresholds, VARIANCES[:3] / NOISE, rtol=1e-12)
    for place, threshold in enumerate(thresholds):
        assert linear_beta_vae(VARIANCES, 3, NOISE, threshold * (1 - 1e-9)).rate_Z[place] > 0
        assert linear_beta_vae(VARIANCES, 3, NOISE, threshold * (1 + 1e-9)).rate_Z[place] == 0


def test_a_nat_of_rate_is_worth_beta_nats_of_distortion():
    for beta in (0.2, 0.7, 1.9):
        low, high = (linear_beta_vae(VARIANCES, 5, NOISE, beta * f) for f in (0.9999, 1.0001))
        slope = (high.distortion - low.distortion) / (high.rate - low.rate)
        assert slope == pytest.approx(-beta, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([-1.0, 2.0], 1, 1.0, 1.0), "finite numbers >= 0"),
        (([1.0, 2.0], 3, 1.0, 1.0), "must lie in 1..2, got 3"),
        (([1.0, 2.0], 1, 0.0, 1.0), "must be > 0, got 0 and 1"),
        (([1.0, 2.0], 1, 1.0, -2.0), "must be > 0, got 1 and -2"),
    ],
)
def test_bad_arguments(arguments, said):
    with pytest.raises(ValueError, match=said):
        linear_beta_vae(*arguments)
