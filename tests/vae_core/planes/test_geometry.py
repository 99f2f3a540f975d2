import numpy as np
import pytest
import torch
from scipy.special import expit

from tests.oracles import decoder_logits
from vae_core.config import Activation, ModelConfig
from vae_core.models.vae import VAE
from vae_core.planes.geometry import magnification_grid, spherical_path, straight_path

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


def log_area_factor(model: VAE, z_2: np.ndarray, step: float = 1e-5) -> float:
    """The definition, from central differences of a float64 decoder."""
    shifts = step * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    right, left, up, down = decoder_logits(model, z_2 + shifts)
    J_D2 = np.stack([right - left, up - down], axis=1) / (2 * step)
    p_D = expit(decoder_logits(model, z_2[None])[0])
    G_22 = J_D2.T @ np.diag(p_D * (1 - p_D)) @ J_D2
    return float(np.log(np.sqrt(np.linalg.det(G_22))))


def test_magnification_is_the_root_of_the_determinant_of_the_metric(model: VAE) -> None:
    found_HW = magnification_grid(model, (-3.0, 3.0, -1.0, 2.0), 30, 20)  # cells of 0.2 x 0.15
    assert found_HW.shape == (20, 30)
    for row, column in [(0, 0), (0, 29), (7, 13), (19, 4), (19, 29)]:
        z_2 = np.array([-2.9 + 0.2 * column, -0.925 + 0.15 * row])
        assert found_HW[row, column] == pytest.approx(log_area_factor(model, z_2), abs=1e-4)


@pytest.mark.parametrize("activation", ["gelu", "relu", "tanh"])
def test_magnification_follows_every_activation(activation: Activation) -> None:
    """Oracle: torch's reverse-mode Jacobian."""
    config = ModelConfig(
        image_shape=(3, 3),
        latent_dim=2,
        hidden=(8,),
        decoder_hidden=(8, 8),
        activation=activation,
    )
    model = VAE.create(config, torch.Generator().manual_seed(0))
    found = magnification_grid(model, (0.3, 0.5, -0.4, -0.2), 1, 1)[0, 0]
    J_D2 = torch.autograd.functional.jacobian(model.decoder, torch.tensor([0.4, -0.3])).double()
    p_D = model.decode(torch.tensor([[0.4, -0.3]]))[0].detach().double()
    G_22 = J_D2.T @ torch.diag(p_D * (1 - p_D)) @ J_D2
    assert found == pytest.approx(0.5 * torch.logdet(G_22).item(), abs=1e-4)


def test_a_plane_squeezed_to_a_line_is_very_small_and_finite(model: VAE) -> None:
    squeezed = VAE(model.config)
    squeezed.load_state_dict(model.state_dict())
    with torch.no_grad():
        squeezed.decoder[0].weight[:, 1] = 0
    found_HW = magnification_grid(squeezed, (-1.0, 1.0, -1.0, 1.0), 3, 3)
    assert np.isfinite(found_HW).all()
    assert found_HW.max() < -30


def test_magnification_needs_a_plane() -> None:
    config = ModelConfig(image_shape=(3, 3), latent_dim=3, hidden=(4,), decoder_hidden=(4,))
    model = VAE.create(config, torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="needs 2 latent dimensions, got 3"):
        magnification_grid(model, (-1.0, 1.0, -1.0, 1.0), 2, 2)
