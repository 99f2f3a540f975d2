"""Batches: which pixels come out grey, drawn anew, or drawn once."""

from __future__ import annotations

import math

import torch

from vae_core.data.batches import batches

GREYS = torch.tensor([0.0, 1 / 255, 0.1, 0.5, 0.9, 254 / 255, 1.0])


def test_dynamic_binarisation_draws_ink_with_the_grey_value_as_probability():
    repeats = 200_000
    x_ND = GREYS.expand(repeats, -1)
    draw = batches(x_ND, "dynamic", 0)
    generator = torch.Generator().manual_seed(0)
    x_BD = draw(torch.arange(repeats), generator)
    assert x_BD.dtype == torch.float32
    assert x_BD.unique().tolist() == [0.0, 1.0]
    share_D = x_BD.double().mean(0)
    slack_D = 4 * (GREYS * (1 - GREYS) / repeats).sqrt() + 2**-16
    assert ((share_D - GREYS).abs() <= slack_D + 4 * math.sqrt(2**-16 / repeats)).all()
    assert share_D[0] == 0  # the background never flickers
    # Four pixels are cut from one random word: neighbours must not move together.
    correlation = torch.corrcoef(x_BD[:, 1:6].T.double())
    assert (correlation - torch.eye(5)).abs().max() < 5 / math.sqrt(repeats)
    assert not torch.equal(x_BD, draw(torch.arange(repeats), generator))  # anew each time


def test_other_binarisations_give_the_same_image_every_time(images):
    index_B, generator = torch.tensor([5, 5, 9]), torch.Generator().manual_seed(0)
    grey = batches(images.x_ND, "none", 0)
    assert torch.equal(grey(index_B, generator), images.x_ND[index_B])
    fixed = batches(images.x_ND, "fixed", 1)
    x_BD = fixed(index_B, generator)
    assert x_BD.unique().tolist() == [0.0, 1.0]
    assert torch.equal(x_BD[0], x_BD[1])
    assert torch.equal(x_BD, fixed(index_B, generator))
