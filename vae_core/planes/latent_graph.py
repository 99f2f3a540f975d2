"""Latents as the nodes of a graph, whose shortest paths are first guesses for geodesics.

A descent finds the shortest path of its neighbourhood. Which neighbourhood, that is on which side
of every ridge the path passes, is a question of search, and a graph answers it for all of the
plane at once.

Shape suffixes: G nodes, E edges, Z latent dimensions, D pixels, K places of a path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree
from torch import Tensor

Array = NDArray[np.float64]
Embedding = Callable[[Tensor], Tensor]
"""Differentiable: latents (T, Z) -> points (T, D) whose Euclidean distances are what counts."""

# Steps to a node's neighbours, each edge once: besides the eight around it the knight's moves, so
# that a direction is off by 13 degrees at most and a length by under 3%.
_MOVES = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1))
_BLOCK = 4096  # latents decoded at once
_ROWS = 16  # of a grid, decoded at once
_EDGES = 16_384  # edges measured at once
_AVOIDED = (
    1.5  # by what edges into a way and its neighbourhood count longer in the search for another
)


@dataclass(frozen=True)
class LatentGraph:
    """Nodes and the lengths of the edges between them, by the image's embedding.

    Attributes:
        node_GZ: latents, shape (G, Z).
        length_GG: symmetric and sparse; all nodes hang together.
    """

    node_GZ: Array
    length_GG: csr_array

    @classmethod
    def over_plane(cls, embed: Embedding, low_2: Array, high_2: Array, side: int) -> LatentGraph:
        """``side`` x ``side`` nodes over a rectangle of a two-dimensional latent space."""
        x_HW, y_HW = np.meshgrid(*(np.linspace(low_2[i], high_2[i], side) for i in (0, 1)))
        node_GZ = np.stack([x_HW.ravel(), y_HW.ravel()], axis=1)
        tail_E, head_E = _grid_edges(side)
        return cls._joined(node_GZ, tail_E, head_E, _grid_lengths(embed, node_GZ, side))

    @classmethod
    def through_data(cls, embed: Embedding, mu_NZ: Array, neighbours: int = 12) -> LatentGraph:
        """Each image's posterior mean joined to its nearest ones, in any number of dimensions.

        Images that hang together with fewer than half of the others are left out.
        """
        mu_NZ = np.unique(np.asarray(mu_NZ, np.float64), axis=0)
        _, near_NK = cKDTree(mu_NZ).query(mu_NZ, k=min(neighbours + 1, len(mu_NZ)))
        near_NK = near_NK.reshape(len(mu_NZ), -1)
        tail_E, head_E = np.repeat(np.arange(len(mu_NZ)), near_NK.shape[1]), near_NK.ravel()
        pairs = np.unique(np.sort(np.stack([tail_E, head_E]), axis=0), axis=1)
        tail_E, head_E = pairs[:, pairs[0] != pairs[1]]
        joined = csr_array((np.ones(len(tail_E)), (tail_E, head_E)), shape=(len(mu_NZ),) * 2)
        _, part_N = connected_components(joined, directed=False)
        kept_N = part_N == np.bincount(part_N).argmax()
        number_N = np.cumsum(kept_N) - 1
        inside_E = kept_N[tail_E]
        return cls._of(embed, mu_NZ[kept_N], number_N[tail_E[inside_E]], number_N[head_E[inside_E]])

    @classmethod
    @torch.no_grad()
    def _of(
        cls, embed: Embedding, node_GZ: Array, tail_E: NDArray[np.intp], head_E: NDArray[np.intp]
    ) -> LatentGraph:
        place_GD = torch.cat(
            [embed(torch.from_numpy(part)).float() for part in _blocks(node_GZ, _BLOCK)]
        )
        length_E = np.concatenate(
            [
                torch.linalg.vector_norm(place_GD[tail] - place_GD[head], dim=1).numpy()
                for tail, head in zip(_blocks(tail_E, _EDGES), _blocks(head_E, _EDGES), strict=True)
            ]
        )
        return cls._joined(node_GZ, tail_E, head_E, length_E)

    @classmethod
    def _joined(
        cls,
        node_GZ: Array,
        tail_E: NDArray[np.intp],
        head_E: NDArray[np.intp],
        length_E: NDArray[np.floating],
    ) -> LatentGraph:
        # The graph takes a length of zero for a missing edge.
        length_E = np.maximum(length_E.astype(np.float64), 1e-9)
        half = csr_array((length_E, (tail_E, head_E)), shape=(len(node_GZ),) * 2)
        whole = (half + half.T).tocsr()
        # As the search takes them: it would convert them each time.
        indices, indptr = whole.indices.astype(np.int32), whole.indptr.astype(np.int32)
        return cls(node_GZ, csr_array((whole.data, indices, indptr), shape=whole.shape))

    def reaches(self, *places: Array) -> bool:
        """Whether these latents lie within the nodes' bounding box."""
        low_Z, high_Z = self.node_GZ.min(axis=0), self.node_GZ.max(axis=0)
        return all(bool(((low_Z <= z_Z) & (z_Z <= high_Z)).all()) for z_Z in places)

    def ways(self, start_Z: Array, end_Z: Array) -> list[Array]:
        """Ways over the edges between two latents, each (K, Z), that start and end at these.

        The first is the shortest one between the nodes nearest to them. The second is the
        shortest if every node of the first, but for its ends, made the edges around it longer: it
        passes a ridge on the other side where that takes little more. None, if it is the same.
        """
        first, last = (
            int(((self.node_GZ - z_Z) ** 2).sum(axis=1).argmin()) for z_Z in (start_Z, end_Z)
        )
        shortest, length = self._way(self.length_GG, first, last)
        inner = shortest[len(shortest) // 5 : -(len(shortest) // 5) or None]
        factor_G = np.ones(len(self.node_GZ))
        factor_G[np.unique(self.length_GG[inner].indices)] = _AVOIDED
        near = self.length_GG
        longer_E = near.data * factor_G[near.indices]
        avoiding = csr_array((longer_E, near.indices, near.indptr), shape=near.shape)
        # The shortest way itself is no longer than that by now.
        other, _ = self._way(avoiding, first, last, at_most=_AVOIDED * length * (1 + 1e-9))
        ways = [shortest] if other == shortest else [shortest, other]
        # The nearest nodes may lie behind the ends: a way begins at the ends themselves.
        return [np.concatenate([[start_Z], self.node_GZ[way[1:-1]], [end_Z]]) for way in ways]

    @staticmethod
    def _way(
        length_GG: csr_array, first: int, last: int, at_most: float = np.inf
    ) -> tuple[list[int], float]:
        """The nodes of the shortest way, and its length; nodes further than ``at_most`` are out."""
        length_G, before_G = dijkstra(
            length_GG, indices=first, return_predecessors=True, limit=at_most
        )
        way = [last]
        while way[-1] != first:
            way.append(int(before_G[way[-1]]))
        return way[::-1], float(length_G[last])


def _grid_edges(side: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    number = np.arange(side**2).reshape(side, side)
    tails, heads = [], []
    for down, right in _MOVES:
        tails.append(number[: side - down, max(0, -right) : side - max(0, right)].ravel())
        heads.append(number[down:, max(0, right) : side + min(0, right)].ravel())
    return np.concatenate(tails), np.concatenate(heads)


@torch.no_grad()
def _grid_lengths(embed: Embedding, node_GZ: Array, side: int) -> NDArray[np.float32]:
    """Lengths of ``_grid_edges``, in their order.

    Row by row, so that what is compared lies in a core's cache: to gather the ends of all edges
    from memory took three times as long as to decode them.
    """
    rows_GZ = torch.from_numpy(node_GZ).split(side)
    reach = max(down for down, _ in _MOVES)
    lengths: list[list[Tensor]] = [[] for _ in _MOVES]
    place_HWD: list[Tensor] = []
    for first in range(0, side, _ROWS):
        # What the rows above reach is kept; those that nothing reaches any more are let go.
        block = torch.cat(rows_GZ[first : first + _ROWS])
        place_HWD = [*place_HWD[-reach:], *embed(block).float().split(side)]
        start = first - (len(place_HWD) - len(block) // side)
        for row in range(max(first - reach, 0), min(first + _ROWS, side)):
            for (down, right), found in zip(_MOVES, lengths, strict=True):
                if len(found) == row and row + down < min(first + _ROWS, side):
                    tail_WD, head_WD = place_HWD[row - start], place_HWD[row + down - start]
                    tail_WD = tail_WD[max(0, -right) : side - max(0, right)]
                    head_WD = head_WD[max(0, right) : side + min(0, right)]
                    found.append(torch.linalg.vector_norm(head_WD - tail_WD, dim=1))
    return torch.cat([length for found in lengths for length in found]).numpy()


def _blocks(values: NDArray[np.generic], size: int) -> Iterator[NDArray[np.generic]]:
    for at in range(0, len(values), size):
        yield values[at : at + size]
