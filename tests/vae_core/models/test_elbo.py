"""The bound and its terms against quadrature, torch.distributions and a brute-force log p(x)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from tests.oracles import Plane, gauss_hermite
from vae_core.config import ModelConfig
from vae_core.models.elbo import ElboTerms, kl_per_dimension, kl_to_standard_normal, reparameterise
from vae_core.models.vae import VAE


def kl_by_quadrature(mu: float, sigma: float) -> float:
    """The definition, the integral of q log(q/p), by numerical integration."""
    q = norm(mu, sigma)
    return quad(
        lambda z: q.pdf(z) * (q.logpdf(z) - norm.logpdf(z)), mu - 12 * sigma, mu + 12 * sigma
    )[0]


@pytest.mark.parametrize("mu", [0.0, -1.5, 3.0])
@pytest.mark.parametrize("sigma", [0.1, 1.0, 2.5])
def test_kl_matches_its_integral(mu, sigma):
    kl_B = kl_to_standard_normal(
        torch.tensor([[mu]], dtype=torch.float64),
        torch.tensor([[2 * np.log(sigma)]], dtype=torch.float64),
    )
    assert kl_B.item() == pytest.approx(kl_by_quadrature(mu, sigma), abs=1e-8)


def random_posteriors(count: int, latent_dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    mu_BZ = 3 * torch.randn(count, latent_dim, generator=generator, dtype=torch.float64)
    logvar_BZ = 2 * torch.randn(count, latent_dim, generator=generator, dtype=torch.float64)
    return mu_BZ, logvar_BZ


def test_kl_matches_torch_distributions_and_is_never_negative():
    mu_BZ, logvar_BZ = random_posteriors(500, 5)
    q = torch.distributions.Normal(mu_BZ, (0.5 * logvar_BZ).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu_BZ), torch.ones_like(mu_BZ))
    expected_BZ = torch.distributions.kl_divergence(q, p)
    torch.testing.assert_close(
        kl_per_dimension(mu_BZ, logvar_BZ), expected_BZ, rtol=1e-12, atol=1e-12
    )
    kl_B = kl_to_standard_normal(mu_BZ, logvar_BZ)
    torch.testing.assert_close(kl_B, expected_BZ.sum(1), rtol=1e-12, atol=1e-12)
    assert (kl_B >= 0).all()


def test_kl_is_zero_only_at_the_prior_and_keeps_its_digits_near_it():
    assert kl_to_standard_normal(torch.zeros(1, 3), torch.zeros(1, 3)).item() == 0
    # KL = v^2/4 + O(v^3) for a log-variance v near 0; single precision has 7 digits to spend.
    v = 1e-3
    kl = kl_to_standard_normal(torch.zeros(1, 1), torch.full((1, 1), v)).item()
    assert kl == pytest.approx(v**2 / 4 + v**3 / 12, rel=1e-3)


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 2\) and \(1, 2\)"):
        kl_to_standard_normal(torch.zeros(4, 2), torch.zeros(1, 2))


def test_reparameterised_draws_have_the_posterior_as_their_distribution():
    mu_BZ, logvar_BZ = random_posteriors(1, 3)
    mu_BZ, logvar_BZ = mu_BZ.requires_grad_(), logvar_BZ.requires_grad_()
    noise_BZ = torch.tensor([[0.3, -1.2, 2.0]], dtype=torch.float64)
    z_BZ = reparameterise(mu_BZ, logvar_BZ, noise_BZ)
    # The same quantile of q as the noise is of N(0, 1).
    expected = norm.ppf(
        norm.cdf(noise_BZ.numpy()), mu_BZ.detach().numpy(), logvar_BZ.detach().exp().sqrt().numpy()
    )
    np.testing.assert_allclose(z_BZ.detach().numpy(), expected, rtol=1e-9)
    assert torch.autograd.gradcheck(reparameterise, (mu_BZ, logvar_BZ, noise_BZ))


def test_the_objective_is_the_negative_elbo_for_beta_one_only():
    terms = ElboTerms(torch.tensor([100.0, 80.0]), torch.tensor([4.0, 6.0]))
    assert terms.elbo_B.tolist() == [-104.0, -86.0]
    assert terms.objective_B(1.0).tolist() == [104.0, 86.0]
    assert terms.objective_B(0.0).tolist() == [100.0, 80.0]
    assert terms.objective_B(8.0).tolist() == [132.0, 128.0]


@pytest.mark.parametrize("seed", range(6))
def test_log_evidence_exceeds_the_elbo_by_the_kl_to_the_true_posterior(seed):
    """log p(x) = ELBO + KL[q(z|x) || p(z|x)], each of the three computed on its own."""
    config = ModelConfig(image_shape=(2, 4), latent_dim=2, hidden=(8,), decoder_hidden=(8,))
    model = VAE.create(config, torch.Generator().manual_seed(seed))
    plane, (noise_SZ, weight_S) = Plane(model), gauss_hermite()
    random = np.random.default_rng(seed)
    for x_D in random.integers(0, 2, (5, 8)).astype(np.float64):
        x_SD = torch.tensor(x_D, dtype=torch.float32).expand(len(noise_SZ), -1)
        with torch.no_grad():
            terms = model.elbo_terms(x_SD, torch.tensor(noise_SZ, dtype=torch.float32))
            mu_SZ, logvar_SZ = model.encode(x_SD[:1])
        elbo = float(weight_S @ terms.elbo_B.double().numpy())
        log_evidence = plane.log_evidence(x_D)
        gap = plane.kl_to_posterior(x_D, mu_SZ[0].double().numpy(), logvar_SZ[0].double().numpy())
        assert gap > 0
        assert elbo <= log_evidence + 1e-8
        assert log_evidence - elbo == pytest.approx(gap, abs=2e-5)  # float32 in the model
