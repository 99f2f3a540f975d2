"""Single and half precision, and the device a run is on."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from vae_core.config import TrainConfig
from vae_core.devices import choose_device, choose_precision
from vae_core.likelihoods import LIKELIHOODS
from vae_core.models.elbo import Objective
from vae_core.models.vae import VAE
from vae_core.training.vae import train


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_both_precisions_train(model_config, train_config, images, held_out, precision):
    config = dataclasses.replace(train_config, precision=precision)
    reports = list(train(model_config, config, images, held_out))
    assert reports[-1].elbo > reports[0].elbo + 1
    assert all(weight.dtype == torch.float32 for weight in reports[-1].model.parameters())


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_bfloat16_rounds_each_gradient_and_no_more(model_config, images, likelihood):
    """As a machine that multiplies bfloat16 natively trains; the weights stay float32."""
    config = dataclasses.replace(model_config, likelihood=likelihood)
    model = VAE(config)
    model.initialise(torch.Generator().manual_seed(1))
    noise_BZ = torch.randn(64, config.latent_dim, generator=torch.Generator().manual_seed(2))
    x_BD = images.x_ND[:64]
    objective = Objective(beta=1.0)
    exact = model.objective_gradients(x_BD, noise_BZ, objective)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = model.objective_gradients(x_BD, noise_BZ, objective)
        nll_B = model.elbo_terms(x_BD, noise_BZ).reconstruction_nll_B
    for right, found in zip(exact, rounded, strict=True):
        assert found.dtype == torch.float32
        assert (found - right).norm() < 0.05 * right.norm() + 1e-3
    expected_B = model.elbo_terms(x_BD, noise_BZ).reconstruction_nll_B
    torch.testing.assert_close(nll_B.float(), expected_B, rtol=0.02, atol=0.2)


def test_devices_and_precisions():
    assert choose_device("cpu").type == "cpu"
    assert choose_precision("bfloat16", torch.device("cpu")) == "bfloat16"
    assert choose_precision("auto", torch.device("cpu")) in {"float32", "bfloat16"}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_asked_for_in_vain_is_refused(model_config, images, held_out):
    assert choose_device("auto").type == "cpu"
    with pytest.raises(ValueError, match="torch sees none"):
        next(train(model_config, TrainConfig(device="cuda"), images, held_out))
