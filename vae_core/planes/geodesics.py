"""Shortest paths through latent space, measured by how much the decoded image changes.

Independent pixels have flat coordinates phi, in which the Fisher metric is the Euclidean one:
2 arcsin(sqrt p) for Bernoulli pixels with mean p, the mean over sigma for Gaussian ones. So the
Fisher length of a path is the Euclidean length of the curve phi(decode(z)). A short step of length
s changes the pixels' distribution by s^2 / 2 nats of KL, and turning one Bernoulli pixel from black
to white has length pi.

Shape suffixes: T steps, Z latent dimensions, D pixels, K knots, M modes, G grid points.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path
from torch import Tensor

from vae_core.models.vae import VAE
from vae_core.planes.geometry import straight_path

Array = NDArray[np.float64]
Embedding = Callable[[Tensor], Tensor]
"""Differentiable: latents (T, Z) -> points (T, D) whose Euclidean distances are what counts."""

_KNOTS = 51  # twice as many change the lengths of the bundled models by 0.2% at most
_ITERATIONS = 100
_GRID = 48  # nodes along each side of the grid for the first guess
_PIECES = 4  # of each step, where lengths are measured


def fisher_embedding(model: VAE) -> Embedding:
    """phi(decode(z)) in float64, the flat coordinates of the model's likelihood."""
    decoder = copy.deepcopy(model.decoder).double().requires_grad_(False)
    likelihood = model.likelihood

    def embed(z_TZ: Tensor) -> Tensor:
        return likelihood.flat(decoder(z_TZ))

    return embed


def beside_latent(embed: Embedding) -> Embedding:
    """The embedding with z itself appended: latent distance, in prior sds, counts as well.

    A decoder says nothing of where data lives. In many dimensions the shortest path by image
    alone runs far outside, to |z| of 100, where images change little (measured on the
    bundled 16-D model); with z appended it stays among the data.
    """

    def with_latent(z_TZ: Tensor) -> Tensor:
        return torch.cat([embed(z_TZ), z_TZ], dim=1)

    return with_latent


def step_lengths(embed: Embedding, z_TZ: NDArray[np.floating]) -> Array:
    """Length of the image of each straight step of a path, shape (T - 1,)."""
    _, length_S = _measured(embed, np.asarray(z_TZ, np.float64))
    return np.asarray(length_S.reshape(-1, _PIECES).sum(axis=1))


def path_length(embed: Embedding, z_TZ: NDArray[np.floating]) -> float:
    """Length of the image of a path of straight steps."""
    return float(step_lengths(embed, z_TZ).sum())


def equal_steps(embed: Embedding, path_KZ: NDArray[np.floating], steps: int) -> Array:
    """Points on a path of straight steps, at equal distances by the length of its image, (T, Z).

    A path whose image has no length is divided by its number of steps.
    """
    fine_SZ, length_S = _measured(embed, np.asarray(path_KZ, np.float64))
    along_S = np.concatenate([[0.0], np.cumsum(length_S)])
    if along_S[-1] == 0:
        along_S = np.arange(len(fine_SZ), dtype=np.float64)
    targets_T = np.linspace(0, along_S[-1], steps)
    spaced_TZ = np.stack([np.interp(targets_T, along_S, values) for values in fine_SZ.T], axis=1)
    spaced_TZ[0], spaced_TZ[-1] = path_KZ[0], path_KZ[-1]
    return spaced_TZ


def geodesic_path(
    embed: Embedding, start_Z: NDArray[np.floating], end_Z: NDArray[np.floating], steps: int
) -> Array:
    r"""A path from start to end whose image is locally shortest, in steps of equal image length.

    Minimises the energy of the image, whose minimum has the least length and equal steps,

    .. math:: E(z) = \tfrac{K}{2} \sum_k |\phi(z_{k+1}) - \phi(z_k)|^2

    from the straight path, or for Z = 2 from the shortest path on a grid if that is shorter. It is
    a local minimum, never longer than the straight path.

    Args:
        embed: differentiable in float64.
        start_Z, end_Z: the ends, shape (Z,).
        steps: T, at least 2.

    Returns:
        z_TZ: shape (T, Z), both ends included.

    Raises:
        ValueError: the ends differ in length, or there are fewer than 2 steps.

    Source: Arvanitidis et al. 2018, arXiv:1710.11379 (geodesics of generative models); Arvanitidis
    et al. 2022, arXiv:2106.05367 (the Fisher metric of the decoder's distribution).
    """
    straight_TZ = straight_path(start_Z, end_Z, steps)
    straight_KZ = straight_path(start_Z, end_Z, _KNOTS)
    guesses = [straight_KZ]
    if straight_KZ.shape[1] == 2 and (straight_KZ[0] != straight_KZ[-1]).any():
        guesses.append(_shortest_on_grid(embed, straight_KZ[0], straight_KZ[-1]))
    found_KZ = _least_energy(embed, min(guesses, key=lambda path: path_length(embed, path)))
    smooth = CubicSpline(np.linspace(0, 1, _KNOTS), found_KZ)
    found_TZ = equal_steps(embed, smooth(np.linspace(0, 1, 2 * _KNOTS)), steps)
    shorter = path_length(embed, found_TZ) < path_length(embed, straight_TZ)
    return found_TZ if shorter else equal_steps(embed, straight_KZ, steps)


