"""Held-out figures: reproducible, bounds that hold, and unmoved by batching."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.oracles import Plane, gauss_hermite
from vae_core.evaluation import evaluate as module
from vae_core.evaluation.evaluate import active_units, evaluate, importance_weighted_bound
from vae_core.likelihoods import bernoulli_nll
from vae_core.models.elbo import kl_to_standard_normal


@pytest.fixture(scope="module")
def binary_ND(held_out):
    return held_out.x_ND.round()


def test_the_same_seed_gives_the_same_figures_and_global_state_is_left_alone(model, held_out):
    state = torch.get_rng_state()
    first = evaluate(model, held_out.x_ND, seed=5)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(99)
    assert torch.equal(first.elbo_B, evaluate(model, held_out.x_ND, seed=5).elbo_B)
    assert not torch.equal(first.elbo_B, evaluate(model, held_out.x_ND, seed=6).elbo_B)


def test_duplicating_images_leaves_their_elbo_unchanged(model, held_out):
    generator = torch.Generator().manual_seed(0)
    noise_BZ = torch.randn(len(held_out), 2, generator=generator)
    with torch.no_grad():
        once = model.elbo_terms(held_out.x_ND, noise_BZ).elbo_B
        twice = model.elbo_terms(held_out.x_ND.repeat(2, 1), noise_BZ.repeat(2, 1)).elbo_B
    # Single precision: another batch size may take another kernel, hence not to the last bit.
    torch.testing.assert_close(twice, once.repeat(2), rtol=1e-5, atol=1e-5)
    assert twice.mean().item() == pytest.approx(once.mean().item(), rel=1e-6)


def test_the_terms_themselves_do_not_see_the_batch():
    generator = torch.Generator().manual_seed(0)
    mu, logvar, logits = (
        torch.randn(30, 7, generator=generator, dtype=torch.float64) for _ in range(3)
    )
    x = torch.rand(30, 7, generator=generator, dtype=torch.float64)
    for term, left, right in ((kl_to_standard_normal, mu, logvar), (bernoulli_nll, logits, x)):
        twice = term(left.repeat(2, 1), right.repeat(2, 1))
        torch.testing.assert_close(twice, term(left, right).repeat(2), rtol=0, atol=1e-10)


def test_chunks_cover_every_image_in_order(model, images, monkeypatch):
    whole = evaluate(model, images.x_ND, seed=0)
    monkeypatch.setattr(module, "_CHUNK", 64)  # 300 images: four full chunks and a rest
    chunked = evaluate(model, images.x_ND, seed=0)
    torch.testing.assert_close(chunked.kl_B, whole.kl_B)
    assert chunked.reconstruction_nll_B.shape == (300,)
    bound = importance_weighted_bound(model, images.x_ND, samples=2, seed=0)
    assert bound.shape == (300,)


def test_the_reconstruction_term_averages_over_draws_of_z(model, binary_ND):
    x_D, draws = binary_ND[0], 20_000
    noise_SZ, weight_S = gauss_hermite()
    with torch.no_grad():
        terms = model.elbo_terms(
            x_D.expand(len(noise_SZ), -1), torch.tensor(noise_SZ, dtype=torch.float32)
        )
    expected = float(weight_S @ terms.reconstruction_nll_B.double().numpy())
    single_B = evaluate(model, x_D.expand(draws, -1), seed=0).reconstruction_nll_B
    standard_error = single_B.std().item() / draws**0.5
    assert single_B.mean().item() == pytest.approx(expected, abs=4 * standard_error)
    averaged_B = evaluate(model, x_D.expand(200, -1), seed=0, samples=100).reconstruction_nll_B
    assert averaged_B.mean().item() == pytest.approx(expected, abs=4 * standard_error)
    assert averaged_B.std() < single_B.std() / 5  # 10 expected


def test_the_importance_weighted_bound_climbs_from_the_elbo_towards_log_evidence(model, binary_ND):
    plane, repeats = Plane(model), 4000
    for x_D in binary_ND[:3]:
        log_evidence = plane.log_evidence(x_D.double().numpy())
        x_BD = x_D.expand(repeats, -1)
        bounds = {k: importance_weighted_bound(model, x_BD, samples=k, seed=k) for k in (1, 5, 50)}
        mean = {k: bound.double().mean().item() for k, bound in bounds.items()}
        error = {k: bound.double().std().item() / repeats**0.5 for k, bound in bounds.items()}
        elbo_B = evaluate(model, x_BD, seed=9).elbo_B.double()
        assert mean[1] == pytest.approx(
            elbo_B.mean().item(), abs=4 * (error[1] + elbo_B.std().item() / repeats**0.5)
        )
        assert mean[5] > mean[1] - 4 * (error[1] + error[5])
        assert mean[50] > mean[5] - 4 * (error[5] + error[50])
        assert all(mean[k] <= log_evidence + 4 * error[k] for k in bounds)
        assert mean[50] > mean[1]
        # and it is near: a wrong constant in the weights would show as an offset
        assert mean[50] == pytest.approx(log_evidence, abs=0.1)


@pytest.mark.parametrize("samples", [0, -3])
def test_fewer_than_one_sample_is_refused(model, held_out, samples):
    with pytest.raises(ValueError, match=f"at least 1, got {samples}"):
        evaluate(model, held_out.x_ND, seed=0, samples=samples)
    with pytest.raises(ValueError, match=f"at least 1, got {samples}"):
        importance_weighted_bound(model, held_out.x_ND, seed=0, samples=samples)


def test_active_units_are_those_whose_mean_varies():
    random = np.random.default_rng(0)
    column = random.standard_normal(10_000)
    column = (column - column.mean()) / column.std()
    mu_NZ = torch.tensor(np.stack([column * 0.101, column * 0.099 + 7, column], axis=1))
    assert active_units(mu_NZ).tolist() == [True, False, True]
