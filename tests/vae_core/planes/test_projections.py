import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsRegressor

from vae_core.jobs import UmapRequest
from vae_core.planes.projections import (
    axes_plane,
    identity_plane,
    pca_plane,
    plane_axes,
    plane_name,
    plane_to_latent,
    projections_for,
    umap_plane,
    umap_settings,
)
from vae_core.planes.umap_layout import DEFAULT_UMAP, UmapSettings, load_umap, save_umap

RNG = np.random.default_rng(0)
MU_NZ = (RNG.standard_normal((200, 6)) * [3, 2, 1, 0.5, 0.2, 0.1]).astype(np.float32)


def test_two_dimensions_are_shown_as_they_are() -> None:
    plane = identity_plane(MU_NZ[:, :2])
    assert not plane.projected
    np.testing.assert_array_equal(plane.xy_N2, MU_NZ[:, :2])
    assert projections_for(2) == ("identity",)


def test_one_dimension_keeps_its_value_and_only_spreads_upwards() -> None:
    plane = identity_plane(MU_NZ[:, :1])
    np.testing.assert_array_equal(plane.xy_N2[:, 0], MU_NZ[:, 0])
    assert plane.axis_titles[1] == ""
    assert np.abs(plane.xy_N2[:, 1]).max() <= 1
    np.testing.assert_array_equal(plane.place(MU_NZ[:3, :1], MU_NZ[:, :1])[:, 1], 0)


def test_pca_is_scikit_learns_up_to_sign() -> None:
    plane = pca_plane(MU_NZ)
    expected = PCA(2).fit_transform(MU_NZ.astype(np.float64))
    np.testing.assert_allclose(np.abs(plane.xy_N2), np.abs(expected), atol=1e-4)
    assert plane.projected


def test_pca_places_new_latents_exactly() -> None:
    plane = pca_plane(MU_NZ)
    np.testing.assert_allclose(plane.place(MU_NZ[:5], MU_NZ), plane.xy_N2[:5], atol=1e-4)


def test_axes_show_two_dimensions_as_they_are() -> None:
    kl_Z = np.array([0.1, 2.0, 0.0, 1.25, 0.3, 0.4])
    plane = axes_plane(MU_NZ, (3, 1), kl_Z)
    np.testing.assert_array_equal(plane.xy_N2, np.stack([MU_NZ[:, 3], MU_NZ[:, 1]], axis=1))
    assert plane.axis_titles == ("z4 (KL 1.25 nats)", "z2 (KL 2.00 nats)")
    assert plane.projected, "a place of it is no latent by itself"
    z = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    np.testing.assert_allclose(plane.place(z, MU_NZ), [[4.0, 2.0]], atol=1e-12)


@pytest.mark.parametrize("axes", [(2, 2), (0, 6), (-1, 0)])
def test_axes_must_be_two_dimensions_of_the_space(axes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="two different dimensions of z1 to z6"):
        axes_plane(MU_NZ, axes, np.zeros(6))


def test_a_planes_name_says_all_that_it_depends_on() -> None:
    assert plane_name("pca") == "pca"
    assert plane_name("axes", axes=(0, 15)) == "axes-1-16"
    assert plane_axes("axes-1-16") == (0, 15)
    assert plane_axes("pca") is None
    assert plane_name("umap") == "umap"
    other = UmapSettings(30, 0.25)
    assert plane_name("umap", umap=other) == "umap-30-0.25"
    assert umap_settings("umap-30-0.25") == other
    assert umap_settings("umap") == DEFAULT_UMAP
    assert umap_settings("axes-1-2") is None


def test_umap_settings_out_of_range_are_told_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="neighbours must be 2 to 200, got 1"):
        UmapSettings(neighbours=1)
    with pytest.raises(ValueError, match=r"min_dist must be 0 to 0\.99, got 2"):
        UmapRequest("a", "b", min_dist=2.0)


def test_a_place_is_decoded_through_the_nearest_latents() -> None:
    """Oracle: scikit-learn's neighbour regression with inverse squared distances."""
    xy = RNG.standard_normal((200, 2))
    places = RNG.standard_normal((20, 2))
    oracle = KNeighborsRegressor(8, weights=lambda d: 1 / d**2).fit(xy, MU_NZ).predict(places)
    ours = [plane_to_latent(xy, MU_NZ, place) for place in places]
    np.testing.assert_allclose(ours, oracle, atol=1e-5)


def test_a_place_on_an_image_gives_its_own_latent() -> None:
    xy = RNG.standard_normal((200, 2))
    np.testing.assert_allclose(plane_to_latent(xy, MU_NZ, xy[7]), MU_NZ[7], atol=1e-4)


def test_umap_places_a_known_latent_where_it_was_laid_out() -> None:
    xy = RNG.standard_normal((200, 2)).astype(np.float32)
    plane = umap_plane(xy, 6)
    np.testing.assert_allclose(plane.place(MU_NZ[:3], MU_NZ), xy[:3], atol=1e-4)


def test_a_fitted_plane_is_only_loaded_for_its_own_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "a.umap.npz"
    xy = RNG.standard_normal((5, 2)).astype(np.float32)
    save_umap(path, xy, "digest")
    np.testing.assert_array_equal(load_umap(path, "digest", 5), xy)
    assert load_umap(path, "another", 5) is None
    assert load_umap(path, "digest", 6) is None
    np.savez(path, xy=xy.astype(str), digest=np.array("digest"))
    assert load_umap(path, "digest", 5) is None
    path.write_bytes(b"broken")
    assert load_umap(path, "digest", 5) is None
    assert load_umap(tmp_path / "missing.npz", "digest", 5) is None


FIT = """
import sys
import numpy as np
from vae_core.planes.umap_layout import UmapSettings, fit_umap
mu_NZ, path = np.load(sys.argv[1]), sys.argv[2]
np.save(path, fit_umap(mu_NZ, UmapSettings(neighbours=5)))
"""


def test_umap_keeps_two_far_clusters_apart(tmp_path: Path) -> None:
    """A true fit, of umap-learn's own code as plain Python: to compile it takes ten times as
    long as to run it on so few points."""
    clusters = np.concatenate([MU_NZ[:40], MU_NZ[:40] + 50]).astype(np.float32)
    np.save(tmp_path / "mu.npy", clusters)
    subprocess.run(
        [sys.executable, "-c", FIT, str(tmp_path / "mu.npy"), str(tmp_path / "xy.npy")],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"},
        check=True,
    )
    xy = np.load(tmp_path / "xy.npy")
    assert xy.shape == (80, 2)
    middle = xy[:40].mean(0), xy[40:].mean(0)
    spread = max(xy[:40].std(), xy[40:].std())
    assert np.linalg.norm(middle[0] - middle[1]) > 2 * spread


NAMES = st.text(alphabet="axesump-0123456789.e") | st.text()


@given(NAMES | st.builds("axes-{}".format, NAMES) | st.builds("umap-{}".format, NAMES))
@example("umap-5")
def test_any_name_of_a_plane_is_read_or_a_value_error(name: str) -> None:
    for read in (plane_axes, umap_settings):
        with suppress(ValueError):
            read(name)


@given(st.tuples(st.integers(0, 99), st.integers(0, 99)), st.integers(2, 200), st.floats(0, 0.99))
def test_a_planes_name_comes_back(axes: tuple[int, int], neighbours: int, share: float) -> None:
    assert plane_axes(plane_name("axes", axes=axes)) == axes
    settings = UmapSettings(neighbours, round(share, 2))
    assert umap_settings(plane_name("umap", umap=settings)) == settings
