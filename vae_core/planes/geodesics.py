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
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize
from torch import Tensor

from vae_core.models.vae import VAE
from vae_core.planes.geometry import straight_path
from vae_core.planes.latent_graph import Embedding, LatentGraph

Array = NDArray[np.float64]

# Neighbours must lie closer than a ridge is wide: with 51 the descent cut through some, and ended
# 40% longer than its guess.
_KNOTS = 81
_ITERATIONS = 20  # after which the length falls by another 0.3% at most
# When the descent ends, relative to the energy: past this the length falls by less than 0.1%, and
# float32 has no more digits.
_PRECISION = {torch.float64: 1e-7, torch.float32: 1e-5}
_GRID = 48  # nodes along each side of a grid around two ends
_SIDE = 256  # and of the one over a model's whole plane: with 192 a way was missed, 4% shorter
_MARGIN, _PRIOR = 0.15, 3.2  # how far that reaches: around the images, and at least, in prior sds
_DETOUR = 1.03  # how much longer than the shortest way another may be to be descended from
_PIECES = 4  # of each step, where lengths are measured


def fisher_embedding(model: VAE, dtype: torch.dtype = torch.float64) -> Embedding:
    """phi(decode(z)), the flat coordinates of the model's likelihood, in float64 unless asked."""
    decoder: torch.nn.Module = model.decoder
    # A model that is only shown is used as it is: the copy would take as long as a short path.
    if any(weight.requires_grad or weight.dtype != dtype for weight in decoder.parameters()):
        decoder = copy.deepcopy(decoder).to(dtype).requires_grad_(False)
    likelihood = model.likelihood

    def embed(z_TZ: Tensor) -> Tensor:
        return likelihood.flat(decoder(z_TZ.to(dtype)))

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


@dataclass(frozen=True)
class Geodesic:
    """A path whose image is locally shortest, and how it was found.

    Attributes:
        z_TZ: latents in steps of equal image length, both ends included, shape (T, Z).
        starts: from how many first guesses it is the shortest that was found.
    """

    z_TZ: Array
    starts: int


def geodesic_path(
    embed: Embedding,
    start_Z: NDArray[np.floating],
    end_Z: NDArray[np.floating],
    steps: int,
    graph: LatentGraph | None = None,
    rough: Embedding | None = None,
) -> Geodesic:
    r"""A path from start to end whose image is locally shortest, in steps of equal image length.

    Minimises the energy of the image, whose minimum has the least length and equal steps,

    .. math:: E(z) = \tfrac{K}{2} \sum_k |\phi(z_{k+1}) - \phi(z_k)|^2

    from several first guesses: the straight path and, where there is a graph, its shortest way
    and the shortest of those that keep away from it. The result is the shortest of all minima and
    all guesses. It is a local minimum: no search of this kind proves that there is none shorter.

    Args:
        embed: differentiable in float64.
        start_Z, end_Z: the ends, shape (Z,).
        steps: T, at least 2.
        graph: over the latent space, by the same embedding; for Z = 2 one around both ends is
            made where there is none or it does not reach them.
        rough: the same embedding in float32, for all but the result: half the work.

    Raises:
        ValueError: the ends differ in length, or there are fewer than 2 steps.

    Source: Arvanitidis et al. 2018, arXiv:1710.11379 (geodesics of generative models); Arvanitidis
    et al. 2022, arXiv:2106.05367 (the Fisher metric of the decoder's distribution).
    """
    straight_KZ = straight_path(start_Z, end_Z, _KNOTS)
    straight_path(start_Z, end_Z, steps)  # refuses fewer than 2
    ends = straight_KZ[0], straight_KZ[-1]
    if (ends[0] == ends[1]).all():
        return Geodesic(equal_steps(embed, straight_KZ, steps), 1)
    rough = rough or embed
    guesses = [straight_KZ]
    if len(ends[0]) == 2 and (graph is None or not graph.reaches(*ends)):
        middle_2, reach = (ends[0] + ends[1]) / 2, np.linalg.norm(ends[1] - ends[0])
        graph = LatentGraph.over_plane(embed, middle_2 - reach, middle_2 + reach, _GRID)
    if graph is not None:
        guesses += [equal_steps(rough, way_KZ, _KNOTS) for way_KZ in graph.ways(*ends)]
    lengths = [path_length(rough, guess) for guess in guesses]
    # The straight path is descended from only where nothing shorter is known, and the way around
    # only where it is hardly longer: of 21 that were by over 3%, none led to a path that was
    # shorter by more than 0.02%.
    begun = guesses[:1] if lengths[0] == min(lengths) else []
    begun += guesses[1:2]
    begun += [
        guess
        for guess, length in zip(guesses[2:], lengths[2:], strict=True)
        if length <= _DETOUR * lengths[1]
    ]
    smooth = np.linspace(0, 1, 2 * _KNOTS)
    found = [
        CubicSpline(np.linspace(0, 1, _KNOTS), _least_energy(rough, guess))(smooth)
        for guess in begun
    ]
    paths = [*found, *guesses]
    shortest = int(np.argmin([*(path_length(rough, path) for path in found), *lengths]))
    return Geodesic(equal_steps(embed, paths[shortest], steps), len(guesses))


