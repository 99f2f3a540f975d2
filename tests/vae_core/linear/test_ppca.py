"""A linear VAE with the exact posterior: the bound is tight, and log p(x) is known.

Probabilistic PCA (Tipping & Bishop 1999) gives the best linear decoder and its posterior in closed
form; the evidence is a multivariate normal density of SciPy's.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from vae_core.models.elbo import ElboTerms, kl_to_standard_normal

N, D, Z = 60, 8, 3


@pytest.fixture(scope="module")
def ppca():
    """(x_ND, W_DZ, sigma^2) with W of orthogonal columns, so that the posterior is diagonal."""
    random = np.random.default_rng(0)
    x_ND = random.standard_normal((N, Z)) @ random.standard_normal((Z, D)) * 2
    x_ND += 0.5 * random.standard_normal((N, D))
    x_ND -= x_ND.mean(axis=0)
    variances, directions = np.linalg.eigh(x_ND.T @ x_ND / N)
    variances, directions = variances[::-1], directions[:, ::-1]
    noise = variances[Z:].mean()
    return x_ND, directions[:, :Z] * np.sqrt(variances[:Z] - noise), noise


def posterior(x_ND, w_DZ, noise):
    precision_ZZ = w_DZ.T @ w_DZ + noise * np.eye(Z)
    mu_NZ = np.linalg.solve(precision_ZZ, w_DZ.T @ x_ND.T).T
    return mu_NZ, np.broadcast_to(np.log(noise / np.diag(precision_ZZ)), mu_NZ.shape)


def elbo(x_ND, w_DZ, noise, mu_NZ, logvar_NZ):
    """Our KL and record, with E_q[-log N(x; Wz, noise I)] in closed form."""
    expected_square_N = ((x_ND - mu_NZ @ w_DZ.T) ** 2).sum(1) + np.exp(logvar_NZ) @ (w_DZ**2).sum(0)
    nll_N = 0.5 * (expected_square_N / noise + D * np.log(2 * np.pi * noise))
    kl_N = kl_to_standard_normal(torch.tensor(mu_NZ), torch.tensor(logvar_NZ.copy()))
    return ElboTerms(torch.tensor(nll_N), kl_N).elbo_B.numpy()


def log_evidence(x_ND, w_DZ, noise):
    return multivariate_normal(cov=w_DZ @ w_DZ.T + noise * np.eye(D)).logpdf(x_ND)


def test_the_bound_is_tight_for_the_exact_posterior(ppca):
    np.testing.assert_allclose(elbo(*ppca, *posterior(*ppca)), log_evidence(*ppca), atol=1e-10)


def test_any_other_q_falls_short_by_its_kl_to_the_posterior(ppca):
    mu_NZ, logvar_NZ = posterior(*ppca)
    shift, widen = 0.3, 0.7
    x_ND, w_DZ, noise = ppca
    short_N = log_evidence(*ppca) - elbo(x_ND, w_DZ, noise, mu_NZ + shift, logvar_NZ + widen)
    # KL between diagonal Gaussians, written out.
    kl_N = 0.5 * (np.exp(widen) + shift**2 / np.exp(logvar_NZ) - 1 - widen).sum(axis=1)
    np.testing.assert_allclose(short_N, kl_N, atol=1e-10)
