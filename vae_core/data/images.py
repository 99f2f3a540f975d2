"""The record that every data set returns, and what can be done to its pixels.

Shape suffixes: N images, D pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class LabelledImages:
    """Images of one split.

    Attributes:
        x_ND: float32 in [0, 1], shape (N, D); 0 is background, 1 is ink.
        label_N: int64 in 0..K-1, shape (N,).
        image_shape: (height, width) with height * width = D.
    """

    x_ND: Tensor
    label_N: Tensor
    image_shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.x_ND)


def from_bytes(
    pixels_ND: np.ndarray, label_N: np.ndarray, image_shape: tuple[int, int]
) -> LabelledImages:
    """Grey bytes 0..255, (N, D), and integer labels -> the record."""
    return LabelledImages(
        x_ND=torch.from_numpy(pixels_ND.astype(np.float32) / np.float32(255)),
        label_N=torch.from_numpy(label_N.astype(np.int64)),
        image_shape=image_shape,
    )


def stratified_split(
    label_N: np.ndarray, test_fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of a train and a test part with equal shares of every class, in data order."""
    from sklearn.model_selection import train_test_split  # 1.8 s to import, rarely needed

    train, test = train_test_split(
        np.arange(len(label_N)), test_size=test_fraction, random_state=seed, stratify=label_N
    )
    return np.sort(train), np.sort(test)


def binarise_fixed(x_ND: Tensor, seed: int) -> Tensor:
    """Every pixel drawn once as Bernoulli(grey): the same binary images for the same seed.

    Args:
        x_ND: images in [0, 1], shape (N, D).

    Returns:
        float32 of zeros and ones, same shape, on the CPU.
    """
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(x_ND.shape, generator=generator) < x_ND.cpu()).float()
