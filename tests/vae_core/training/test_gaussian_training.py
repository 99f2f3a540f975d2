"""Training with Gaussian pixels: the linear beta-VAE's closed form, learned noise, sigma and beta.

The closed form of the linear beta-VAE shares nothing with the trainer, the network or its losses.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import LabelledImages
from vae_core.linear.rate_distortion import linear_beta_vae
from vae_core.models.vae import VAE
from vae_core.training.vae import train

VARIANCES = np.array([4.0, 1.5, 0.6, 0.2, 0.05])
NOISE = 0.3


def gaussian_cloud(count: int) -> LabelledImages:
    """Points with exactly these principal variances (1/N) and mean zero, in turned axes."""
    random = np.random.default_rng(0)
    x_ND = random.standard_normal((count, 5))
    x_ND -= x_ND.mean(axis=0)
    white_ND = x_ND @ np.linalg.inv(np.linalg.cholesky(x_ND.T @ x_ND / count)).T
    turn, _ = np.linalg.qr(random.standard_normal((5, 5)))
    x_ND = white_ND @ np.diag(np.sqrt(VARIANCES)) @ turn.T
    label_N = torch.zeros(count, dtype=torch.int64)
    return LabelledImages(torch.from_numpy(x_ND).float(), label_N, (1, 5))


@pytest.mark.parametrize("beta", [1.0, 8.0])  # all three dimensions live; one does
def test_a_linear_vae_trained_by_sgd_reaches_the_closed_form(beta: float) -> None:
    # One batch of many draws of the noise: what is left of it at the end is below the tolerance.
    cloud = gaussian_cloud(32_768)
    config = ModelConfig(
        image_shape=(1, 5),
        latent_dim=3,
        hidden=(),
        decoder_hidden=(),
        likelihood="gaussian",
        noise_sd=math.sqrt(NOISE),
    )
    how = TrainConfig(
        beta=beta,
        epochs=1000,
        batch_size=len(cloud),
        learning_rate=0.02,
        binarisation="none",
        precision="float32",  # what bfloat16 rounds off is as large as the tolerance
    )
    few = LabelledImages(cloud.x_ND[:1], cloud.label_N[:1], (1, 5))
    *_, last = train(config, how, cloud, few)

    model = last.model
    assert isinstance(model, VAE)
    with torch.no_grad():
        mu_NZ, logvar_NZ = (value.double().numpy() for value in model.encode(cloud.x_ND))
        weight_DZ = model.decoder[0].weight.double().numpy()
        bias_D = model.decoder[0].bias.double().numpy()
    # E_q of the squared error of a linear decoder has no sampling noise.
    error = ((cloud.x_ND.double().numpy() - mu_NZ @ weight_DZ.T - bias_D) ** 2).sum(1).mean()
    error += (np.exp(logvar_NZ).mean(0) * (weight_DZ**2).sum(0)).sum()
    distortion = error / (2 * NOISE) + 2.5 * math.log(2 * math.pi * NOISE)
    rate_Z = 0.5 * (mu_NZ**2 + np.exp(logvar_NZ) - 1 - logvar_NZ).mean(0)
    order = np.argsort(-rate_Z)

    exact = linear_beta_vae(VARIANCES, 3, NOISE, beta)
    np.testing.assert_allclose(rate_Z[order], exact.rate_Z, atol=1e-3)
    np.testing.assert_allclose(mu_NZ.var(axis=0)[order], exact.mean_variance_Z, atol=1e-3)
    assert distortion == pytest.approx(exact.distortion, rel=1e-3)


def test_learned_noise_settles_at_the_mean_squared_error(
    model_config: ModelConfig, images: LabelledImages
) -> None:
    config = dataclasses.replace(model_config, likelihood="gaussian-learned", noise_sd=0.2)
    how = TrainConfig(epochs=300, batch_size=100, learning_rate=1e-2, binarisation="none")
    *_, last = train(config, how, images, images)
    model = last.model
    assert isinstance(model, VAE)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        mu_NZ, logvar_NZ = model.encode(images.x_ND.repeat(20, 1))
        noise_NZ = torch.randn(mu_NZ.shape, generator=generator)
        decoded_ND = model.decode(mu_NZ + (logvar_NZ / 2).exp() * noise_NZ)
        squared_error = ((images.x_ND.repeat(20, 1) - decoded_ND) ** 2).mean().item()
    assert math.exp(model.noise_logvar.item()) == pytest.approx(squared_error, rel=0.03)


def test_four_times_the_variance_is_a_quarter_of_beta(
    model_config: ModelConfig, images: LabelledImages
) -> None:
    """SE / (2 sigma^2) + beta KL: scaled as a whole, it has the same optimum, and Adam's path."""

    def trained(noise_sd: float, beta: float) -> VAE:
        config = dataclasses.replace(model_config, likelihood="gaussian", noise_sd=noise_sd)
        how = TrainConfig(
            beta=beta, epochs=60, batch_size=100, learning_rate=1e-2, binarisation="none"
        )
        *_, last = train(config, how, images, images)
        assert isinstance(last.model, VAE)
        return last.model

    with torch.no_grad():
        narrow, wide, other = (
            trained(*settings).encode(images.x_ND)[0]
            for settings in ((0.2, 1.0), (0.4, 0.25), (0.4, 1.0))
        )
    assert (narrow - wide).abs().max() < 0.02 * narrow.std()
    assert (narrow - other).abs().max() > 0.2 * narrow.std()
