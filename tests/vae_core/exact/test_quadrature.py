"""log p(x) by adaptive quadrature, against closed forms and plain fine grids."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.special import log_expit, logsumexp
from scipy.stats import norm
from torch import nn

from tests.oracles import Plane, decoder_logits
from tests.vae_core.exact.helpers import gaussian_model, linear_toy
from vae_core.data import binarise_fixed, load_split
from vae_core.exact import cells
from vae_core.exact import quadrature as module
from vae_core.exact.quadrature import Quadrature
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint


@pytest.mark.parametrize("sigma", [0.5, 0.1, 0.01])
def test_a_linear_model_has_its_closed_form(sigma: float) -> None:
    """The narrowest posterior is thirty times narrower than a coarse cell."""
    model, density = linear_toy(sigma)
    quadrature = Quadrature(model)
    for x_D in np.random.default_rng(1).uniform(0.2, 0.8, (4, 6)):
        rough = quadrature.evidence(x_D)
        assert rough.exact
        assert abs(rough.log_p - density.logpdf(x_D)) < rough.error
        fine = quadrature.evidence(x_D, tolerance=1e-6)
        assert fine.log_p == pytest.approx(density.logpdf(x_D), abs=1e-6)


def test_mean_and_cells_are_those_of_the_posterior() -> None:
    sigma = 0.1
    model, _ = linear_toy(sigma)
    w_D2, b_D = (value.detach().numpy() for value in model.decoder.parameters())
    x_D = np.random.default_rng(2).uniform(0.2, 0.8, 6)
    evidence = Quadrature(model).evidence(x_D, tolerance=1e-6)
    covariance = np.linalg.inv(w_D2.T @ w_D2 / sigma**2 + np.eye(2))
    mean = covariance @ w_D2.T @ (x_D - b_D) / sigma**2
    np.testing.assert_allclose(evidence.mean_Z, mean, atol=1e-6)
    assert np.abs(evidence.mode_Z - mean).max() < np.sqrt(covariance.diagonal().max())
    share_C = np.exp(evidence.log_mass_C)
    assert share_C.sum() == pytest.approx(1)
    beyond = evidence.centre_C2[:, 0] - evidence.size_C / 2 >= 0
    before = evidence.centre_C2[:, 0] + evidence.size_C / 2 <= 0
    assert (beyond | before).all()  # the axes are edges of cells
    expected = norm.sf(0, mean[0], np.sqrt(covariance[0, 0]))
    assert share_C[beyond].sum() == pytest.approx(expected, abs=1e-5)


class Folded(nn.Module):
    """(z1, z2) -> (|z1 - fold|, z2): every image has two posterior modes."""

    def __init__(self, fold: float = 0.0) -> None:
        super().__init__()
        self.fold = fold

    def forward(self, z_B2: torch.Tensor) -> torch.Tensor:
        return torch.stack([(z_B2[:, 0] - self.fold).abs(), z_B2[:, 1]], dim=1)


@pytest.mark.parametrize("sigma", [0.2, 0.004])
def test_both_modes_count(sigma: float) -> None:
    x_D = np.array([0.83, 0.31])
    first, _ = quad(
        lambda z: norm.pdf(x_D[0], abs(z), sigma) * norm.pdf(z),
        -12, 12, points=(-x_D[0], 0, x_D[0]), epsabs=1e-13, limit=400,
    )  # fmt: skip
    expected = np.log(first) + norm.logpdf(x_D[1], 0, math.hypot(1, sigma))
    evidence = Quadrature(gaussian_model(Folded(), 2, sigma)).evidence(x_D, tolerance=1e-6)
    assert evidence.log_p == pytest.approx(expected, abs=1e-6)
    left = evidence.centre_C2[:, 0] < 0
    assert np.exp(evidence.log_mass_C[left]).sum() == pytest.approx(0.5, abs=1e-6)


def test_a_mode_between_the_nodes_counts_beside_one_on_a_node() -> None:
    """The coarse grid has nodes at twelfths: it sees one mode, and 13 nats less of the other."""
    sigma, fold = 0.008, 1 / 48
    x_D = np.array([10 / 12 - fold, 4 / 12])
    modes = fold + x_D[0], fold - x_D[0]
    # Each is a Gaussian of its own: the other and the fold are a hundred sigmas away.
    expected = np.logaddexp(*(norm.logpdf(mode, 0, math.hypot(1, sigma)) for mode in modes))
    expected += norm.logpdf(x_D[1], 0, math.hypot(1, sigma))
    evidence = Quadrature(gaussian_model(Folded(fold), 2, sigma)).evidence(x_D)
    assert evidence.exact
    assert abs(evidence.log_p - expected) < 0.01


def test_a_wider_plane_and_finer_cells_change_nothing(monkeypatch) -> None:
    model, _ = linear_toy(0.1)
    x_D = np.random.default_rng(3).uniform(0.2, 0.8, 6)
    before = Quadrature(model).evidence(x_D, tolerance=1e-6).log_p
    monkeypatch.setattr(cells, "COARSE", ((3.0, 0.125), (30.0, 1.0)))
    assert Quadrature(model).evidence(x_D, tolerance=1e-6).log_p == pytest.approx(before, abs=1e-6)


def test_a_trained_small_model_on_a_plain_grid(model, held_out) -> None:
    x_ND = binarise_fixed(held_out.x_ND, seed=0).double().numpy()
    grid, quadrature = Plane(model), Quadrature(model)
    for x_D in x_ND[:5]:
        evidence = quadrature.evidence(x_D, tolerance=1e-6)
        assert evidence.log_p == pytest.approx(grid.log_evidence(x_D), abs=1e-6)


def test_turning_the_plane_changes_nothing(model, held_out) -> None:
    x_D = binarise_fixed(held_out.x_ND, seed=0)[3].double().numpy()
    before = Quadrature(model).evidence(x_D, tolerance=1e-7).log_p
    turned = copy.deepcopy(model).double()
    angle = torch.tensor(0.7, dtype=torch.float64)
    turn = torch.stack(
        [torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])]
    )
    with torch.no_grad():
        turned.decoder[0].weight.copy_(turned.decoder[0].weight @ turn)
    after = Quadrature(turned).evidence(x_D, tolerance=1e-7).log_p
    assert after == pytest.approx(before, abs=1e-6)


@torch.no_grad()
def brute_force(model, x_ND: torch.Tensor, half: float, steps: int, fine: int) -> np.ndarray:
    """Midpoints of a plain grid; where it is within 16 nats of the best, of one ``fine`` times
    finer. log p(x) of each image, shape (N,)."""

    def log_joint(z_G2):
        output_GD = model.decoder(z_G2.float())
        product_GN = (output_GD @ x_ND.T).double()
        softplus_G1 = nn.functional.softplus(output_GD).sum(1, dtype=torch.float64)[:, None]
        square_G1 = (z_G2**2).sum(1)[:, None]
        return product_GN - softplus_G1 - 0.5 * square_G1 - math.log(2 * math.pi)

    size = 2 * half / steps
    axis = (torch.arange(steps, dtype=torch.float64) + 0.5) * size - half
    z_G2 = torch.cartesian_prod(axis, axis)
    rough_GN = torch.cat([log_joint(part) for part in z_G2.split(4000)])
    offset = ((torch.arange(fine, dtype=torch.float64) + 0.5) / fine - 0.5) * size
    offset_F2 = torch.cartesian_prod(offset, offset)
    result = []
    for n in range(len(x_ND)):
        near = rough_GN[:, n] > rough_GN[:, n].max() - 16
        values = [rough_GN[~near, n] + 2 * math.log(size)]
        for centre_G2 in z_G2[near].split(64):
            fine_G2 = (centre_G2[:, None] + offset_F2).reshape(-1, 2)
            values.append(log_joint(fine_G2)[:, n] + 2 * math.log(size / fine))
        result.append(logsumexp(torch.cat(values).numpy()))
    return np.array(result)


@pytest.mark.parametrize(
    ("name", "fine"), [("8", 2), ("2", 8), ("1", 10), ("0.5", 10), ("0.1", 10)]
)
def test_the_bundled_models_against_brute_force(name: str, fine: int) -> None:
    """Property: within 0.01 nats of a fine grid, in a box that holds the prior."""
    loaded = load_checkpoint(BUNDLED / f"mnist-2d-beta-{name}.safetensors")
    grey_ND = load_split("mnist-5k", "test").x_ND[[0, 400, 800]]
    x_ND = torch.cat([grey_ND[:1], binarise_fixed(grey_ND, seed=0)])
    expected_N = brute_force(loaded.model, x_ND, 6.0, 240, fine)
    mu_NZ = loaded.model.encode(x_ND)[0].detach().numpy()
    quadrature = Quadrature(loaded.vae)
    together = quadrature.evidences(x_ND.double().numpy(), mu_NZ)
    for x_D, evidence, expected in zip(x_ND.double().numpy(), together, expected_N, strict=True):
        assert evidence.exact
        assert abs(evidence.log_p - expected) < 0.01
        # Alone, and without the encoder's mean as a hint, an image is no other.
        alone = quadrature.evidence(x_D)
        assert alone.log_p == pytest.approx(evidence.log_p, abs=1e-3)
        assert alone.points == evidence.points


@pytest.mark.parametrize("place", [0.0, 0.25, 0.26, 0.28, 0.125, 0.2083])
def test_a_narrow_mode_counts_wherever_it_lies_in_a_cell(place: float) -> None:
    """Across an edge too: each side carries a part that its own nodes may not see."""
    model, density = linear_toy(0.006)
    with torch.no_grad():
        x_D = model.decoder(torch.tensor([[place, -0.2361]], dtype=torch.float64))[0].numpy()
    evidence = Quadrature(model).evidence(x_D)
    assert evidence.exact
    assert abs(evidence.log_p - density.logpdf(x_D)) < 0.01


class Spike(nn.Module):
    """A pixel of 0, but for a bell of 1 around a place."""

    def __init__(self, place: tuple[float, float], width: float) -> None:
        super().__init__()
        self.place, self.width = place, width

    def forward(self, z_B2: torch.Tensor) -> torch.Tensor:
        away_B2 = (z_B2 - torch.tensor(self.place, dtype=z_B2.dtype)) / self.width
        return torch.exp(-0.5 * (away_B2**2).sum(1, keepdim=True))


def test_a_hint_shows_a_mode_that_no_node_of_the_coarse_grid_sees() -> None:
    place, width, sigma = (0.541, -0.377), 0.003, 0.1
    quadrature = Quadrature(gaussian_model(Spike(place, width), 1, sigma))
    # Around the place, in rings; the prior is level there, and elsewhere there is next to nothing.
    ring, _ = quad(
        lambda r: r * norm.pdf(1, np.exp(-0.5 * r**2), sigma), 0, 12, epsabs=1e-13, limit=400
    )
    expected = np.log(2 * np.pi * width**2 * ring) + norm.logpdf(place).sum()
    x_1D, hint_1Z = np.ones((1, 1)), np.array([place]) + 0.001
    (evidence,) = quadrature.evidences(x_1D, hint_1Z)
    assert evidence.exact
    assert evidence.log_p == pytest.approx(expected, abs=0.01)
    assert np.abs(evidence.mode_Z - place).max() < width
    assert quadrature.evidence(x_1D[0]).log_p < expected - 10  # what the hint is for


def test_running_out_of_points_is_told(monkeypatch) -> None:
    model, _ = linear_toy(0.01)
    monkeypatch.setattr(module, "_MOST_POINTS", 0)
    assert not Quadrature(model).evidence(np.full(6, 0.5)).exact


def test_grids_hold_log_p_of_x_given_z(model, held_out) -> None:
    x_D = held_out.x_ND[0].double().numpy()
    quadrature = Quadrature(model)
    tables = [
        ((-1.0, 2.0, 0.5, 3.5), quadrature.log_likelihood_grid(x_D, (-1.0, 2.0, 0.5, 3.5), 7)),
        quadrature.coarse_log_likelihood(x_D),
    ]
    for (left, right, bottom, top), table in tables:
        across, up = np.linspace(left, right, len(table)), np.linspace(bottom, top, len(table))
        for row, column in ((0, 0), (1, 4), (-1, 3), (-2, -1)):
            logits_1D = decoder_logits(model, np.array([[across[column], up[row]]]))
            expected = (log_expit(logits_1D) @ x_D + log_expit(-logits_1D) @ (1 - x_D))[0]
            assert table[row, column] == pytest.approx(expected, abs=1e-3)


def test_bad_input_is_told_in_one_sentence() -> None:
    model, _ = linear_toy(0.1)
    quadrature = Quadrature(model)
    with pytest.raises(ValueError, match="6 numbers from 0 to 1"):
        quadrature.evidence(np.zeros(5))
    with pytest.raises(ValueError, match="from 0 to 1"):
        quadrature.evidence(np.full(6, np.nan))
    model.config.latent_dim = 3
    with pytest.raises(ValueError, match="2 latent dimensions"):
        Quadrature(model)
