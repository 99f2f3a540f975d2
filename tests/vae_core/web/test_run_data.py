"""What the run's canvas is given: places as bytes, and axes that hold them."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from vae_core.planes.projections import identity_plane, pca_plane
from vae_core.web.run_data import pack_plane, plane_limit


def test_the_browser_gets_the_places_and_the_labels():
    mu_NZ = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    label_N = np.arange(300) % 10
    data: dict[str, Any] = pack_plane(identity_plane(mu_NZ), label_N, latent_dim=2)
    np.testing.assert_array_equal(np.frombuffer(b64decode(data["xy"]), "<f4").reshape(-1, 2), mu_NZ)
    assert list(b64decode(data["label"])) == label_N.tolist()
    assert (data["prior"], data["strip"], data["titles"]) == (True, False, ["z₁", "z₂"])


def test_one_dimension_is_a_strip_and_many_a_projection_without_a_prior():
    mu_NZ = np.random.default_rng(0).normal(size=(300, 5)).astype(np.float32)
    strip = pack_plane(identity_plane(10 * mu_NZ[:, :1]), np.zeros(300, int), latent_dim=1)
    assert strip["strip"]
    assert strip["limit"] > 10, "the height, which only spreads the points, would need no more"
    projected = pack_plane(pca_plane(mu_NZ), np.zeros(300, int), latent_dim=5)
    assert not projected["prior"]
    assert not projected["strip"]


@pytest.mark.parametrize("scale", [1e-3, 0.7, 1.0, 5.0, 300.0, 1e5])
def test_the_axes_hold_the_cloud_and_are_not_far_too_wide(scale: float):
    values = scale * np.random.default_rng(1).uniform(-1, 1, (1000, 2))
    limit = plane_limit(values)
    assert (np.abs(values) <= limit).mean() >= 0.998
    assert limit <= max(2.0, 2.1 * scale)


def test_a_single_image_far_away_does_not_shrink_the_rest():
    values = np.random.default_rng(1).uniform(-1, 1, (1000, 2))
    values[0] = 900.0
    assert plane_limit(values) == 2.0
