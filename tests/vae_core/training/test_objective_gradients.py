"""The gradient written out against autograd on the objective's definition."""

import pytest
import torch

from vae_core.config import ACTIVATIONS, ModelConfig
from vae_core.likelihoods import LIKELIHOODS
from vae_core.models.elbo import Objective
from vae_core.models.vae import VAE


def spread(mu_BZ, logvar_BZ):
    return mu_BZ, (0.5 * logvar_BZ).exp()


@pytest.mark.parametrize("free_bits", [0.0, 200.0])
@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_gradients_are_those_of_autograd(likelihood, activation, beta, free_bits):
    config = ModelConfig(
        image_shape=(5, 6),
        latent_dim=3,
        hidden=(16, 12),
        decoder_hidden=(9, 11, 13),
        activation=activation,
        likelihood=likelihood,
    )
    generator = torch.Generator().manual_seed(3)
    model = VAE.create(config, generator)
    with torch.no_grad():  # some log-variances beyond the clamp on either side
        model.encoder.net[-1].weight.mul_(60)
    x_BD = torch.rand(32, 30, generator=generator)
    noise_BZ = torch.randn(32, 3, generator=generator)
    _, logvar_BZ = model.encode(x_BD)
    assert (logvar_BZ == -12).any()
    assert (logvar_BZ == 6).any()
    assert ((logvar_BZ > -12) & (logvar_BZ < 6)).any()

    loss = model.elbo_terms(x_BD, noise_BZ).reconstruction_nll_B.mean()
    posterior = torch.distributions.Normal(*spread(*model.encode(x_BD)))
    kl_Z = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0, 1)).mean(0)
    if free_bits:
        assert 0 < (kl_Z > free_bits).sum() < 3  # one side of the threshold and the other
    loss = loss + beta * kl_Z.clamp(min=free_bits).sum()
    expected = torch.autograd.grad(loss, list(model.parameters()))
    got = model.objective_gradients(x_BD, noise_BZ, Objective(beta, free_bits))

    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6 * float(theirs.abs().max()))
