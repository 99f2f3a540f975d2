"""Which images keep their label."""

from __future__ import annotations

import pytest
import torch

from vae_core.data.label_subset import UNKNOWN, choose_labelled, known_labels

LABELS = torch.tensor([0, 1, 2, 1, 0, 0, 1, 2, 2, 1, 0, 2, 1])


@pytest.mark.parametrize("per_class", [1, 2, 4])
def test_as_many_of_each_class_as_asked_for(per_class):
    chosen_L = choose_labelled(LABELS, per_class, seed=0)
    assert torch.bincount(LABELS[chosen_L]).tolist() == [per_class] * 3
    assert chosen_L.tolist() == sorted(set(chosen_L.tolist()))


def test_the_seed_decides_and_more_labels_include_fewer():
    label_N = torch.arange(10).repeat(50)
    one, five, other = (
        set(choose_labelled(label_N, per_class, seed).tolist())
        for per_class, seed in ((1, 3), (5, 3), (5, 4))
    )
    assert one < five
    assert five != other
    assert five == set(choose_labelled(label_N, 5, seed=3).tolist())


def test_zero_keeps_all_labels():
    assert choose_labelled(LABELS, 0, seed=0).tolist() == list(range(13))
    assert torch.equal(known_labels(LABELS, 0, seed=0), LABELS)


def test_the_other_labels_are_unknown():
    known_N = known_labels(LABELS, 1, seed=7)
    chosen_L = choose_labelled(LABELS, 1, seed=7)
    assert torch.equal(known_N[chosen_L], LABELS[chosen_L])
    assert (known_N == UNKNOWN).sum() == 10


def test_too_few_images_of_a_class_are_named():
    with pytest.raises(ValueError, match="class 0 has only 4 images"):
        choose_labelled(LABELS, 5, seed=0)
