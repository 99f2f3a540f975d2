"""Pseudo-labels: k-means on a VAE's latents, clusters named by the few labels, and a classifier.

Shape suffixes: B batch, N images, L images with a label, C clusters, D pixels, K classes,
Z latent dimensions.
Source: Lee 2013, "Pseudo-label", for training on guessed labels as on true ones.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.label_subset import UNKNOWN
from vae_core.models.classifier import PartlyLabelled, cross_entropy, gradients
from vae_core.models.networks import initialise, mlp
from vae_core.models.on_latents import OnVae

_STARTS = 5  # of k-means, the best of which is kept


class PseudoLabels(OnVae):
    """k-means on the posterior means of all training images, and an MLP on pixels."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.register_buffer("centre_CZ", torch.empty(config.clusters, config.latent_dim))
        self.register_buffer("cluster_class_C", torch.empty(config.clusters))  # whole numbers
        self.net = mlp((config.pixels, *config.hidden, config.classes), config.activation)

    centre_CZ: Tensor
    cluster_class_C: Tensor

    def initialise(self, generator: torch.Generator) -> None:
        super().initialise(generator)
        initialise(self.net, generator)
        self.centre_CZ.zero_()
        self.cluster_class_C.zero_()

    def settle(self, x_ND: Tensor, known_N: Tensor, seed: int) -> Tensor:
        """Fit k-means, name the clusters, and give every image its true or its pseudo-label."""
        mu_NZ = self.means(x_ND)
        self.centre_CZ.copy_(torch.from_numpy(fit_clusters(mu_NZ, self.config.clusters, seed)))
        labelled_N = known_N != UNKNOWN
        self.cluster_class_C.copy_(
            name_clusters(self.centre_CZ, mu_NZ[labelled_N], known_N[labelled_N])
        )
        return torch.where(labelled_N, known_N, self._class_of(self._nearest(mu_NZ)))

    def clusters(self, x_BD: Tensor) -> Tensor:
        """The cluster whose centre is nearest to each image's posterior mean, shape (B,)."""
        return self._nearest(self.means(x_BD))

    def pseudo_labels(self, x_BD: Tensor) -> Tensor:
        """The class after which each image's cluster is named, shape (B,)."""
        return self._class_of(self.clusters(x_BD))

    def log_probabilities(self, x_BD: Tensor) -> Tensor:
        """log p(y|x) of the classifier that learnt from the pseudo-labels, (B, K)."""
        return torch.log_softmax(self.net(x_BD), dim=-1)

    def objective_gradients(
        self,
        seen: PartlyLabelled,
        _config: TrainConfig,
        _beta: float,
        _generator: torch.Generator,
    ) -> list[Tensor]:
        loss = cross_entropy(self.log_probabilities(seen.x_LD), seen.label_L)
        return gradients(loss, self.second_stage())

    @torch.no_grad()
    def means(self, x_ND: Tensor) -> Tensor:
        """Posterior means of the VAE, among which the clusters lie, (N, Z)."""
        return torch.cat([self.vae.encode(x_BD)[0] for x_BD in x_ND.split(1000)])

    def _nearest(self, mu_BZ: Tensor) -> Tensor:
        return torch.cdist(mu_BZ, self.centre_CZ).argmin(dim=1)

    def _class_of(self, cluster_B: Tensor) -> Tensor:
        return self.cluster_class_C.long()[cluster_B]


def fit_clusters(mu_NZ: Tensor, clusters: int, seed: int) -> NDArray[np.float32]:
    """Centres of k-means, the best of five starts, shape (C, Z).

    Raises:
        ValueError: there are fewer images than clusters.
    """
    from sklearn.cluster import KMeans  # 1.8 s to import
    from threadpoolctl import threadpool_limits

    if len(mu_NZ) < clusters:
        raise ValueError(f"{clusters} clusters need as many images, there are {len(mu_NZ)}")
    with threadpool_limits(1):  # the order of sums, and with it the last bits
        means = KMeans(clusters, n_init=_STARTS, random_state=seed % 2**32)
        centre_CZ: NDArray[np.float32] = means.fit(mu_NZ.cpu().numpy()).cluster_centers_
    return centre_CZ


def name_clusters(centre_CZ: Tensor, mu_LZ: Tensor, label_L: Tensor) -> Tensor:
    """The class of each cluster, shape (C,): the most frequent among its labelled images.

    A tie, or a cluster without labelled images, goes to the class of the labelled image nearest
    to the centre (in a tie, of those classes).
    """
    distance_LC = torch.cdist(mu_LZ, centre_CZ)
    cluster_L = distance_LC.argmin(dim=1)
    names = []
    for cluster in range(len(centre_CZ)):
        votes_K = torch.bincount(label_L[cluster_L == cluster], minlength=int(label_L.max()) + 1)
        may_win_L = votes_K[label_L] == votes_K.max()
        nearest = distance_LC[:, cluster].masked_fill(~may_win_L, torch.inf).argmin()
        names.append(label_L[nearest])
    return torch.stack(names)


def cluster_accuracy(
    fit_NZ: Tensor, fit_label_N: Tensor, test_NZ: Tensor, test_label_N: Tensor, seed: int
) -> float:
    """How well k-means with as many clusters as classes agrees with the true classes, 0 to 1.

    k-means and the matching of clusters to classes are fitted on the first images, scored on the
    others. All true labels of the first go into the matching, so this is no way to classify.

    Args:
        fit_NZ, test_NZ: posterior means (or pixels).
    """
    classes = int(fit_label_N.max()) + 1
    centre_CZ = torch.from_numpy(fit_clusters(fit_NZ, classes, seed))
    fit_N, test_N = (torch.cdist(part, centre_CZ).argmin(1) for part in (fit_NZ, test_NZ))
    class_C = matching(fit_N, fit_label_N, classes, classes)
    return (class_C[test_N] == test_label_N).double().mean().item()


def matching(cluster_N: Tensor, label_N: Tensor, clusters: int, classes: int) -> Tensor:
    """Hungarian matching: each class gets a cluster of its own so that most images agree.

    Args:
        cluster_N, label_N: of the images on which it is fitted.

    Returns:
        The class of each cluster, shape (C,); ``UNKNOWN`` where there are more clusters than
        classes and a cluster was left over.
    """
    from scipy.optimize import linear_sum_assignment

    pair_N = cluster_N * classes + label_N
    count_CK = torch.bincount(pair_N, minlength=clusters * classes).view(clusters, classes)
    chosen, names = linear_sum_assignment(count_CK.cpu().numpy(), maximize=True)
    class_C = torch.full((clusters,), UNKNOWN)
    class_C[torch.from_numpy(chosen)] = torch.from_numpy(names)
    return class_C
