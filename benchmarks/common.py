"""What the benchmarks share: the machine in one line, tables, and one measure of quality.

Shape suffixes: N images, B chunk, D pixels, Z latent dimensions.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from vae_core.data import LabelledImages

Encode = Callable[[Tensor], tuple[Tensor, Tensor]]
Decode = Callable[[Tensor], Tensor]

_CHUNK = 1000


def describe_machine() -> str:
    """Processor, cores, torch, and whether bfloat16 (which training then uses) is native."""
    bfloat16 = "native" if torch.cpu._is_avx512_bf16_supported() else "not native, float32 used"
    return (
        f"{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} torch thread(s), "
        f"torch {torch.__version__}, Python {platform.python_version()}, bfloat16 {bfloat16}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A Markdown table: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print("\n".join(["", line(header), line(rule), *map(line, rows), ""]), flush=True)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def summary(name: str, milliseconds: Sequence[float]) -> list[str]:
    """A row of a table: median, 95th percentile and the most."""
    numbers = (statistics.median(milliseconds), p95(milliseconds), max(milliseconds))
    return [name, *(f"{value:.2f}" for value in numbers)]


def first_images(images: LabelledImages, count: int) -> LabelledImages:
    """The first ``count`` images of a split."""
    return LabelledImages(images.x_ND[:count], images.label_N[:count], images.image_shape)


@torch.no_grad()
def held_out_elbo(encode: Encode, decode: Decode, x_ND: Tensor) -> float:
    """Mean ELBO in nats per image: sampled z, Bernoulli, the grey pixels as they are.

    The same for every contender, with the same noise; it shares no code with vae_core.

    Args:
        encode: images (B, D) -> mean and log-variance of q(z|x), each (B, Z).
        decode: latents (B, Z) -> mean images in [0, 1], (B, D).
    """
    noise = torch.Generator().manual_seed(2024)
    total = 0.0
    for x_BD in x_ND.split(_CHUNK):
        mu_BZ, logvar_BZ = encode(x_BD)
        draw_BZ = torch.randn(mu_BZ.shape, generator=noise)
        mean_BD = decode(mu_BZ + torch.exp(0.5 * logvar_BZ) * draw_BZ)
        nll = F.binary_cross_entropy(mean_BD, x_BD, reduction="sum")
        kl = -0.5 * (1 + logvar_BZ - mu_BZ**2 - logvar_BZ.exp()).sum()
        total -= (nll + kl).item()
    return total / len(x_ND)
