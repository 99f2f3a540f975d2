"""Encoder, decoder and their initial weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.oracles import decoder_logits
from vae_core.config import ACTIVATIONS, ModelConfig
from vae_core.models import MODELS
from vae_core.models.base import LatentModel
from vae_core.models.networks import LOGVAR_MAX, LOGVAR_MIN
from vae_core.models.vae import VAE


def test_creating_a_model_leaves_the_global_generator_alone_and_obeys_its_own():
    state = torch.get_rng_state()
    config = ModelConfig(image_shape=(4, 5), hidden=(30,), decoder_hidden=(40, 50))
    ours, same, other = (
        VAE.create(config, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(torch.get_rng_state(), state)
    for name, weight in ours.state_dict().items():
        assert torch.equal(weight, same.state_dict()[name])
        if weight.any():  # biases start at zero
            assert not torch.equal(weight, other.state_dict()[name])


def test_initial_weights_keep_the_variance_of_signals_and_biases_are_zero():
    model = VAE.create(ModelConfig(), torch.Generator().manual_seed(0))
    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    from_latent = model.decoder[0]
    for layer in layers:
        if layer is not from_latent:
            assert layer.weight.var().item() == pytest.approx(1 / layer.in_features, rel=0.1)
            assert not layer.bias.any()


def test_the_units_that_read_the_latent_switch_at_places_spread_over_the_prior():
    model = VAE.create(ModelConfig(), torch.Generator().manual_seed(0))
    layer = model.decoder[0]
    # where w z + b = 0: the distance from the origin to each unit's line
    distance = (layer.bias.abs() / layer.weight.norm(dim=1)).detach()
    assert 0.2 < (distance < 0.5).float().mean() < 0.8
    assert distance.median() < 2


def test_the_decoder_is_the_perceptron_that_its_config_describes(model):
    z_BZ = np.random.default_rng(0).standard_normal((50, 2))
    ours = model.decoder(torch.tensor(z_BZ, dtype=torch.float32)).detach().numpy()
    np.testing.assert_allclose(ours, decoder_logits(model, z_BZ), atol=1e-5)


@pytest.mark.parametrize("latent_dim", [1, 2, 64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", [name for name in MODELS if issubclass(MODELS[name], LatentModel)])
def test_shapes(kind, activation, latent_dim):
    config = ModelConfig(
        model=kind,
        image_shape=(3, 4),
        latent_dim=latent_dim,
        hidden=(7,),
        decoder_hidden=(5, 6),
        activation=activation,
    )
    model = MODELS[kind].create(config, torch.Generator().manual_seed(0))
    x_BD = torch.rand(9, 12, generator=torch.Generator().manual_seed(0))
    mu_BZ, logvar_BZ = model.encode(x_BD)
    assert mu_BZ.shape == logvar_BZ.shape == (9, config.latent_size)
    images_BD = model.decode(mu_BZ)
    assert images_BD.shape == (9, 12)
    assert ((images_BD >= 0) & (images_BD <= 1)).all()
    noise = model.noise(9, torch.Generator().manual_seed(1))
    assert model.elbo_terms(x_BD, noise).elbo_B.shape == (9,)


def test_the_log_variance_is_clamped_for_sampling_and_kl_alike(model_config):
    model = VAE.create(model_config, torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.encoder.net[-1].weight.mul_(1e6)
    x_BD = torch.rand(50, 20, generator=torch.Generator().manual_seed(0))
    logvar_BZ = model.encode(x_BD)[1]
    assert set(logvar_BZ.unique().tolist()) == {LOGVAR_MIN, LOGVAR_MAX}
