"""Geodesics against spaces whose shortest paths are known."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.special import expit
from torch import Tensor

from tests.oracles import decoder_logits
from vae_core.config import LikelihoodKind
from vae_core.likelihoods import LIKELIHOODS
from vae_core.models.vae import VAE
from vae_core.planes.geodesics import (
    beside_latent,
    equal_steps,
    fisher_embedding,
    geodesic_path,
    path_length,
    step_lengths,
)
from vae_core.planes.geometry import straight_path


def sphere(z_T2: Tensor) -> Tensor:
    """Latitude and longitude -> the unit sphere."""
    latitude, longitude = z_T2.T
    return torch.stack(
        [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()], dim=1
    )


def sphere_from_the_south(z_TZ: Tensor) -> Tensor:
    """Inverse stereographic projection of any number of dimensions: no part of it is flat."""
    squared = z_TZ.square().sum(1, keepdim=True)
    return torch.cat([2 * z_TZ, 1 - squared], dim=1) / (1 + squared)


def great_circle(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Rotate a towards b in their plane by equal angles."""
    angle = np.arccos(a @ b)
    across = b - (a @ b) * a
    across /= np.linalg.norm(across)
    turns = np.linspace(0, angle, steps)[:, None]
    return np.cos(turns) * a + np.sin(turns) * across


ENDS = [
    (sphere, np.array([0.7, -0.6]), np.array([0.5, 1.4])),
    (sphere, np.array([-0.3, 0.2]), np.array([1.1, 1.0])),
    (sphere_from_the_south, np.array([0.9, 0.1]), np.array([-0.5, 0.8])),
    (sphere_from_the_south, np.array([0.5, -0.8, 0.2, 0.4]), np.array([0.1, 0.9, -0.6, 0.3])),
]


@pytest.mark.parametrize(("embed", "start", "end"), ENDS)
def test_on_a_sphere_the_geodesic_is_the_great_circle(embed, start, end) -> None:
    path = geodesic_path(embed, start, end, 81)
    a, b = (embed(torch.from_numpy(z[None]))[0].numpy() for z in (start, end))
    angle = np.arccos(a @ b)
    np.testing.assert_allclose(path[[0, -1]], [start, end], rtol=1e-12)
    assert path_length(embed, path) == pytest.approx(angle, rel=1e-4)
    assert path_length(embed, straight_path(start, end, 81)) > 1.01 * angle
    found = embed(torch.from_numpy(path)).numpy()
    np.testing.assert_allclose(found, great_circle(a, b, 81), atol=3e-4)
    np.testing.assert_allclose(step_lengths(embed, path), angle / 80, rtol=1e-3)


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_on_a_linear_decoder_the_geodesic_is_the_straight_line(latent_dim: int) -> None:
    random = np.random.default_rng(latent_dim)
    W = torch.from_numpy(random.standard_normal((latent_dim, 9)))
    start, end = random.standard_normal((2, latent_dim))
    path = geodesic_path(lambda z: z @ W + 3, start, end, 11)
    np.testing.assert_allclose(path, np.linspace(start, end, 11), atol=1e-6)
    assert path_length(lambda z: z @ W, path) == pytest.approx(
        np.linalg.norm((end - start) @ W.numpy()), rel=1e-9
    )


def test_two_walls_are_walked_around() -> None:
    """One is passed below, the next above: only the first guess on the grid finds that way."""

    def walls(z_T2: Tensor) -> Tensor:
        x, y = z_T2.T
        first = torch.exp(-30 * (x + 0.6) ** 2) * torch.sigmoid(8 * (y + 1))
        second = torch.exp(-30 * (x - 0.6) ** 2) * torch.sigmoid(-8 * (y - 1))
        return torch.stack([x, y, 40 * (first + second)], dim=1)

    start, end = np.array([-1.5, 0.0]), np.array([1.5, 0.0])
    path = geodesic_path(walls, start, end, 41)
    assert path_length(walls, straight_path(start, end, 41)) > 150
    assert path_length(walls, path) < 9
    assert path[:, 1].min() < -1.2
    assert path[:, 1].max() > 1.2


