"""Which training images keep their label: the same ones for every method.

Shape suffixes: N images, L images with a label.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

UNKNOWN = -1
"""The class of an image whose label is missing."""

_STREAM = 0x1ABE1  # keeps these draws apart from all others with the same seed


def choose_labelled(label_N: Tensor, per_class: int, seed: int) -> Tensor:
    """Indices of the images that keep their label, (L,), in data order.

    It depends on the labels and the seed alone. More labels per class include those of fewer.

    Args:
        label_N: true classes, shape (N,).
        per_class: how many of each class; 0: all images.

    Raises:
        ValueError: a class has fewer images.
    """
    if per_class == 0:
        return torch.arange(len(label_N))
    random = np.random.default_rng((_STREAM, seed))
    chosen = []
    for label in torch.unique(label_N).tolist():
        of_class = torch.nonzero(label_N == label)[:, 0].numpy()
        if len(of_class) < per_class:
            raise ValueError(
                f"{per_class} labels per class were asked for, but class {label} has only "
                f"{len(of_class)} images"
            )
        chosen.append(random.permutation(of_class)[:per_class])
    return torch.from_numpy(np.sort(np.concatenate(chosen)))


def known_labels(label_N: Tensor, per_class: int, seed: int) -> Tensor:
    """The labels with all but the chosen ones replaced by ``UNKNOWN``, shape (N,)."""
    known_N = torch.full_like(label_N, UNKNOWN)
    chosen_L = choose_labelled(label_N, per_class, seed)
    known_N[chosen_L] = label_N[chosen_L]
    return known_N
