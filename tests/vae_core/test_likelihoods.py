"""Likelihoods and their hand-written gradients against torch.distributions and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import expit

from vae_core.likelihoods import LIKELIHOODS, bernoulli_nll


def reference_nll(logits_BD: torch.Tensor, x_BD: torch.Tensor) -> torch.Tensor:
    # Grey values are outside the support; log_prob is then the cross-entropy.
    bernoulli = torch.distributions.Bernoulli(logits=logits_BD, validate_args=False)
    return -bernoulli.log_prob(x_BD).sum(dim=1)


def logits_and(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits_BD = 5 * torch.randn(40, 30, generator=generator, dtype=torch.float64)
    x_BD = torch.rand(40, 30, generator=generator, dtype=torch.float64)
    return logits_BD, x_BD.round() if kind == "binary" else x_BD


@pytest.mark.parametrize("kind", ["binary", "grey"])
def test_bernoulli_is_the_summed_negative_log_probability(kind):
    logits_BD, x_BD = logits_and(kind)
    nll_B = bernoulli_nll(logits_BD, x_BD)
    torch.testing.assert_close(nll_B, reference_nll(logits_BD, x_BD), rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", ["binary", "grey"])
def test_bernoulli_gradient_is_that_of_the_reference(kind):
    logits_BD, x_BD = logits_and(kind)
    logits_BD.requires_grad_()
    weight_B = torch.linspace(-1, 2, 40, dtype=torch.float64)  # a different pull on each image
    (ours,) = torch.autograd.grad(bernoulli_nll(logits_BD, x_BD) @ weight_B, logits_BD)
    (theirs,) = torch.autograd.grad(reference_nll(logits_BD, x_BD) @ weight_B, logits_BD)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_certain_decoders_stay_finite():
    logits_BD = torch.tensor([[1e4, -1e4], [1e4, -1e4]])
    x_BD = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert bernoulli_nll(logits_BD, x_BD).tolist() == [0.0, 2e4]


def test_an_undecided_pixel_costs_log_two_and_pixels_are_summed():
    nll_B = bernoulli_nll(torch.zeros(2, 784), torch.ones(2, 784))
    assert nll_B.tolist() == pytest.approx([784 * np.log(2)] * 2)


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(1, 3\)"):
        bernoulli_nll(torch.zeros(2, 3), torch.zeros(1, 3))


def test_the_mean_image_of_bernoulli_is_the_probability_of_ink():
    logits_BD = torch.linspace(-20, 20, 41).reshape(1, 41)
    mean_BD = LIKELIHOODS["bernoulli"].mean(logits_BD)
    np.testing.assert_allclose(mean_BD.numpy(), expit(logits_BD.numpy()), rtol=1e-5)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_every_row_gives_one_number_per_image_and_means_in_the_unit_interval(name):
    row = LIKELIHOODS[name]
    output_BD, x_BD = (
        torch.randn(4, 6, generator=torch.Generator().manual_seed(0)),
        torch.ones(4, 6),
    )
    assert row.nll(output_BD, x_BD).shape == (4,)
    mean_BD = row.mean(output_BD)
    assert mean_BD.shape == (4, 6)
    assert mean_BD.min() >= 0
    assert mean_BD.max() <= 1
