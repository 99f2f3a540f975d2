"""How long the overlap of 5,000 images takes: processor seconds of one thread.

    python benchmarks/overlap.py

The posteriors are those of the bundled models for the 5,000 images they have not seen.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import common
from vae_core.aggregate.best_decoder import reconstruction_cost
from vae_core.aggregate.overlap import measure_overlap
from vae_core.aggregate.pairs import most_confusable_pairs
from vae_core.data import DATASETS, binarise_fixed, load_split
from vae_core.evaluation.encodings import encode_images
from vae_core.paths import BUNDLED
from vae_core.storage.checkpoints import load_checkpoint

_MODELS = ("mnist-2d-beta-1", "mnist-2d-beta-20", "mnist-16d-beta-1")
_REPEATS = 3


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process, the least of three."""
    times = []
    for _ in range(_REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def measure(name: str) -> list[str]:
    """One row: the headline, the pairs of all 12.5 million, and the cost at one width."""
    checkpoint = load_checkpoint(BUNDLED / f"{name}.safetensors")
    images = load_split(checkpoint.dataset, "test")
    encoded = encode_images(checkpoint.vae, images)
    posteriors, label_N = (encoded.mu_NZ, encoded.logvar_NZ), encoded.label_N
    classes = len(DATASETS[checkpoint.dataset].class_names)
    binary_ND = binarise_fixed(images.x_ND, seed=0)
    works: list[Callable[[], object]] = [
        lambda: measure_overlap(*posteriors, label_N, classes=classes),
        lambda: most_confusable_pairs(*posteriors, 12, label_N=label_N),
        lambda: reconstruction_cost(checkpoint.vae, binary_ND, *posteriors, draws=600),
    ]
    return [name, f"{len(images):,}", *(f"{seconds(work):.2f}" for work in works)]


def main() -> None:
    torch.set_num_threads(1)
    print(common.describe_machine())
    header = ["model", "images", "headline, s", "pairs, s", "cost at one width, s"]
    common.print_table(header, [measure(name) for name in _MODELS])


if __name__ == "__main__":
    main()