def test_the_embedding_is_the_arcsine_of_the_root(model: VAE) -> None:
    """Against NumPy's decoder; with z appended where latent distance counts."""
    z = np.random.default_rng(0).standard_normal((6, 2))
    phi = 2 * np.arcsin(np.sqrt(expit(decoder_logits(model, z))))
    embed = fisher_embedding(model)
    np.testing.assert_allclose(embed(torch.from_numpy(z)).numpy(), phi, atol=1e-12)
    both = beside_latent(embed)(torch.from_numpy(z)).numpy()
    np.testing.assert_allclose(both, np.concatenate([phi, z], axis=1), atol=1e-12)


def test_length_squared_is_twice_the_kl_of_a_short_step(model: VAE) -> None:
    """The Fisher metric is the curvature of the KL between the two pixel distributions."""
    z = np.array([[0.3, -0.4], [0.3 + 1e-3, -0.4 - 2e-3]])
    p, q = expit(decoder_logits(model, z))
    kl = (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).sum()
    assert path_length(fisher_embedding(model), z) ** 2 / 2 == pytest.approx(kl, rel=5e-3)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_length_squared_is_twice_the_kl_for_every_likelihood(
    model: VAE, name: LikelihoodKind
) -> None:
    """KL by numerical integration of each pixel's two densities."""
    changed = dataclasses.replace(model.config, likelihood=name, noise_sd=0.3)
    other = VAE.create(changed, torch.Generator().manual_seed(2))
    z = np.array([[0.3, -0.4], [0.3 + 1e-3, -0.4 - 2e-3]])
    with torch.no_grad():
        output_2D = other.double().decoder(torch.from_numpy(z))
    x_G = torch.tensor([0.0, 1.0]) if name == "bernoulli" else torch.linspace(-4, 5, 9001)
    if name == "continuous-bernoulli":
        x_G = torch.linspace(0, 1, 1001)
    kl = 0.0
    for p, q in output_2D.T:
        log_p_G, log_q_G = (
            -other.likelihood.nll(value.expand(len(x_G), 1), x_G.double()[:, None])
            for value in (p, q)
        )
        integrand_G = log_p_G.exp() * (log_p_G - log_q_G)
        total = integrand_G.sum() if name == "bernoulli" else torch.trapezoid(integrand_G, x_G)
        kl += total.item()
    length = path_length(fisher_embedding(other.float()), z)
    assert length**2 / 2 == pytest.approx(kl, rel=1e-2)


def test_the_embedding_is_finite_for_any_logit(model: VAE) -> None:
    far = 1e6 * np.array([[1.0, 1.0], [-1.0, 2.0]])
    z = torch.from_numpy(far).requires_grad_()
    phi = fisher_embedding(model)(z)
    (gradient,) = torch.autograd.grad(phi.sum(), z)
    assert torch.isfinite(phi).all()
    assert torch.isfinite(gradient).all()


def test_a_trained_decoders_geodesic_is_shorter_and_even(model: VAE) -> None:
    embed = fisher_embedding(model)
    start, end = np.array([-1.5, 1.0]), np.array([1.5, -0.5])
    path = geodesic_path(embed, start, end, 51)
    assert path_length(embed, path) < path_length(embed, straight_path(start, end, 51))
    lengths = step_lengths(embed, path)
    assert lengths.max() < 1.05 * lengths.min()


def test_equal_steps_divides_a_bent_path_by_length() -> None:
    corner = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 1.0]])
    np.testing.assert_allclose(
        equal_steps(lambda z: z, corner, 5), [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]], atol=1e-12
    )


def test_equal_ends_stay_where_they_are(model: VAE) -> None:
    z = np.array([0.5, -0.2])
    np.testing.assert_allclose(geodesic_path(fisher_embedding(model), z, z, 5), np.tile(z, (5, 1)))


def test_bad_ends_are_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="one shape"):
        geodesic_path(sphere, np.zeros(2), np.zeros(3), 5)
    with pytest.raises(ValueError, match="at least 2 steps"):
        geodesic_path(sphere, np.zeros(2), np.ones(2), 1)
