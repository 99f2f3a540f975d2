"""Inputs of the browser's pure functions, and what torch and numpy make of them.

Nothing is remembered: each value is computed anew, by code that shares nothing with the browser's.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
import torch
from torch import nn

from tests.vae_core.web.expected_posterior import (
    Values,
    base64,
    bundled_posterior,
    field,
    log_field,
    posteriors,
)
from vae_core.config import ACTIVATIONS, ModelConfig
from vae_core.likelihoods import LIKELIHOODS
from vae_core.models.vae import VAE
from vae_core.planes.projections import plane_to_latent
from vae_core.web.packing import pack_decoder, pack_points


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
