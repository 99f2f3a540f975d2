"""Inputs of the browser's pure functions, and what torch and numpy make of them.

Nothing is remembered: each value is computed anew, by code that shares nothing with the browser's.
"""

from __future__ import annotations

from base64 import b64encode
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from vae_core.config import ACTIVATIONS, ModelConfig
from vae_core.data import load_split
from vae_core.exact.quadrature import Quadrature
from vae_core.likelihoods import LIKELIHOODS
from vae_core.models.vae import VAE
from vae_core.paths import BUNDLED
from vae_core.planes.projections import plane_to_latent
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.web.packing import pack_decoder, pack_floats, pack_points, plane_covariance
from vae_core.web.posterior_data import Field, pack_field

Values = dict[str, object]


def base64(content: bytes) -> str:
    return b64encode(content).decode()


def decoder() -> Values:
    """Every activation with every likelihood; widths that four does and does not divide."""
    cases = []
    for seed, activation in enumerate(ACTIVATIONS):
        for likelihood in LIKELIHOODS:
            config = ModelConfig(
                image_shape=(5, 5),
                latent_dim=3,
                hidden=(4,),
                decoder_hidden=(7, 12),
                activation=activation,
                likelihood=likelihood,
            )
            generator = torch.Generator().manual_seed(seed)
            model = VAE.create(config, generator)
            with torch.no_grad():
                for layer in model.decoder:
                    if isinstance(layer, nn.Linear):
                        # Outputs from near 0 to where the means saturate, and biases that count.
                        layer.weight *= 2.5
                        layer.bias.copy_(torch.randn(layer.bias.shape, generator=generator))
                z_PZ = torch.randn((40, 3), generator=generator)
                packed = base64(pack_decoder(model))
                image_PD = model.double().decode(z_PZ.double())
            cases.append(
                {
                    "activation": activation,
                    "likelihood": likelihood,
                    "widths": [3, 7, 12, 25],
                    "bytes": packed,
                    "z": z_PZ.tolist(),
                    "image": image_PD.tolist(),
                }
            )
    return {"cases": cases}


def normal() -> Values:
    x = torch.linspace(-7, 7, 1001, dtype=torch.float64)
    share = torch.linspace(0.0005, 0.9995, 200, dtype=torch.float64)
    return {
        "x": x.tolist(),
        "erf": torch.erf(x).tolist(),
        "share": share.tolist(),
        "quantile": torch.special.ndtri(share).tolist(),
    }


def plane() -> Values:
    """Places in clumps, so that cells of the grid differ in number; two of them at one place."""
    random = np.random.default_rng(3)
    xy = np.concatenate([random.normal(0, 1, (300, 2)), random.normal(3, 0.05, (200, 2))])
    xy = xy.astype("<f4").astype(np.float64)
    xy[17] = xy[16]
    z = random.normal(size=(500, 5)).astype("<f4").astype(np.float64)
    label = random.integers(0, 4, 500)
    visible = np.array([1, 0, 1, 1])
    query = np.concatenate([random.uniform(-4, 5, (60, 2)), xy[16:18], [[50.0, -50.0]]])
    squared = ((query[:, None] - xy[None]) ** 2).sum(axis=2)
    order = np.argsort(squared, axis=1, kind="stable")
    seen = [[int(i) for i in row if visible[label[i]]] for row in order]
    reach = 0.3
    near = [[i for i in row[:3] if squared[q, i] <= reach**2] for q, row in enumerate(seen)]
    return {
        "count": 500,
        "latentDim": 5,
        "bytes": base64(pack_points(xy, z, label)),
        "xy": xy.ravel().tolist(),
        "label": label.tolist(),
        "visible": visible.tolist(),
        "query": query.tolist(),
        "nearest": order[:, :8].tolist(),
        "reach": reach,
        "near": near,
        "latent": [plane_to_latent(xy, z, place).tolist() for place in query],
        "flat": base64(pack_points(xy, None, label)),
    }


def view() -> Values:
    """Opening bounds by numpy: of 1,001 images the outermost 0.5% are exactly five a side."""
    random = np.random.default_rng(4)
    cases = []
    for projected, latent_dim, scale in [
        (True, 5, 20.0),
        (True, 8, 0.005),  # the noise of a collapsed model
        (False, 2, 0.1),
        (False, 1, 3.0),
    ]:
        xy = (scale * random.normal(size=(1001, 2)) + [2, -1]).astype("<f4").astype(np.float64)
        low, high = np.sort(xy, axis=0)[5], np.sort(xy, axis=0)[995]
        if not projected:
            axes = slice(0, latent_dim)  # the second axis of one dimension only spreads the points
            low[axes], high[axes] = np.minimum(low[axes], -2.2), np.maximum(high[axes], 2.2)
        width = np.maximum(high - low, 4.0) if projected else high - low
        middle, half = (low + high) / 2, 1.06 * width / 2
        left, bottom = middle - half
        right, top = middle + half
        cases.append(
            {
                "xy": xy.ravel().tolist(),
                "projected": projected,
                "latentDim": latent_dim,
                "bounds": {"left": left, "right": right, "bottom": bottom, "top": top},
            }
        )
    return {"cases": cases}