def geodesic_graph(model: VAE, mu_NZ: NDArray[np.floating]) -> LatentGraph:
    """The graph on which a model's geodesics start out: made once a model (about 1 s for Z = 2).

    Args:
        mu_NZ: posterior means of the images, shape (N, Z). For Z = 2 the graph is a grid over
            them and the prior, else it joins each to its neighbours.
    """
    embed = _counted(model, torch.float32)  # half the work, and these are guesses
    latent_NZ: Array = np.asarray(mu_NZ, np.float64)
    if latent_NZ.shape[1] != 2:
        return LatentGraph.through_data(embed, latent_NZ)
    low_2, high_2 = latent_NZ.min(axis=0), latent_NZ.max(axis=0)
    margin_2 = _MARGIN * (high_2 - low_2)
    low_2, high_2 = np.minimum(low_2 - margin_2, -_PRIOR), np.maximum(high_2 + margin_2, _PRIOR)
    return LatentGraph.over_plane(embed, low_2, high_2, _SIDE)


def model_geodesic(
    model: VAE,
    start_Z: NDArray[np.floating],
    end_Z: NDArray[np.floating],
    steps: int,
    graph: LatentGraph | None = None,
) -> Geodesic:
    """A geodesic of a model, in steps of equal Fisher length.

    In more than two dimensions the way in latent space counts too, see ``beside_latent``.

    Args:
        graph: of ``geodesic_graph``.

    Raises:
        ValueError: the ends or the steps do not fit.
    """
    counted, rough = _counted(model, torch.float64), _counted(model, torch.float32)
    found = geodesic_path(counted, start_Z, end_Z, steps, graph, rough)
    if model.config.latent_dim <= 2:  # nothing but the image was counted
        return found
    return replace(found, z_TZ=equal_steps(fisher_embedding(model), found.z_TZ, steps))


def _counted(model: VAE, dtype: torch.dtype) -> Embedding:
    embed = fisher_embedding(model, dtype)
    return embed if model.config.latent_dim <= 2 else beside_latent(embed)


def _least_energy(embed: Embedding, guess_KZ: Array) -> Array:
    """Lower the energy by L-BFGS, in unknowns for which it is about equally curved.

    With a constant metric, the same in all directions, that is exactly so for the coefficients of
    sin(m pi t) / m. It spares most of the iterations that single knots would need.
    """
    latent_dim = guess_KZ.shape[1]
    mode_M = np.arange(1, _KNOTS - 1)
    waves_KM = np.sin(np.pi * np.outer(np.linspace(0, 1, _KNOTS), mode_M)) / mode_M
    waves_KM[-1] = 0  # sin(m pi) but for rounding: the ends stay where they are
    dtype = embed(torch.from_numpy(guess_KZ[:1])).dtype
    waves, guess = torch.from_numpy(waves_KM).to(dtype), torch.from_numpy(guess_KZ).to(dtype)

    def energy(coefficients: Array) -> tuple[float, Array]:
        c_MZ = torch.from_numpy(coefficients.reshape(-1, latent_dim)).to(dtype).requires_grad_()
        steps_KD = embed(guess + waves @ c_MZ).diff(dim=0)
        value = 0.5 * (_KNOTS - 1) * steps_KD.square().sum()
        (gradient_MZ,) = torch.autograd.grad(value, c_MZ)
        return value.item(), gradient_MZ.double().numpy().ravel()

    found = minimize(
        energy,
        np.zeros(mode_M.size * latent_dim),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ITERATIONS, "ftol": _PRECISION[dtype]},
    )
    return np.asarray(guess_KZ + waves_KM @ found.x.reshape(-1, latent_dim))


@torch.no_grad()
def _measured(embed: Embedding, path_TZ: Array) -> tuple[Array, Array]:
    """Every straight step cut into equal pieces: the points, (S + 1, Z), and lengths, (S,)."""
    share = np.arange(_PIECES)[:, None] / _PIECES
    cut = path_TZ[:-1, None] + share * np.diff(path_TZ, axis=0)[:, None]
    fine_SZ = np.concatenate([cut.reshape(-1, path_TZ.shape[1]), path_TZ[-1:]])
    chords = torch.linalg.vector_norm(embed(torch.from_numpy(fine_SZ)).diff(dim=0), dim=1)
    return fine_SZ, chords.numpy()
