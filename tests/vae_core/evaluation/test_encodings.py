import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core.config import ModelConfig
from vae_core.data import load_split
from vae_core.data.images import LabelledImages
from vae_core.evaluation.encodings import (
    decode_latents,
    encode_images,
    nearest_images,
    prior_samples,
)
from vae_core.models.vae import VAE


def small() -> tuple[VAE, LabelledImages]:
    images = load_split("digits", "test")
    config = ModelConfig(image_shape=(8, 8), hidden=(16,), decoder_hidden=(16,))
    return VAE.create(config, torch.Generator().manual_seed(0)).requires_grad_(False), images


def test_encodings_agree_with_torch_distributions() -> None:
    model, images = small()
    encodings = encode_images(model, images, seed=3)
    mu, logvar = (torch.tensor(a) for a in (encodings.mu_NZ, encodings.logvar_NZ))
    posterior = Normal(mu, (logvar / 2).exp())
    kl = kl_divergence(posterior, Normal(0.0, 1.0))
    np.testing.assert_allclose(encodings.kl_N, kl.sum(1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(encodings.kl_Z, kl.mean(0), rtol=1e-4, atol=1e-5)
    noise = torch.randn(mu.shape, generator=torch.Generator().manual_seed(3))
    logits = model.decoder(mu + posterior.stddev * noise)
    grey = images.x_ND
    nll = -(
        grey * Bernoulli(logits=logits).log_prob(torch.ones_like(grey))
        + (1 - grey) * Bernoulli(logits=logits).log_prob(torch.zeros_like(grey))
    ).sum(1)
    np.testing.assert_allclose(encodings.reconstruction_nll_N, nll, rtol=1e-4)
    np.testing.assert_allclose(encodings.elbo_N, -(nll + kl.sum(1)), rtol=1e-4)


def test_decoding_is_the_sigmoid_of_the_network() -> None:
    model, _ = small()
    z = np.array([[0.5, -1.0], [0.0, 2.0]])
    expected = 1 / (1 + np.exp(-model.decoder(torch.tensor(z, dtype=torch.float32)).numpy()))
    np.testing.assert_allclose(decode_latents(model, z), expected, atol=1e-6)


def test_prior_samples_repeat_with_their_seed() -> None:
    model, _ = small()
    first = prior_samples(model, 5, seed=1)
    np.testing.assert_array_equal(first, prior_samples(model, 5, seed=1))
    assert np.abs(first - prior_samples(model, 5, seed=2)).max() > 1e-3


def test_nearest_images_are_scikit_learns() -> None:
    mu = np.random.default_rng(0).standard_normal((100, 3)).astype(np.float32)
    z = np.array([0.1, 0.2, -0.3])
    oracle = NearestNeighbors(n_neighbors=7).fit(mu).kneighbors(z[None])[1][0]
    np.testing.assert_array_equal(nearest_images(mu, z, 7), oracle)
