"""Measurements of the Missing labels page, kept by model and settings.

Shape suffixes: N images, K classes, Z latent dimensions, D pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, load_model
from vae_core.data import LabelledImages, load_split
from vae_core.data.label_subset import choose_labelled
from vae_core.labels.results import LabelRun, read_label_runs
from vae_core.models.classification_rbm import ClassificationRBM
from vae_core.models.classifier import Classifier
from vae_core.models.pseudo_labels import fit_clusters, matching, name_clusters
from vae_core.models.semi_supervised import SemiSupervisedVAE
from vae_core.paths import BUNDLED
from vae_core.planes.projections import Plane, default_plane, pca_plane
from vae_core.storage.checkpoints import Checkpoint
from vae_core.storage.header import CheckpointError
from vae_core.storage.library import list_models

RESULTS = BUNDLED / "label_results.json"
FEW = "mnist-5k"
"""Its training images keep their labels here; scores are on its test images."""

CLASSIFIERS = {"semi-supervised": "m2", "classification-rbm": "rbm-hybrid"}
"""Kinds of the bundled classifiers, each with its row of METHODS."""


@cached()
def results() -> list[LabelRun]:
    """The comparison that ships with the app; empty if its file is missing or damaged."""
    try:
        return read_label_runs(RESULTS)
    except (OSError, ValueError, KeyError, TypeError):
        return []


@cached()
def images(split: str) -> LabelledImages:
    """Those that no bundled model has seen, split in two."""
    return load_split(FEW, split)


@dataclass(frozen=True)
class Clustering:
    """k-means on a VAE's latents, scored on test images.

    Attributes:
        plane: of the test images.
        cluster_N, name_N: cluster and pseudo-label of each test image.
        error: share of the test images whose pseudo-label is wrong, %.
        matched: share that agrees with the best one-to-one matching of clusters to classes, %;
            None where there are fewer clusters than classes.
    """

    plane: Plane
    cluster_N: NDArray[np.int64]
    name_N: NDArray[np.int64]
    error: float
    matched: float


@cached("Clustering the latents …", max_entries=128)
def clustering(loaded: LoadedModel, clusters: int, per_class: int, seed: int) -> Clustering:
    """Fitted on the training images, named by the labelled few among them."""
    fit, test = images("train"), images("test")
    with torch.no_grad():
        fit_NZ, test_NZ = (loaded.vae.encode(part.x_ND)[0] for part in (fit, test))
    centre_CZ = torch.from_numpy(fit_clusters(fit_NZ, clusters, seed))
    few_L = choose_labelled(fit.label_N, per_class, seed)
    name_C = name_clusters(centre_CZ, fit_NZ[few_L], fit.label_N[few_L])
    fit_N, test_N = (torch.cdist(part, centre_CZ).argmin(dim=1) for part in (fit_NZ, test_NZ))
    matched_C = matching(fit_N, fit.label_N, clusters, 10)
    name_N = name_C[test_N]
    return Clustering(
        plane=default_plane(test_NZ.numpy()),
        cluster_N=test_N.numpy(),
        name_N=name_N.numpy(),
        error=100 * (name_N != test.label_N).double().mean().item(),
        matched=100 * (matched_C[test_N] == test.label_N).double().mean().item(),
    )


def bundled(kind: str) -> Checkpoint | None:
    """The classifier of this kind that ships with the app; None if it is missing or damaged."""
    return next((loaded.checkpoint for loaded in _bundled(kind)), None)


def bundled_vae(name: str) -> LoadedModel | None:
    """A VAE that ships with the app; None if it is missing or damaged."""
    return next((loaded for loaded in _bundled("vae") if loaded.name == name), None)


def _bundled(kind: str) -> Iterator[LoadedModel]:
    for entry in list_models(kind):
        if entry.bundled:
            with suppress(CheckpointError):
                yield load_model(entry)


@torch.no_grad()
def probabilities(model: Classifier, x_D: torch.Tensor) -> NDArray[np.float32]:
    """p(y|x) of one image, shape (K,)."""
    values: NDArray[np.float32] = model.log_probabilities(x_D[None]).exp()[0].numpy()
    return values


@cached(max_entries=1)
@torch.no_grad()
def first_they_differ_on() -> int:
    """The first test image to which the bundled classifiers give different classes; else 0."""
    models = [checkpoint.model for kind in CLASSIFIERS if (checkpoint := bundled(kind)) is not None]
    x_ND = images("test").x_ND
    guesses = [m.log_probabilities(x_ND).argmax(dim=1) for m in models if isinstance(m, Classifier)]
    if len(guesses) < 2:
        return 0
    return int((guesses[0] != guesses[1]).int().argmax())


@dataclass(frozen=True)
class Styles:
    """The test images' styles, and the latents of a plain VAE, as planes.

    Attributes:
        style_N2, latent_N2: first two principal components.
        style_vote, latent_vote: share of images whose class is that of their nearest neighbour, %.
    """

    style_N2: NDArray[np.float32]
    latent_N2: NDArray[np.float32]
    style_vote: float
    latent_vote: float


@cached(max_entries=8)
def styles(checkpoint: Checkpoint, plain: LoadedModel) -> Styles:
    """The styles of an M2 model beside the latents of a VAE of as many dimensions."""
    test, m2 = images("test"), checkpoint.model
    assert isinstance(m2, SemiSupervisedVAE)
    with torch.no_grad():
        guess_N = m2.log_probabilities(test.x_ND).argmax(dim=1)
        style_NZ = m2.encode(test.x_ND, guess_N)[0]
        latent_NZ = plain.vae.encode(test.x_ND)[0]
    return Styles(
        pca_plane(style_NZ.numpy()).xy_N2,
        pca_plane(latent_NZ.numpy()).xy_N2,
        _vote(style_NZ, test.label_N),
        _vote(latent_NZ, test.label_N),
    )


def _vote(value_NZ: torch.Tensor, label_N: torch.Tensor) -> float:
    distance_NN = torch.cdist(value_NZ, value_NZ)
    distance_NN.fill_diagonal_(torch.inf)
    return 100 * (label_N[distance_NN.argmin(dim=1)] == label_N).double().mean().item()


@torch.no_grad()
def all_classes(model: SemiSupervisedVAE, x_BD: torch.Tensor) -> NDArray[np.float32]:
    """Each image's style under every class, mean images, (B, K, D)."""
    guess_B = model.log_probabilities(x_BD).argmax(dim=1)
    z_BZ = model.encode(x_BD, guess_B)[0]
    classes = model.config.classes
    rows = [model.decode(z_BZ, torch.full((len(x_BD),), label)) for label in range(classes)]
    return np.asarray(torch.stack(rows, dim=1).clamp(0, 1).numpy())


@torch.no_grad()
def free_energies(model: ClassificationRBM, x_D: torch.Tensor) -> NDArray[np.float32]:
    """Free energies of one image under every class, nats, (K,)."""
    return np.asarray(model.free_energies(x_D[None])[0].numpy())


def strongest_filters(model: ClassificationRBM, count: int) -> NDArray[np.float32]:
    """Weights of the hidden units with the largest norm as pictures: grey is 0, (count, D)."""
    weight_HD = model.filters_HD.detach()
    order_H = weight_HD.norm(dim=1).argsort(descending=True)[:count]
    chosen_HD = weight_HD[order_H]
    scaled_HD = 0.5 + 0.5 * chosen_HD / chosen_HD.abs().amax(dim=1, keepdim=True)
    return np.asarray(scaled_HD.clamp(0, 1).numpy())
