"""The best diagonal Gaussian for one image: what an encoder without a gap of its own would give.

Shape suffixes: G nodes, T steps, D pixels, Z latent dimensions (2 here).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from vae_core.exact.evidence import Evidence
from vae_core.exact.posteriors import GaussianQ, elbo_by_quadrature, gauss_hermite
from vae_core.exact.quadrature import Quadrature
from vae_core.models.elbo import kl_to_standard_normal, reparameterise
from vae_core.models.networks import LOGVAR_MAX, LOGVAR_MIN

Array = NDArray[np.float64]

_NODES = 12  # of Gauss-Hermite quadrature, an axis, on the way: a quarter of the work of a figure


@dataclass(frozen=True)
class OptimisedQ:
    """The best diagonal Gaussian found for one image, and the way there.

    Attributes:
        path: q at every step, first the start, last the best.
        elbo_T: the ELBO at each step, nats.
        from_mode: whether the way starts at the posterior's mode, because the one from the
            encoder's q ended lower.
    """

    path: tuple[GaussianQ, ...]
    elbo_T: Array
    from_mode: bool

    @property
    def best(self) -> GaussianQ:
        return self.path[-1]


def optimise_q(
    quadrature: Quadrature, x_D: Array, start: GaussianQ, evidence: Evidence
) -> OptimisedQ:
    """Maximise the ELBO of one image over the mean and the two widths of q.

    L-BFGS from the encoder's q, and from the posterior's mode: the ELBO has a local maximum on
    every mode of the posterior.
    """
    x = quadrature.checked(x_D)
    at_mode = GaussianQ(evidence.mode_Z, start.logvar_Z)
    ways = [_climb(quadrature, x, q) for q in (start, at_mode)]
    elbos = [elbo_by_quadrature(quadrature, x, way[-1]) for way in ways]
    from_mode = elbos[1] > elbos[0] + 1e-3
    way = ways[int(from_mode)]
    elbo_T = np.array([elbo_by_quadrature(quadrature, x, q) for q in way])
    # The nodes on the way are fewer than those of the figure: never end below the start.
    best = int(elbo_T.argmax())
    return OptimisedQ(tuple(way[: best + 1]), elbo_T[: best + 1], from_mode)


def _climb(quadrature: Quadrature, x_D: Array, start: GaussianQ) -> list[GaussianQ]:
    node_G2, weight_G = (torch.from_numpy(value) for value in gauss_hermite(_NODES))
    x_GD = torch.from_numpy(x_D)[None].expand(len(weight_G), -1)

    def negative_elbo(parameters_4: Array) -> tuple[float, Array]:
        leaf = torch.tensor(parameters_4, requires_grad=True)
        with torch.enable_grad():
            mu_1Z, logvar_1Z = leaf[None, :2], leaf[None, 2:]
            output_GD = quadrature.decoder(reparameterise(mu_1Z, logvar_1Z, node_G2))
            nll = weight_G @ quadrature.likelihood.nll(output_GD, x_GD)
            value = nll + kl_to_standard_normal(mu_1Z, logvar_1Z).sum()
            (gradient_4,) = torch.autograd.grad(value, leaf)
        return value.item(), gradient_4.numpy()

    # In units of the start's widths, so that a first step does not leap over the posterior.
    scale_4 = np.concatenate([start.sigma_Z, np.ones(2)])
    origin_4 = np.concatenate([start.mu_Z, start.logvar_Z])

    def scaled(step_4: Array) -> tuple[float, Array]:
        value, gradient_4 = negative_elbo(origin_4 + scale_4 * step_4)
        return value, gradient_4 * scale_4

    way = [start]

    def note(step_4: Array) -> None:
        at_4 = origin_4 + scale_4 * step_4
        way.append(GaussianQ(at_4[:2], at_4[2:]))

    limits = [(None, None)] * 2 + [
        (LOGVAR_MIN - value, LOGVAR_MAX - value) for value in origin_4[2:]
    ]
    minimize(
        scaled,
        np.zeros(4),
        jac=True,
        method="L-BFGS-B",
        bounds=limits,
        callback=note,
        options={"maxiter": 60, "ftol": 1e-9},
    )
    return way
