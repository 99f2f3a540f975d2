"""What torch and numpy make of q, of fields of log p(x|z), and of a bundled posterior."""

from __future__ import annotations

from base64 import b64encode
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from vae_core.data import load_split
from vae_core.exact.quadrature import Quadrature
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.web.packing import pack_floats, plane_covariance
from vae_core.web.posterior_data import Field, pack_field

Values = dict[str, object]


def base64(content: bytes) -> str:
    return b64encode(content).decode()


def posteriors() -> Values:
    """Covariances on a random projection of five dimensions: ellipses at every angle."""
    random = np.random.default_rng(6)
    components_2Z = np.linalg.qr(random.normal(size=(5, 2)))[0].T
    covariance_N3 = plane_covariance(random.normal(-1, 1, (30, 5)), components_2Z)
    full_N22 = covariance_N3[:, [0, 1, 1, 2]].reshape(-1, 2, 2)
    value_N2, vector_N22 = np.linalg.eigh(full_N22)
    return {
        "bytes": base64(pack_floats(covariance_N3)),
        "covariance": covariance_N3.tolist(),
        "cholesky": np.linalg.cholesky(full_N22).tolist(),
        "inverse": np.linalg.inv(full_N22).tolist(),
        "major": np.sqrt(value_N2[:, 1]).tolist(),
        "minor": np.sqrt(value_N2[:, 0]).tolist(),
        "direction": vector_N22[:, :, 1].tolist(),  # of the longer axis, up to its sign
    }


def field() -> Values:
    """Where the sides between neighbouring cells' centres cross a level: each side by itself."""
    random = np.random.default_rng(7)
    height, width = 9, 14
    bounds = (-2.0, 5.0, 1.0, 4.0)
    value_HW = random.normal(size=(height, width)).astype("<f4").astype(np.float64)
    left, right, bottom, top = bounds
    x_W = left + (np.arange(width) + 0.5) * (right - left) / width
    y_H = bottom + (np.arange(height) + 0.5) * (top - bottom) / height
    level = 0.2
    found = []
    for row in range(height):
        for (x0, a), (x1, b) in pairwise(zip(x_W, value_HW[row], strict=True)):
            if (a >= level) != (b >= level):
                # An inner side belongs to two squares, one at the rim to one.
                times = 1 if row in (0, height - 1) else 2
                found += times * [[x0 + (x1 - x0) * (level - a) / (b - a), y_H[row]]]
    for column in range(width):
        for (y0, a), (y1, b) in pairwise(zip(y_H, value_HW[:, column], strict=True)):
            if (a >= level) != (b >= level):
                times = 1 if column in (0, width - 1) else 2
                found += times * [[x_W[column], y0 + (y1 - y0) * (level - a) / (b - a)]]
    return {
        "width": width,
        "height": height,
        "bounds": bounds,
        "bytes": base64(pack_floats(value_HW)),
        "level": level,
        "crossings": found,
    }


def log_field() -> Values:
    """A quadratic, as the logarithm of a Gaussian is: its means under a q are known exactly."""
    names = ["constant", "x", "y", "xx", "xy", "yy"]
    c = dict(zip(names, [-80.0, 1.5, -2.0, -3.0, 0.7, -1.1], strict=True))

    def quadratic(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        x, y = np.asarray(x), np.asarray(y)
        linear = c["constant"] + c["x"] * x + c["y"] * y
        return linear + c["xx"] * x**2 + c["xy"] * x * y + c["yy"] * y**2

    def packed(bounds: tuple[float, float, float, float], steps: int) -> dict[str, object]:
        x_W, y_H = np.linspace(*bounds[:2], steps), np.linspace(*bounds[2:], steps)
        return pack_field(Field(bounds, quadratic(x_W[None, :], y_H[:, None])))

    random = np.random.default_rng(8)
    window = (-1.0, 3.0, -2.0, 1.0)
    place = random.uniform([-0.8, -1.8], [2.8, 0.8], (50, 2))
    cells = 6
    x_W = -1 + 4 * (np.arange(cells) + 0.5) / cells
    y_H = -2 + 3 * (np.arange(cells) + 0.5) / cells
    bounds_of_q = []
    for mu, sigma, off in [
        ((0.5, -0.4), (0.2, 0.3), 1e-3),
        ((2.5, 0.5), (0.5, 0.1), 2e-2),  # partly where the grid has no neighbours to go by
        ((6.0, -5.0), (0.4, 1.0), 1e-3),
    ]:
        q = torch.distributions.Normal(*torch.tensor([mu, sigma], dtype=torch.float64))
        prior = torch.distributions.Normal(torch.zeros(2).double(), 1.0)
        kl = float(torch.distributions.kl_divergence(q, prior).sum())
        variance = np.square(sigma)
        mean = float(quadratic(*mu) + c["xx"] * variance[0] + c["yy"] * variance[1])
        bounds_of_q.append({"mu": mu, "sigma": sigma, "likelihood": mean, "kl": kl, "off": off})
    return {
        "fields": [packed(window, 41), packed((-10.0, 10.0, -10.0, 10.0), 161)],
        "place": place.tolist(),
        "value": quadratic(*place.T).tolist(),
        "cells": cells,
        "resampled": quadratic(x_W[None, :], y_H[:, None]).ravel().tolist(),
        "qs": bounds_of_q,
    }


def bundled_posterior() -> Values:
    """A trained decoder's log p(x|z), and its mean under q by a sum over 90,000 places."""
    model = load_checkpoint(BUNDLED / "mnist-2d-beta-1.safetensors").vae
    x_D = (load_split("mnist-5k", "test").x_ND[500] > 0.5).double()
    plane = Quadrature(model)
    window = (-1.0, 1.0, -1.0, 1.0)
    fields = [
        Field(window, plane.log_likelihood_grid(x_D.numpy(), window, 48)),
        Field(*plane.coarse_log_likelihood(x_D.numpy())),
        *(Field(*part) for part in plane.outside_log_likelihood(x_D.numpy())),
    ]
    decoder = model.decoder.double()
    unit = torch.linspace(-5, 5, 300, dtype=torch.float64)
    weight_G = torch.outer(*2 * [torch.softmax(-0.5 * unit**2, dim=0)]).ravel()
    qs = []
    for mu, sigma in [((0.3, -0.2), (0.15, 0.1)), ((0.5, 0.5), (0.6, 0.6)), ((-1.0, 2.0), (2, 1))]:
        z_G2 = torch.stack(
            torch.meshgrid(mu[0] + sigma[0] * unit, mu[1] + sigma[1] * unit, indexing="ij"), dim=-1
        ).reshape(-1, 2)
        with torch.no_grad():
            log_p_G = torch.cat(
                [
                    torch.distributions.Bernoulli(logits=decoder(z)).log_prob(x_D).sum(dim=1)
                    for z in z_G2.split(5000)
                ]
            )
        qs.append({"mu": mu, "sigma": sigma, "likelihood": float(weight_G @ log_p_G)})
    return {"fields": [pack_field(field) for field in fields], "qs": qs}
