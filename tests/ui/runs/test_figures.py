"""Planes side by side: each at its own scale, or all on the same axes."""

from __future__ import annotations

import numpy as np

from ui.runs.figures import planes_figure
from vae_core.planes.projections import default_plane


def test_one_scale_gives_every_plane_the_same_axes_which_hold_every_point():
    random = np.random.default_rng(0)
    clouds = [random.normal(size=(50, 2)) * spread for spread in (1, 30)]
    planes = [
        (name, default_plane(cloud.astype(np.float32)))
        for name, cloud in zip("ab", clouds, strict=True)
    ]
    label_N = np.zeros(50, dtype=int)
    figure = planes_figure(planes, label_N, ["0"], ["#000000"], one_scale=True)
    ranges = {tuple(figure.layout[f"{axis}axis{n}"].range) for axis in "xy" for n in ("", "2")}
    [(low, high)] = ranges
    assert -low == high >= np.abs(clouds[1]).max() * 0.999
    own = planes_figure(planes, label_N, ["0"], ["#000000"])
    assert own.layout.xaxis.range is None
