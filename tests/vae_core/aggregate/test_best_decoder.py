"""What overlap costs, against sums over all pairs of images and over all images, in plain NumPy.

Shape suffixes: N images, S draws, D pixels, Z latent dimensions.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.special import log_expit
from scipy.stats import norm

from tests.oracles import decoder_logits
from vae_core.aggregate import best_decoder as module
from vae_core.aggregate.best_decoder import (
    all_distinct,
    blend,
    random_pair_distance,
    reconstruction_cost,
)
from vae_core.aggregate.overlap import measure_overlap, scaled_logvar


@pytest.fixture(scope="module")
def binary_ND(held_out):
    chance_ND = np.random.default_rng(0).random(held_out.x_ND.shape)
    return (torch.from_numpy(chance_ND) < 0.25 + 0.5 * held_out.x_ND).double()  # all distinct


@pytest.fixture(scope="module")
def encoded(model, binary_ND):
    with torch.no_grad():
        mu_NZ, logvar_NZ = model.encode(binary_ND.float())
    return mu_NZ.double().numpy(), logvar_NZ.double().numpy()


@pytest.fixture
def at_z(monkeypatch):
    """Makes the draws fall on a few chosen latents, and gives them."""
    z_SZ = np.random.default_rng(0).normal(0, 1.5, (40, 2))
    monkeypatch.setattr(module, "_draw", lambda *_: z_SZ)
    return z_SZ


def shares(z_SZ, mu_NZ, logvar_NZ):
    """r_n(z) by SciPy's densities, shape (S, N)."""
    log_q_SN = norm.logpdf(z_SZ[:, None], mu_NZ, np.exp(logvar_NZ / 2)).sum(axis=2)
    q_SN = np.exp(log_q_SN - log_q_SN.max(axis=1, keepdims=True))
    return q_SN / q_SN.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_best_squared_error_is_the_pair_formula(model, binary_ND, encoded, at_z, scale):
    mu_NZ, logvar_NZ = encoded
    cost = reconstruction_cost(model, binary_ND, mu_NZ, logvar_NZ, scale=scale)
    r_SN = shares(at_z, mu_NZ, logvar_NZ + 2 * np.log(scale))
    x_ND = binary_ND.numpy()
    distance_NN = ((x_ND[:, None] - x_ND) ** 2).sum(axis=2)
    expected = np.mean([0.5 * r_N @ distance_NN @ r_N for r_N in r_SN])
    assert cost.best_squared_error.value == pytest.approx(expected, abs=1e-8)
    differ = np.mean([1 - r_N @ r_N for r_N in r_SN])
    assert cost.collision.value == pytest.approx(differ, abs=1e-8)
    assert cost.colliding_distance == pytest.approx(2 * expected / differ, abs=1e-6)
    entropy = -np.mean([(r_N[r_N > 1e-25] * np.log(r_N[r_N > 1e-25])).sum() for r_N in r_SN])
    assert cost.equivocation.value == pytest.approx(entropy, abs=1e-8)
    blend_SD = r_SN @ x_ND
    with np.errstate(divide="ignore"):
        of_ink_SD, of_paper_SD = np.log(blend_SD), np.log1p(-np.minimum(blend_SD, 1))
    nll = -sum(  # of every image, under the picture that is drawn where it may have been
        r_SN[s] @ np.where(x_ND == 1, of_ink_SD[s], of_paper_SD[s]).sum(axis=1)
        for s in range(len(r_SN))
    )
    assert cost.best_nll.value == pytest.approx(nll / len(r_SN), abs=1e-6)


def test_errors_of_the_model_are_those_averaged_over_the_images(model, binary_ND, encoded, at_z):
    cost = reconstruction_cost(model, binary_ND, *encoded)
    r_SN, x_ND = shares(at_z, *encoded), binary_ND.numpy()
    logits_SD = decoder_logits(model, at_z)
    nll_SN = -(log_expit(logits_SD) @ x_ND.T + log_expit(-logits_SD) @ (1 - x_ND).T)
    assert cost.model_nll.value == pytest.approx((r_SN * nll_SN).sum(axis=1).mean(), abs=1e-4)
    drawn_SD = np.exp(log_expit(logits_SD))
    squared_SN = ((drawn_SD[:, None] - x_ND) ** 2).sum(axis=2)
    assert cost.model_squared_error.value == pytest.approx(
        (r_SN * squared_SN).sum(axis=1).mean(), abs=1e-4
    )


