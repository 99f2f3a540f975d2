"""Batches of images, grey or binarised.

Shape suffixes: B batch, N data set, D pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from vae_core.data.images import binarise_fixed


def batches(
    x_ND: Tensor, binarisation: str, fixed_seed: int
) -> Callable[[Tensor, torch.Generator], Tensor]:
    """(indices, generator) -> that batch of images, (B, D).

    Args:
        x_ND: images in [0, 1], on the device where they are used.
        binarisation: "none", "dynamic" or "fixed", see ``TrainConfig``.
        fixed_seed: of "fixed", which is drawn once.
    """
    if binarisation == "fixed":
        x_ND = binarise_fixed(x_ND, fixed_seed).to(x_ND.device)
    if binarisation != "dynamic":
        return lambda index_B, _: x_ND.index_select(0, index_B)

    # A pixel is 1 where 16 random bits fall below its grey value: four draws for the price
    # of one, at a probability within 2^-16 of the grey value.
    threshold_ND = (x_ND.double() * 2**16 - 2**15).round().clamp(-(2**15), 2**15 - 1).short()
    pixels = x_ND.shape[1]

    def draw(index_B: Tensor, generator: torch.Generator) -> Tensor:
        count = len(index_B) * pixels
        words = torch.empty(-(-count // 4), dtype=torch.int64, device=x_ND.device)
        bits = words.random_(-(2**63), None, generator=generator).view(torch.int16)
        out_BD = torch.empty(len(index_B), pixels, device=x_ND.device)
        torch.lt(bits[:count].view(-1, pixels), threshold_ND.index_select(0, index_B), out=out_BD)
        return out_BD

    return draw
