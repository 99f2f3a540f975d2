"""Costs of single pixels against the ELBO's own term, SciPy and the definition of an average."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import expit, xlogy

from vae_core.data import LabelledImages
from vae_core.evaluation.evaluate import evaluate
from vae_core.evaluation.pixels import draw_pixels, pixel_nll, squared_errors
from vae_core.likelihoods import gaussian_parts
from vae_core.storage.checkpoints import Checkpoint


def test_pixels_add_up_to_the_reconstruction_term(
    checkpoint: Checkpoint, held_out: LabelledImages
) -> None:
    model, draws = checkpoint.vae, 4000
    x_D = held_out.x_ND[3]
    nll_D = pixel_nll(model, x_D, draws=draws, seed=1)
    terms = evaluate(model, x_D.expand(1000, -1), seed=2, samples=4).reconstruction_nll_B
    error = 4 * 2 * terms.std().item() / np.sqrt(1000)
    assert nll_D.sum().item() == pytest.approx(terms.mean().item(), abs=error)


def test_one_pixel_is_the_log_of_its_probability(checkpoint: Checkpoint) -> None:
    model = checkpoint.vae
    x_D = torch.zeros(20)
    x_D[:7] = 1.0
    with torch.no_grad():
        mu_1Z, logvar_1Z = model.encode(x_D[None])
        noise_SZ = torch.randn(5, 2, generator=torch.Generator().manual_seed(8))
        p_SD = expit(model.decoder(mu_1Z + (logvar_1Z / 2).exp() * noise_SZ).double().numpy())
    x = x_D.numpy()
    expected_D = -(xlogy(x, p_SD) + xlogy(1 - x, 1 - p_SD)).mean(axis=0)
    np.testing.assert_allclose(pixel_nll(model, x_D, draws=5, seed=8), expected_D, atol=1e-5)


def test_squared_errors_are_those_of_sampled_latents(
    checkpoint: Checkpoint, held_out: LabelledImages
) -> None:
    model, x_ND = checkpoint.vae, held_out.x_ND
    many_SN = torch.stack([squared_errors(model, x_ND, seed=seed) for seed in range(200)])
    mu_NZ, logvar_NZ = model.encode(x_ND)
    z = torch.distributions.Normal(mu_NZ, (logvar_NZ / 2).exp())
    torch.manual_seed(0)
    expected_SN = torch.stack(
        [((model.decode(z.sample()) - x_ND) ** 2).sum(1).detach() for _ in range(200)]
    )
    error = 4 * (many_SN.mean(1).std() + expected_SN.mean(1).std()).item() / np.sqrt(200)
    assert many_SN.mean().item() == pytest.approx(expected_SN.mean().item(), abs=error)


def test_no_two_chunks_share_their_draws(checkpoint: Checkpoint, held_out: LabelledImages) -> None:
    same_ND = held_out.x_ND[:1].expand(1001, -1)  # one image more than a chunk holds
    error_N = squared_errors(checkpoint.vae, same_ND, seed=0)
    assert error_N[0] != error_N[1000]


def test_the_two_gaussian_terms_are_least_together_at_the_mean_squared_error() -> None:
    squared_error = torch.tensor([31.0], dtype=torch.float64)

    def total(variance: float) -> float:
        return float(sum(part.sum() for part in gaussian_parts(squared_error, 784, variance)))

    variances = np.geomspace(0.001, 1, 2001)
    best = variances[np.argmin([total(v) for v in variances])]
    assert best == pytest.approx(31.0 / 784, rel=4e-3)
    assert total(31.0 / 784) == pytest.approx(784 / 2 * (1 + np.log(2 * np.pi * 31 / 784)))


def test_draws_of_binary_pixels_are_black_or_white_and_seeded(
    checkpoint: Checkpoint, held_out: LabelledImages
) -> None:
    first, again, other = (
        draw_pixels(checkpoint.vae, held_out.x_ND[:5], seed=seed) for seed in (1, 1, 2)
    )
    assert set(first.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