def test_no_decoder_does_better_at_any_z(model, binary_ND, encoded, at_z, monkeypatch):
    """The bounds hold at every single z, so no draw may break them."""
    assert all_distinct(binary_ND)
    for z_Z in at_z:
        monkeypatch.setattr(module, "_draw", lambda *_, z_Z=z_Z: np.stack([z_Z, z_Z]))
        cost = reconstruction_cost(model, binary_ND, *encoded)
        assert cost.equivocation.value <= cost.best_nll.value + 1e-9
        assert cost.best_nll.value <= cost.model_nll.value + 1e-6
        assert cost.best_squared_error.value <= cost.model_squared_error.value + 1e-9


def test_the_blend_has_the_least_errors_of_all_pictures(binary_ND, encoded, at_z):
    r_SN, x_ND = shares(at_z, *encoded), binary_ND.numpy()
    best_D = blend(torch.from_numpy(r_SN[:1]), binary_ND).numpy()[0]
    random = np.random.default_rng(1)

    def errors(picture_D):
        p_D = np.clip(picture_D, 1e-12, 1 - 1e-12)
        nll_N = -(x_ND @ np.log(p_D) + (1 - x_ND) @ np.log1p(-p_D))
        return r_SN[0] @ nll_N, r_SN[0] @ ((x_ND - picture_D) ** 2).sum(axis=1)

    for _ in range(50):
        other_D = np.clip(best_D + random.normal(0, 0.05, best_D.shape), 0, 1)
        for least, more in zip(errors(best_D), errors(other_D), strict=True):
            assert least <= more + 1e-9


def test_equivocation_agrees_with_the_headline(model, binary_ND, encoded):
    mu_NZ, logvar_NZ = encoded
    label_N = np.zeros(60, int)
    headline = measure_overlap(mu_NZ, logvar_NZ, label_N, classes=1, samples=400).equivocation
    cost = reconstruction_cost(model, binary_ND, *encoded, draws=20_000).equivocation
    assert cost.value == pytest.approx(headline.value, abs=4 * (cost.error + headline.error))
    assert cost.error < 0.02


def test_draws_are_those_of_all_posteriors_together(encoded):
    mu_NZ, logvar_NZ = encoded
    z_SZ = module._draw(mu_NZ, logvar_NZ, 40_000, seed=3)
    spread_Z = np.sqrt(mu_NZ.var(axis=0) + np.exp(logvar_NZ).mean(axis=0))
    np.testing.assert_allclose(z_SZ.mean(axis=0), mu_NZ.mean(axis=0), atol=0.02 * spread_Z.max())
    np.testing.assert_allclose(z_SZ.std(axis=0), spread_Z, rtol=0.02)


def test_wider_posteriors_leave_more_unknown_and_cost_more(model, binary_ND, encoded):
    costs = [
        reconstruction_cost(model, binary_ND, *encoded, scale=scale, draws=300)
        for scale in (1e-4, 0.25, 0.5, 1.0, 2.0, 4.0)
    ]
    for left, right in pairwise(costs):
        assert left.equivocation.value < right.equivocation.value
        assert left.best_nll.value < right.best_nll.value
    assert costs[0].best_nll.value == pytest.approx(0, abs=1e-6)
    again = reconstruction_cost(model, binary_ND, *encoded, scale=4.0, draws=300)
    assert again == costs[-1]
    widened = encoded[0], scaled_logvar(encoded[1], 4.0)
    by_hand = reconstruction_cost(model, binary_ND, *widened, draws=300)
    assert by_hand.model_nll == again.model_nll


def test_distances_and_duplicates(binary_ND):
    x_ND = binary_ND.numpy()
    total = sum(((a - b) ** 2).sum() for a in x_ND for b in x_ND)
    assert random_pair_distance(binary_ND) == pytest.approx(total / (60 * 59), rel=1e-12)
    assert random_pair_distance(binary_ND[:1]) == 0
    assert not all_distinct(torch.cat([binary_ND, binary_ND[7:8]]))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"binary_ND": torch.full((60, 20), 0.5)}, "binarise them first"),
        ({"binary_ND": torch.zeros(59, 20)}, "60 images"),
        ({"draws": 1}, "at least 2 draws, got 1"),
        ({"scale": -1.0}, "above 0, got -1.0"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(model, binary_ND, encoded, change, sentence):
    given = {"binary_ND": binary_ND, "mu_NZ": encoded[0], "logvar_NZ": encoded[1], **change}
    with pytest.raises(ValueError, match=sentence):
        reconstruction_cost(model, **given)
