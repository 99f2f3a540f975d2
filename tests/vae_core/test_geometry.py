import numpy as np
import pytest

from vae_core.geometry import spherical_path, straight_path

A, B = np.array([3.0, 0.0, 4.0]), np.array([-1.0, 2.0, 2.0])


def test_straight_path_has_both_ends_and_constant_steps() -> None:
    path = straight_path(A, B, 9)
    np.testing.assert_array_equal(path[[0, -1]], [A, B])
    np.testing.assert_allclose(np.diff(path, axis=0), np.tile((B - A) / 8, (8, 1)), atol=1e-15)


def test_spherical_path_between_unit_vectors_is_the_great_circle() -> None:
    """Oracle: rotate a towards b in their plane by equal angles (Rodrigues)."""
    rng = np.random.default_rng(0)
    a, b = (v / np.linalg.norm(v) for v in rng.standard_normal((2, 16)))
    angle = np.arccos(a @ b)
    normal = b - (a @ b) * a
    normal /= np.linalg.norm(normal)
    turns = np.linspace(0, angle, 7)[:, None]
    expected = np.cos(turns) * a + np.sin(turns) * normal
    np.testing.assert_allclose(spherical_path(a, b, 7), expected, atol=1e-12)


def test_spherical_path_changes_length_geometrically() -> None:
    lengths = np.linalg.norm(spherical_path(A, B, 5), axis=1)
    np.testing.assert_allclose(lengths, 5.0 * (3.0 / 5.0) ** np.linspace(0, 1, 5), rtol=1e-12)


@pytest.mark.parametrize("end", [2 * A, -A, 0 * A, A])
def test_spherical_path_without_a_unique_arc_is_straight(end: np.ndarray) -> None:
    np.testing.assert_allclose(spherical_path(A, end, 5), straight_path(A, end, 5), atol=1e-12)


@pytest.mark.parametrize("path", [straight_path, spherical_path])
def test_bad_ends_are_refused_in_one_sentence(path) -> None:
    with pytest.raises(ValueError, match="one shape"):
        path(A, A[:2], 5)
    with pytest.raises(ValueError, match="at least 2 steps"):
        path(A, B, 1)