def axes() -> Values:
    """Ticks in decimal arithmetic: every step 1, 2, 5 times a power of ten is tried."""
    steps = sorted(Decimal(digit).scaleb(k) for digit in (1, 2, 5) for k in range(-8, 7))
    parts, apart = [], []
    for low, high, least in [
        ("-3", "3", 4),
        ("-0.35", "1.3", 3),
        ("0", "26", 3),
        ("-1024", "1024", 4),
        ("-187.4", "-152.02", 2),
        ("0.00013", "0.00089", 3),
        ("2.25", "2.75", 1),
    ]:
        a, b = Decimal(low), Decimal(high)
        step = max(one for one in steps if (b - a) / one >= least)
        parts.append({"low": float(a), "high": float(b), "least": least} | _ticks(a, b, step))
        room = (b - a) / least
        step = min(one for one in steps if one >= room)
        apart.append({"low": float(a), "high": float(b), "least": float(room)} | _ticks(a, b, step))
    return {"parts": parts, "apart": apart}


def _ticks(low: Decimal, high: Decimal, step: Decimal) -> Values:
    first = int((low / step).to_integral_value(ROUND_CEILING))
    last = int((high / step).to_integral_value(ROUND_FLOOR))
    values = [n * step for n in range(first, last + 1)]
    digits = max(0, -step.adjusted())
    texts = [
        f"{value:.{digits}f}".replace("-", "−") if value else f"{0:.{digits}f}" for value in values
    ]
    return {"values": [float(value) for value in values], "texts": texts}


def palettes() -> Values:
    random = np.random.default_rng(5)
    tables = []
    for count in (2, 5, 11):
        anchor_A3 = random.integers(0, 256, (count, 3))
        place = np.linspace(0, 1, 256)
        ends = np.linspace(0, 1, count)
        rgb = np.stack([np.interp(place, ends, anchor_A3[:, c]) for c in range(3)], axis=1)
        tables.append(
            {"anchors": ["#" + bytes(row.tolist()).hex() for row in anchor_A3], "rgb": rgb.tolist()}
        )
    value = random.uniform(-3, 5, 200)
    step = np.clip(np.floor(255 * (value + 1) / 4 + 0.5), 0, 255)
    return {"tables": tables, "value": value.tolist(), "step": step.tolist()}


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


def selection() -> Values:
    """Outlines that are unions of simple pieces: an L, and a bow tie that crosses itself."""
    random = np.random.default_rng(9)
    xy = random.uniform(-1, 4, (500, 2))
    x, y = xy.T
    an_l = ((x > 0) & (x < 3) & (y > 0) & (y < 1)) | ((x > 0) & (x < 1) & (y > 0) & (y < 3))
    tie = (x > 0) & (x < 2) & (np.abs(y - 1) < np.abs(x - 1))
    line = np.array([[0, 0], [3, 0], [3, 4], [0, 4]], float)
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    share = np.linspace(-0.2, 1.2, 29)
    along = [np.interp(share * length[-1], length, line[:, axis]) for axis in (0, 1)]
    return {
        "xy": xy.ravel().tolist(),
        "outlines": [
            {
                "polygon": [[0, 0], [3, 0], [3, 1], [1, 1], [1, 3], [0, 3]],
                "inside": an_l.astype(int).tolist(),
            },
            {"polygon": [[0, 0], [2, 2], [2, 0], [0, 2]], "inside": tie.astype(int).tolist()},
        ],
        "line": line.tolist(),
        "share": share.tolist(),
        "along": np.stack(along, axis=1).tolist(),
    }


def manifold() -> Values:
    """Medians of eight equal shares of the prior's middle 99.9%, along one axis."""
    middles = torch.special.ndtri(0.5 + 0.999 * ((torch.arange(8).double() + 0.5) / 8 - 0.5))
    return {"middles": middles.tolist()}


def code() -> Values:
    codes = torch.randint(0, 7, (5, 4), generator=torch.Generator().manual_seed(1))
    return {
        "categories": 7,
        "codes": codes.tolist(),
        "oneHot": nn.functional.one_hot(codes, 7).flatten(1).tolist(),
    }


EXPECTED = {
    made.__name__: made
    for made in (
        decoder,
        normal,
        plane,
        view,
        axes,
        palettes,
        posteriors,
        field,
        log_field,
        bundled_posterior,
        selection,
        manifold,
        code,
    )
}
