"""What the plane can show besides its points: covariances, values, heat maps, lines."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, norm

from ui.latent_space import layers
from ui.latent_space.layers import bounds_of, make_contours, make_field, make_values
from vae_core.config import ModelConfig
from vae_core.evaluation.encodings import Encodings
from vae_core.models.vae import VAE
from vae_core.planes.projections import pca_plane
from vae_core.web.packing import pack_floats, plane_covariance


def encodings(mu, logvar, label) -> Encodings:
    mu, logvar = np.asarray(mu, np.float32), np.asarray(logvar, np.float32)
    return Encodings(
        mu_NZ=mu,
        logvar_NZ=logvar,
        label_N=np.asarray(label),
        reconstruction_nll_N=np.linspace(50, 150, len(mu), dtype=np.float32),
        kl_N=np.linspace(1, 9, len(mu), dtype=np.float32),
        kl_Z=np.ones(mu.shape[1], np.float32),
        active_Z=np.ones(mu.shape[1], bool),
    )


@pytest.fixture
def packed(monkeypatch):
    """What the layers served, as float32 arrays, in order."""
    contents = []

    class Kept:
        def __init__(self, content):
            contents.append(np.frombuffer(content, "<f4"))
            self.url = f"asset-{len(contents)}"

    monkeypatch.setattr(layers, "Asset", Kept)
    return contents


def test_the_covariance_on_a_projection_is_that_of_projected_draws():
    random = np.random.default_rng(0)
    mu = random.normal(size=(40, 5)).astype(np.float32)
    logvar = random.uniform(-3, 0.5, (40, 5))
    components = pca_plane(mu).components_2Z
    draws = np.exp(0.5 * logvar[7]) * random.standard_normal((200_000, 5))
    xx, xy, yy = plane_covariance(logvar, components)[7]
    expected = np.cov((draws @ components.T).T)
    np.testing.assert_allclose([[xx, xy], [xy, yy]], expected, atol=0.02 * np.trace(expected))


def test_the_covariance_on_the_latent_space_itself_is_that_of_the_posterior():
    logvar = np.log([[0.04, 0.25], [1.0, 9.0]])
    expected = [[0.04, 0.0, 0.25], [1.0, 0.0, 9.0]]
    np.testing.assert_allclose(plane_covariance(logvar, None), expected)
    np.testing.assert_allclose(
        plane_covariance(logvar[:, :1], None), [[0.04, 0.0, 0.0], [1.0, 0.0, 0.0]]
    )
    with pytest.raises(ValueError, match="components"):
        plane_covariance(np.zeros((1, 3)), None)


def test_floats_are_packed_row_by_row():
    values = np.arange(6.0).reshape(2, 3).T  # not contiguous
    assert np.frombuffer(pack_floats(values), "<f4").tolist() == [0, 3, 1, 4, 2, 5]


@pytest.mark.parametrize("name", list(layers.VALUES))
def test_values_are_those_of_the_images_on_a_robust_scale(name, packed):
    encoded = encodings(np.zeros((101, 2)), np.linspace(-4, 0, 202).reshape(101, 2), [0] * 101)

    overlap: Any = SimpleNamespace(equivocation_N=np.linspace(0, 5, 101))
    spec, _ = make_values(name, encoded, lambda: overlap)
    expected = {
        "kl": np.linspace(1, 9, 101),
        "reconstruction": np.linspace(50, 150, 101),
        "elbo": -np.linspace(51, 159, 101),
        "width": np.sqrt(np.exp(encoded.logvar_NZ / 2).prod(axis=1)),
        "overlap": np.linspace(0, 5, 101),
    }[name]
    np.testing.assert_allclose(packed[0], expected, rtol=1e-5)
    ordered = np.sort(expected)
    assert (spec.low, spec.high) == pytest.approx((ordered[1], ordered[99]), rel=1e-4)


def test_a_heat_map_covers_the_points_and_the_prior():
    for centre, spread in [((0, 0), 0.5), ((4, -3), 1.0), ((0, 0), 30.0)]:
        places = np.random.default_rng(2).normal(centre, spread, (500, 2))
        left, right, bottom, top = bounds_of(places)
        assert min(left, bottom) <= -3
        assert max(right, top) >= 3
        inside = (places > (left, bottom)) & (places < (right, top))
        assert inside.all(axis=1).mean() > 0.98


def test_the_density_is_that_of_the_mixture(packed):
    mu, logvar = [[-1.0, 0.5], [1.5, -0.5]], np.log([[0.5, 0.3], [0.4, 0.9]])
    spec, _ = make_field("density", None, encodings(mu, logvar, [0, 1]))
    grid = packed[0].reshape(spec.height, spec.width)
    left, right, bottom, top = spec.bounds
    row, column = 100, 170
    place = (
        left + (column + 0.5) * (right - left) / spec.width,
        bottom + (row + 0.5) * (top - bottom) / spec.height,
    )
    parts = zip(mu, np.exp(logvar), strict=True)
    density = np.mean([multivariate_normal(m, np.diag(v)).pdf(place) for m, v in parts])
    assert grid[row, column] == pytest.approx(np.log(density), abs=0.01)


def test_holes_are_dark_where_the_prior_draws_and_no_image_lies(packed):
    # All images on the right: the left half within 2 sigma of the prior is a hole.
    mu = np.random.default_rng(3).normal((1.0, 0), 0.1, (200, 2))
    spec, _ = make_field("holes", None, encodings(mu, np.full((200, 2), -3.0), [0] * 200))
    grid = packed[0].reshape(spec.height, spec.width)
    left, right, bottom, top = spec.bounds

    def at(x, y):
        row = int((y - bottom) / (top - bottom) * spec.height)
        return grid[row, int((x - left) / (right - left) * spec.width)]

    assert at(-1.0, 0.0) == spec.low  # as low as the scale goes
    spread = np.sqrt(0.01 + np.exp(-3.0))
    expected = 2 * norm(0, spread).logpdf(0) - norm.logpdf(1) - norm.logpdf(0)
    assert at(1.0, 0.0) == pytest.approx(expected, abs=0.2)
    assert np.isnan(at(1.9, 1.9))  # outside 2 sigma there is nothing to judge


def test_contours_enclose_their_share_of_the_mass():
    encoded = encodings([[0.0, 0.0]], np.log([[0.49, 0.49]]), [0])
    (spec,), _ = make_contours("all", encoded)
    # For one Gaussian a share s lies within the radius sigma sqrt(-2 log(1 - s)).
    for level, share in zip(spec.levels, (0.5, 0.9), strict=True):
        density = (1 - share) / (2 * np.pi * 0.49)
        assert level.value == pytest.approx(np.log(density), abs=0.05)
        assert level.text == f"{share:.0%}"


def test_each_class_has_its_own_line():
    mu = np.random.default_rng(4).normal(size=(30, 2))
    specs, _ = make_contours("class", encodings(mu, np.zeros((30, 2)), [0, 1, 4] * 10))
    assert [spec.label for spec in specs] == [0, 1, 4]
    assert len({spec.colour for spec in specs}) == 3


@pytest.mark.parametrize("name", layers.HEAT_MAPS)
def test_every_heat_map_fills_its_bounds_and_says_what_there_is_to_see(
    name: str, packed: list[np.ndarray]
) -> None:
    config = ModelConfig(image_shape=(3, 3), hidden=(5,), decoder_hidden=(5,))
    model = VAE.create(config, torch.Generator().manual_seed(0))
    mu = np.random.default_rng(5).normal(size=(40, 2))
    spec, _ = make_field(name, model, encodings(mu, np.full((40, 2), -2.0), [0] * 40))
    assert len(packed[0]) == spec.width * spec.height
    assert np.isfinite(packed[0]).any()
    assert spec.low < spec.high
    assert spec.bounds == bounds_of(mu.astype(np.float32))
    assert layers.HEAT_MAPS[name].about.endswith(".")