def model_geodesic(
    model: VAE, start_Z: NDArray[np.floating], end_Z: NDArray[np.floating], steps: int
) -> Array:
    """A geodesic of a model, in steps of equal Fisher length, shape (T, Z).

    In more than two dimensions the way in latent space counts too, see ``beside_latent``.

    Raises:
        ValueError: the likelihood is not Bernoulli, or the ends or the steps do not fit.
    """
    embed = fisher_embedding(model)
    counted = embed if model.config.latent_dim <= 2 else beside_latent(embed)
    return equal_steps(embed, geodesic_path(counted, start_Z, end_Z, steps), steps)


def _least_energy(embed: Embedding, guess_KZ: Array) -> Array:
    """Lower the energy by L-BFGS, in unknowns for which it is about equally curved.

    With a constant metric, the same in all directions, that is exactly so for the coefficients of
    sin(m pi t) / m. It spares most of the iterations that single knots would need.
    """
    latent_dim = guess_KZ.shape[1]
    mode_M = np.arange(1, _KNOTS - 1)
    waves_KM = np.sin(np.pi * np.outer(np.linspace(0, 1, _KNOTS), mode_M)) / mode_M
    waves_KM[-1] = 0  # sin(m pi) but for rounding: the ends stay where they are
    waves, guess = torch.from_numpy(waves_KM), torch.from_numpy(guess_KZ)

    def energy(coefficients: Array) -> tuple[float, Array]:
        c_MZ = torch.from_numpy(coefficients.reshape(-1, latent_dim)).requires_grad_()
        steps_KD = embed(guess + waves @ c_MZ).diff(dim=0)
        value = 0.5 * (_KNOTS - 1) * steps_KD.square().sum()
        (gradient_MZ,) = torch.autograd.grad(value, c_MZ)
        return value.item(), gradient_MZ.numpy().ravel()

    found = minimize(
        energy,
        np.zeros(mode_M.size * latent_dim),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ITERATIONS, "ftol": 1e-7},
    )
    return np.asarray(guess_KZ + waves_KM @ found.x.reshape(-1, latent_dim))


@torch.no_grad()
def _shortest_on_grid(embed: Embedding, start_2: Array, end_2: Array) -> Array:
    """The shortest path over the edges of a square grid around both ends, shape (K, 2)."""
    axis = np.linspace(-1, 1, _GRID) * np.linalg.norm(end_2 - start_2)
    nodes_G2 = (start_2 + end_2) / 2 + np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    first, last = (int(((nodes_G2 - at_2) ** 2).sum(1).argmin()) for at_2 in (start_2, end_2))
    nodes_G2[first], nodes_G2[last] = start_2, end_2
    places_GD = embed(torch.from_numpy(nodes_G2))
    number = np.arange(_GRID**2).reshape(_GRID, _GRID)
    pairs = [
        (number[:, :-1], number[:, 1:]),
        (number[:-1], number[1:]),
        (number[:-1, :-1], number[1:, 1:]),
        (number[1:, :-1], number[:-1, 1:]),
    ]
    tail, head = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in (0, 1))
    length = torch.linalg.vector_norm(places_GD[head] - places_GD[tail], dim=1).numpy()
    # The graph takes a length of zero for a missing edge.
    graph = csr_array((np.maximum(length, 1e-12), (tail, head)), shape=(_GRID**2, _GRID**2))
    _, before = shortest_path(graph, directed=False, indices=first, return_predecessors=True)
    way = [last]
    while way[-1] != first:
        way.append(int(before[way[-1]]))
    return equal_steps(embed, nodes_G2[way[::-1]], _KNOTS)


@torch.no_grad()
def _measured(embed: Embedding, path_TZ: Array) -> tuple[Array, Array]:
    """Every straight step cut into equal pieces: the points, (S + 1, Z), and lengths, (S,)."""
    share = np.arange(_PIECES)[:, None] / _PIECES
    cut = path_TZ[:-1, None] + share * np.diff(path_TZ, axis=0)[:, None]
    fine_SZ = np.concatenate([cut.reshape(-1, path_TZ.shape[1]), path_TZ[-1:]])
    chords = torch.linalg.vector_norm(embed(torch.from_numpy(fine_SZ)).diff(dim=0), dim=1)
    return fine_SZ, chords.numpy()
