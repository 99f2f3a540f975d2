"""q against the true posterior: the identity of the ELBO, its bound, and the best q."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from tests.oracles import Plane
from tests.vae_core.exact.helpers import linear_toy
from vae_core.data import binarise_fixed, load_split
from vae_core.evaluation.evaluate import importance_weighted_bound
from vae_core.exact.optimal_q import optimise_q
from vae_core.exact.posteriors import (
    GaussianQ,
    elbo_by_quadrature,
    expectations,
    importance_bounds,
    kl_to_posterior,
    monte_carlo_elbo,
    sampled_evidence,
)
from vae_core.exact.quadrature import Quadrature
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint


@pytest.fixture(scope="module")
def binary(held_out) -> torch.Tensor:
    return binarise_fixed(held_out.x_ND, seed=0)


@pytest.fixture(scope="module")
def quadrature(model) -> Quadrature:
    return Quadrature(model)


def encoder_q(model, x_D) -> GaussianQ:
    with torch.no_grad():
        mu_1Z, logvar_1Z = model.encode(x_D[None].float())
    return GaussianQ(mu_1Z[0].numpy(), logvar_1Z[0].numpy())


def any_q(count: int) -> list[GaussianQ]:
    random = np.random.default_rng(4)
    return [GaussianQ(random.normal(0, 1, 2), random.uniform(-4, 1, 2)) for _ in range(count)]


def test_log_p_less_an_independent_elbo_is_the_kl(model, quadrature, binary) -> None:
    """The ELBO is sampled with the float32 model; the KL is a sum over another grid."""
    grid = Plane(model)
    for n, q in enumerate(any_q(4)):
        x_D = binary[n].double().numpy()
        evidence = quadrature.evidence(x_D)
        elbo = monte_carlo_elbo(model, x_D, q, samples=4000, seed=n).value
        kl = grid.kl_to_posterior(x_D, q.mu_Z, q.logvar_Z)
        assert abs(evidence.log_p - elbo.value - kl) < 4 * elbo.error + evidence.error
        found = kl_to_posterior(quadrature, x_D, q, evidence.log_p)
        assert found == pytest.approx(kl, abs=1e-3)


def test_sampling_finds_log_p_wherever_it_looks(model, quadrature, binary) -> None:
    """A brute-force grid is the oracle; a wrong integral must not spoil what samples say."""
    grid = Plane(model)
    for n in range(3):
        x_D = binary[n].double().numpy()
        log_p = grid.log_evidence(x_D)
        evidence = quadrature.evidence(x_D)
        elsewhere = replace(
            evidence,
            log_p=evidence.log_p + 3,
            log_mass_C=np.full(len(evidence.log_mass_C), -5.0),
        )
        for looked_at in (evidence, elsewhere):
            found = sampled_evidence(model, x_D, looked_at, samples=4000, seed=n)
            assert 0 < found.error < 0.3
            assert abs(found.value - log_p) < 4 * found.error


def test_no_q_exceeds_log_p(quadrature, binary) -> None:
    x_D = binary[2].double().numpy()
    log_p = quadrature.evidence(x_D, tolerance=1e-8).log_p
    for q in any_q(40):
        assert elbo_by_quadrature(quadrature, x_D, q) <= log_p + 1e-8


def test_the_bound_is_tight_at_the_exact_posterior_alone() -> None:
    """A linear decoder with orthogonal columns: its posterior is a diagonal Gaussian."""
    sigma = 0.2
    model, _ = linear_toy(sigma)
    with torch.no_grad():
        left, scale, _ = torch.linalg.svd(model.decoder.weight, full_matrices=False)
        model.decoder.weight.copy_(left * scale)
    w_D2, b_D = (value.detach().numpy() for value in model.decoder.parameters())
    quadrature, x_D = Quadrature(model), np.random.default_rng(5).uniform(0.2, 0.8, 6)
    variance = 1 / ((w_D2**2).sum(0) / sigma**2 + 1)
    exact = GaussianQ(variance * (w_D2.T @ (x_D - b_D)) / sigma**2, np.log(variance))
    evidence = quadrature.evidence(x_D, tolerance=1e-7)
    assert elbo_by_quadrature(quadrature, x_D, exact) == pytest.approx(evidence.log_p, abs=1e-6)
    assert kl_to_posterior(quadrature, x_D, exact, evidence.log_p) == pytest.approx(0, abs=1e-6)

    start = GaussianQ(exact.mu_Z + 0.4, exact.logvar_Z + 1)
    # KL between diagonal Gaussians, written out.
    expected = 0.5 * (np.e + 0.4**2 / variance - 1 - 1).sum()
    found = kl_to_posterior(quadrature, x_D, start, evidence.log_p)
    assert found == pytest.approx(expected, abs=1e-6)

    optimised = optimise_q(quadrature, x_D, start, evidence)
    np.testing.assert_allclose(optimised.best.mu_Z, exact.mu_Z, atol=1e-3)
    np.testing.assert_allclose(optimised.best.logvar_Z, exact.logvar_Z, atol=1e-2)
    assert optimised.elbo_T[-1] == pytest.approx(evidence.log_p, abs=1e-4)


def test_optimising_climbs_and_stays_below(model, quadrature, binary) -> None:
    for n in range(3):
        x_D = binary[n].double().numpy()
        evidence, start = quadrature.evidence(x_D, tolerance=1e-6), encoder_q(model, binary[n])
        optimised = optimise_q(quadrature, x_D, start, evidence)
        assert elbo_by_quadrature(quadrature, x_D, start) <= optimised.elbo_T[-1]
        assert optimised.elbo_T[-1] <= evidence.log_p + 1e-6
        assert optimised.elbo_T.argmax() == len(optimised.path) - 1
        best = optimised.best
        for step in 0.02 * np.eye(4):  # no neighbour is better
            for near in (step, -step):
                other = GaussianQ(best.mu_Z + near[:2], best.logvar_Z + near[2:])
                assert elbo_by_quadrature(quadrature, x_D, other) < optimised.elbo_T[-1] + 1e-5


def test_a_q_on_nothing_is_led_to_the_mode() -> None:
    """Far out a decoder is flat: the way from there need not find the posterior."""
    loaded = load_checkpoint(BUNDLED / "mnist-2d-beta-0.safetensors")
    x_D = load_split("mnist-5k", "test").x_ND[0].double().numpy()
    quadrature = Quadrature(loaded.vae)
    evidence = quadrature.evidence(x_D)
    start = GaussianQ(np.array([60.0, -80.0]), np.array([-8.0, -8.0]))
    optimised = optimise_q(quadrature, x_D, start, evidence)
    assert optimised.from_mode
    assert optimised.elbo_T[-1] > evidence.log_p - 5


def test_the_importance_bound_climbs_to_log_p(model, quadrature, binary) -> None:
    counts = (1, 2, 5, 10, 50, 500)
    for n in range(3):
        x_D, q = binary[n].double().numpy(), GaussianQ(np.zeros(2), np.zeros(2))
        log_p = quadrature.evidence(x_D).log_p
        bounds = importance_bounds(model, x_D, q, counts, draws=10_000, seed=n)
        assert [bound.samples for bound in bounds] == list(counts)
        assert [bound.repeats for bound in bounds] == [10_000 // count for count in counts]
        for lower, upper in pairwise(bounds):
            slack = 4 * np.hypot(lower.value.error, upper.value.error)
            assert lower.value.value <= upper.value.value + slack
        for bound in bounds:
            assert bound.value.value <= log_p + 4 * bound.value.error + 0.01
        assert bounds[-1].value.value == pytest.approx(log_p, abs=0.1)
        elbo = monte_carlo_elbo(model, x_D, q, samples=10_000, seed=99).value
        error = np.hypot(elbo.error, bounds[0].value.error)
        assert abs(bounds[0].value.value - elbo.value) < 4 * error


def test_the_importance_bound_is_that_of_the_command_line(model, binary) -> None:
    q = encoder_q(model, binary[0])
    (bound,) = importance_bounds(model, binary[0], q, [20], draws=20_000, seed=0)
    repeated = binary[:1].expand(1000, -1)
    other_N = importance_weighted_bound(model, repeated, samples=20, seed=1)
    error = np.hypot(bound.value.error, float(other_N.std()) / 1000**0.5)
    assert abs(bound.value.value - float(other_N.mean())) < 4 * error


def test_bad_input_is_told_in_one_sentence(model, binary) -> None:
    with pytest.raises(ValueError, match="two finite numbers"):
        GaussianQ(np.zeros(3), np.zeros(3))
    with pytest.raises(ValueError, match="two finite numbers"):
        GaussianQ(np.array([np.inf, 0]), np.zeros(2))
    with pytest.raises(ValueError, match=r"1\.\.50"):
        importance_bounds(
            model, binary[0], GaussianQ(np.zeros(2), np.zeros(2)), [51], draws=100, seed=0
        )


@pytest.mark.parametrize("name", ["mnist-2d-beta-1", "mnist-2d-beta-0", "mnist-2d-beta-20"])
@pytest.mark.parametrize("sigma", [0.1, 0.6, 20.0])
def test_errors_hold_for_a_q_of_any_width(name: str, sigma: float) -> None:
    """Against plain draws, each decoded by the model itself."""
    trained = load_checkpoint(BUNDLED / f"{name}.safetensors").vae
    quadrature = Quadrature(trained)
    x_ND = binarise_fixed(load_split("mnist-5k", "test").x_ND, seed=0)
    for n, mu_Z in [(57, (0.4, -1.0)), (611, (-0.2, 0.3))]:
        q = GaussianQ(np.array(mu_Z), 2 * np.log([sigma, 0.5 * sigma]))
        found = expectations(quadrature, x_ND[n].double().numpy(), q)
        drawn = monte_carlo_elbo(trained, x_ND[n], q, samples=5_000, seed=n)
        apart = abs(found.log_likelihood - drawn.log_likelihood.value)
        assert apart < 4 * np.hypot(found.error, drawn.log_likelihood.error) + 0.05
        if sigma < 1:  # far out a decoder may say anything, and the error says so
            assert found.error < 0.005 * abs(found.log_likelihood)
        assert found.log_q - found.log_prior == pytest.approx(drawn.kl, rel=1e-6)
