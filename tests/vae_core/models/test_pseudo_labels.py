"""k-means pseudo-labels: clusters, their names, and the matching."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from vae_core.config import ModelConfig
from vae_core.data.label_subset import UNKNOWN
from vae_core.models.pseudo_labels import (
    PseudoLabels,
    cluster_accuracy,
    fit_clusters,
    matching,
    name_clusters,
)


def blobs(per_blob: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Points around four far corners, and which corner."""
    random = np.random.default_rng(seed)
    corner_N = np.repeat(np.arange(4), per_blob)
    centre = np.array([[0, 0], [0, 10], [10, 0], [10, 10]])[corner_N]
    points = centre + random.normal(0, 0.5, centre.shape)
    return torch.from_numpy(points.astype(np.float32)), torch.from_numpy(corner_N)


def test_k_means_finds_blobs_and_is_the_same_for_the_same_seed():
    mu_NZ, corner_N = blobs(30, seed=0)
    centre_CZ = torch.from_numpy(fit_clusters(mu_NZ, 4, seed=1))
    means_CZ = torch.stack([mu_NZ[corner_N == corner].mean(0) for corner in range(4)])
    nearest = torch.cdist(means_CZ, centre_CZ)
    assert sorted(nearest.argmin(1).tolist()) == [0, 1, 2, 3]
    assert nearest.min(1).values.max() < 1e-5
    np.testing.assert_array_equal(centre_CZ, fit_clusters(mu_NZ, 4, seed=1))


def test_more_clusters_than_images_are_refused():
    with pytest.raises(ValueError, match="5 clusters need as many images, there are 4"):
        fit_clusters(torch.eye(4), 5, seed=0)


def test_clusters_are_named_by_vote_then_by_the_nearest_label():
    centre_CZ = torch.tensor([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]])
    mu_LZ = torch.tensor([[0.1, 0], [1, 0], [2, 0], [9, 0], [12, 0.0], [14, 0]])
    label_L = torch.tensor([7, 3, 3, 5, 1, 1])
    # 0: 3 wins by 2 to 1 although 7 is nearer. 1: 1 wins by 2 to 1. 2: no label; 1 is nearest.
    assert name_clusters(centre_CZ, mu_LZ, label_L).tolist() == [3, 1, 1]
    # 1: a tie of 5 and 1, and 5 is nearer. A class far away may be nearer than neither.
    assert name_clusters(centre_CZ, mu_LZ[:5], label_L[:5]).tolist() == [3, 5, 1]


@pytest.mark.parametrize("clusters", [2, 3, 4])
def test_the_matching_is_the_best_of_all_assignments(clusters):
    classes = 3
    random = np.random.default_rng(clusters)
    cluster_N, label_N = random.integers(0, clusters, 200), random.integers(0, classes, 200)
    label_N[:80] = cluster_N[:80] % classes
    ours_C = matching(torch.from_numpy(cluster_N), torch.from_numpy(label_N), clusters, classes)
    ours = (ours_C.numpy()[cluster_N] == label_N).sum()
    names = [*range(classes), *[UNKNOWN] * (clusters - 1)]
    best = max(
        (np.array(choice)[cluster_N] == label_N).sum()
        for choice in itertools.permutations(names, clusters)
    )
    assert ours == best
    used = [name for name in ours_C.tolist() if name != UNKNOWN]
    assert len(used) == len(set(used)) == min(clusters, classes)


def test_settling_names_every_image_and_keeps_the_true_labels():
    config = ModelConfig(
        model="pseudo-labels",
        image_shape=(1, 2),
        hidden=(),
        decoder_hidden=(),
        classes=4,
        clusters=4,
    )
    model = PseudoLabels.create(config, torch.Generator().manual_seed(0))
    with torch.no_grad():  # mu(x) = x
        model.vae.encoder.net[0].weight.copy_(torch.eye(4, 2))
        model.vae.encoder.net[0].bias.zero_()
    x_ND, corner_N = blobs(20, seed=3)
    truth_N = torch.tensor([2, 0, 3, 1])[corner_N]
    known_N = torch.full((80,), UNKNOWN)
    known_N[[3, 25, 47, 66]] = truth_N[[3, 25, 47, 66]]
    known_N[5] = 1  # a wrong label that stays, though its neighbours' is another
    known_N[[6, 7]] = 2
    learnt_N = model.settle(x_ND, known_N, seed=0)
    expected_N = truth_N.clone()
    expected_N[5] = 1
    assert torch.equal(learnt_N, expected_N)
    assert torch.equal(model.pseudo_labels(x_ND), truth_N)
    for corner in range(4):
        assert len(set(model.clusters(x_ND)[corner_N == corner].tolist())) == 1


def test_cluster_accuracy_is_fitted_on_one_part_and_scored_on_the_other():
    (fit_NZ, fit_N), (test_NZ, test_N) = blobs(20, seed=0), blobs(10, seed=1)
    name = torch.tensor([2, 0, 3, 1])  # of each corner; clusters come in an order of their own
    truth_N = name[test_N].clone()
    truth_N[:6] = (truth_N[:6] + 1) % 4
    assert cluster_accuracy(fit_NZ, name[fit_N], test_NZ, truth_N, seed=0) == 34 / 40
