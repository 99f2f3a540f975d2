"""Geodesics against spaces whose shortest paths are known."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse.csgraph
import torch
from scipy.special import expit
from torch import Tensor

from tests.oracles import decoder_logits
from vae_core.config import LikelihoodKind
from vae_core.data import load_split
from vae_core.likelihoods import LIKELIHOODS
from vae_core.models.vae import VAE
from vae_core.planes.geodesics import (
    beside_latent,
    equal_steps,
    fisher_embedding,
    geodesic_graph,
    geodesic_path,
    model_geodesic,
    path_length,
    step_lengths,
)
from vae_core.planes.geometry import straight_path
from vae_core.planes.latent_graph import LatentGraph
from vae_core.storage.checkpoints import load_checkpoint

CHECKPOINTS = Path(__file__).resolve().parents[3] / "checkpoints"


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
    path = geodesic_path(embed, start, end, 81).z_TZ
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
    path = geodesic_path(lambda z: z @ W + 3, start, end, 11).z_TZ
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
    path = geodesic_path(walls, start, end, 41).z_TZ
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
    path = geodesic_path(embed, start, end, 51).z_TZ
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
    path = geodesic_path(fisher_embedding(model), z, z, 5).z_TZ
    np.testing.assert_allclose(path, np.tile(z, (5, 1)))


def test_bad_ends_are_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="one shape"):
        geodesic_path(sphere, np.zeros(2), np.zeros(3), 5)
    with pytest.raises(ValueError, match="at least 2 steps"):
        geodesic_path(sphere, np.zeros(2), np.ones(2), 1)


def phi_by_numpy(model: VAE, z: np.ndarray) -> np.ndarray:
    return 2 * np.arcsin(np.sqrt(expit(decoder_logits(model, z))))


def shortest_on_a_grid(model: VAE, start: np.ndarray, end: np.ndarray, side: int) -> float:
    """The true length of the shortest way over the edges of a grid: a path like any other.

    The search takes an edge for as long as its chord, which cuts through what lies between; so
    the way that is found is measured anew in steps of a twentieth of an edge.
    """
    axes = [np.linspace(-4.2, 4.2, side), np.linspace(-3.6, 5.0, side)]
    nodes = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    first, last = (int(((nodes - z) ** 2).sum(axis=1).argmin()) for z in (start, end))
    nodes[first], nodes[last] = start, end
    phi = phi_by_numpy(model, nodes).astype(np.float32)
    number = np.arange(side**2).reshape(side, side)
    near: list[tuple[np.ndarray, np.ndarray]] = []
    for down, right in [(0, 1), (1, 0), (1, 1), (1, -1)]:
        tail = number[: side - down, max(0, -right) : side - max(0, right)]
        near.append((tail.ravel(), (tail + down * side + right).ravel()))
    tails, heads = (np.concatenate([pair[i] for pair in near]) for i in (0, 1))
    flat = phi.reshape(side**2, -1)
    chords = [np.linalg.norm(flat[one] - flat[other], axis=-1) for one, other in near]
    lengths = scipy.sparse.csr_array((np.concatenate(chords), (tails, heads)), shape=(side**2,) * 2)
    _, before = scipy.sparse.csgraph.dijkstra(
        lengths, directed=False, indices=first, return_predecessors=True
    )
    way = [last]
    while way[-1] != first:
        way.append(int(before[way[-1]]))
    share = np.arange(20)[:, None] / 20
    pieces = [a + share * (b - a) for a, b in itertools.pairwise(nodes[way])]
    return float(
        np.linalg.norm(np.diff(phi_by_numpy(model, np.concatenate(pieces)), axis=0), axis=1).sum()
    )


@pytest.fixture(scope="module")
def bundled() -> tuple[VAE, np.ndarray, LatentGraph]:
    model = load_checkpoint(CHECKPOINTS / "mnist-2d-beta-1.safetensors").vae
    x_ND = torch.cat([load_split("mnist-5k", split).x_ND for split in ("train", "test")])
    with torch.no_grad():
        mu_NZ = model.encode(x_ND)[0].double().numpy()
    return model, mu_NZ, geodesic_graph(model, mu_NZ)


@pytest.mark.parametrize("side", [3, 19, 33])
def test_every_edge_of_a_grid_has_the_length_between_its_nodes(side: int) -> None:
    """Chosen by another rule: the eight neighbours, and the knight's moves."""

    def embed(z_G2: torch.Tensor) -> torch.Tensor:
        return torch.stack([z_G2[:, 0] ** 2, z_G2[:, 0] * z_G2[:, 1], z_G2[:, 1].sin()], dim=1)

    graph = LatentGraph.over_plane(embed, np.array([-1.0, 0.5]), np.array([2.0, 1.5]), side)
    phi = embed(torch.from_numpy(graph.node_GZ)).numpy()
    length = graph.length_GG.toarray()
    row, column = np.divmod(np.arange(side**2), side)
    away = abs(row[:, None] - row) ** 2 + abs(column[:, None] - column) ** 2
    joined = np.isin(away, [1, 2, 5])
    assert ((length > 0) == joined).all()
    straight = np.linalg.norm(phi[:, None] - phi, axis=2)
    np.testing.assert_allclose(length[joined], straight[joined], rtol=1e-4)


def test_no_way_over_a_grid_is_shorter_on_a_bundled_model(bundled) -> None:
    model, mu_NZ, graph = bundled
    embed = fisher_embedding(model)
    for first, last in [(2269, 3221), (4189, 2690)]:
        found = model_geodesic(model, mu_NZ[first], mu_NZ[last], 101, graph)
        theirs = shortest_on_a_grid(model, mu_NZ[first], mu_NZ[last], 200)
        assert path_length(embed, found.z_TZ) < 1.02 * theirs
        assert found.starts == 3


def test_the_result_is_no_longer_than_any_guess(bundled) -> None:
    model, mu_NZ, graph = bundled
    embed = fisher_embedding(model)
    for first, last in [(3219, 2747), (2907, 2547)]:
        ends = mu_NZ[first], mu_NZ[last]
        found = path_length(embed, geodesic_path(embed, *ends, 101, graph).z_TZ)
        for guess in [straight_path(*ends, 81), *graph.ways(*ends)]:
            assert found <= 1.001 * path_length(embed, guess)


def test_the_graph_through_data_joins_what_is_near() -> None:
    """Points on a circle: the way between two of them goes round, never across."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle), np.zeros(60)], axis=1)
    graph = LatentGraph.through_data(lambda z: z, circle, neighbours=2)
    first, *others = graph.ways(circle[0], circle[20])
    assert np.linalg.norm(first, axis=1).min() > 0.99
    assert path_length(lambda z: z, first) == pytest.approx(2 * np.pi / 3, rel=2e-3)
    np.testing.assert_array_equal(first[[0, -1]], circle[[0, 20]])
    assert len(others) <= 1


def test_stray_latents_are_left_out_of_the_graph() -> None:
    near = np.random.default_rng(0).standard_normal((40, 3))
    far = near[:3] + 1000
    graph = LatentGraph.through_data(lambda z: z, np.concatenate([near, far]), neighbours=2)
    assert np.abs(graph.node_GZ).max() < 10
