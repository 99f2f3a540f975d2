"""Recompute checkpoints/label_results.json: python checkpoints/labels.py [--full] [METHOD ...]

Every method of ``vae_core.labels.methods`` x labels per class x seeds on mnist-5k, each run under a
minute of one core. With --full instead: on full MNIST (VAE_DATA_DIR, or a network), 10 labels per
class, and the classification RBMs with all labels; minutes a run. Runs that the file already
holds are left as they are: delete it to start over. The table for checkpoints/README.md is printed
by: python checkpoints/labels.py --table
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from vae_core.data import LabelledImages, load_split  # noqa: E402
from vae_core.labels.methods import LABELS_PER_CLASS, METHODS, SEEDS  # noqa: E402
from vae_core.labels.results import LabelRun, read_label_runs, write_label_runs  # noqa: E402
from vae_core.models.pseudo_labels import PseudoLabels, cluster_accuracy  # noqa: E402
from vae_core.training.classifier import score, train_classifier  # noqa: E402

FILE = FOLDER / "label_results.json"
ABOUT = (
    "Test error in per cent. mnist-5k: 4,000 training images, 1,000 test images; mnist: 60,000 and "
    "the official 10,000. labels_per_class 0: all labels. The same seed keeps the same labels for "
    "every method. seconds: of one core. cluster_accuracy: k-means with 10 clusters on the VAE's "
    "posterior means, clusters matched to classes (Hungarian) with all labels of the training "
    "images, scored on the test images. pseudo_label_error: of the names of the test images' "
    "clusters, before the classifier."
)


def planned(full: bool, methods: Sequence[str]) -> list[tuple[str, str, int, int]]:
    """(method, data set, labels per class, seed) of every run."""
    if not full:
        return [
            (method, "mnist-5k", labels, seed)
            for seed in SEEDS
            for labels in LABELS_PER_CLASS
            for method in methods
        ]
    few = [(method, "mnist", 10, seed) for seed in SEEDS for method in methods]
    rbms = [method for method in methods if method.startswith("rbm")]
    return few + [(method, "mnist", 0, seed) for seed in SEEDS for method in rbms]


def so_far() -> list[LabelRun]:
    return read_label_runs(FILE) if FILE.exists() else []


def compute(method: str, dataset: str, labels: int, seed: int) -> LabelRun:
    model_config, config = METHODS[method].configs(dataset, labels, seed)
    images, held_out = load_split(dataset, "train"), load_split(dataset, "test")
    started = time.process_time()
    *_, report = train_classifier(model_config, config, images, held_out)
    accuracy, _ = score(report.model, held_out)
    return LabelRun(
        method=method,
        dataset=dataset,
        labels_per_class=labels,
        seed=seed,
        epochs=config.epochs,
        error=round(100 * (1 - accuracy), 2),
        seconds=round(time.process_time() - started, 1),
        figures=_figures(report.model, images, held_out, seed),
    )


@torch.no_grad()
def _figures(
    model: torch.nn.Module, images: LabelledImages, held_out: LabelledImages, seed: int
) -> dict[str, float]:
    if not isinstance(model, PseudoLabels):
        return {}
    names_N = model.pseudo_labels(held_out.x_ND)
    error = (names_N != held_out.label_N).double().mean().item()
    fit_NZ, test_NZ = (model.means(part.x_ND) for part in (images, held_out))
    accuracy = cluster_accuracy(fit_NZ, images.label_N, test_NZ, held_out.label_N, seed)
    return {
        "pseudo_label_error": round(100 * error, 2),
        "cluster_accuracy": round(100 * accuracy, 2),
    }


def table(runs: Sequence[LabelRun]) -> None:
    """Mean and sample standard deviation over the seeds, in per cent; how many there are of each.

    The dagger marks what was judged by errors that its recipe had seen.
    """
    for dataset in sorted({run.dataset for run in runs}, reverse=True):
        kept = sorted({run.labels_per_class for run in runs if run.dataset == dataset})
        kept = [*(labels for labels in kept if labels), *(labels for labels in kept if not labels)]
        heads = [str(labels or "all") for labels in kept]
        cells_of = Counter(
            (run.method, run.labels_per_class) for run in runs if run.dataset == dataset
        )
        seeds = " to ".join(str(n) for n in sorted(set(cells_of.values())))
        print(f"\n| {dataset}: method, {seeds} seeds a cell | {' | '.join(heads)} |")
        print(f"|---|{'--:|' * len(kept)}")
        for name, method in METHODS.items():
            own = [run for run in runs if (run.method, run.dataset) == (name, dataset)]
            if not own:
                continue
            cells = []
            for labels in kept:
                errors = [run.error for run in own if run.labels_per_class == labels]
                spread = f" ± {np.std(errors, ddof=1):.1f}" if len(errors) > 1 else ""
                cells.append(f"{np.mean(errors):.1f}{spread} †" if errors else "")
            print(f"| {method.title} | {' | '.join(cells)} |")


def main(arguments: list[str]) -> None:
    if arguments == ["--table"]:
        table(so_far())
        return
    full = "--full" in arguments
    methods = [name for name in arguments if name != "--full"] or list(METHODS)
    for plan in planned(full, methods):
        done = {(run.method, run.dataset, run.labels_per_class, run.seed) for run in so_far()}
        if plan in done:
            continue
        run = compute(*plan)
        write_label_runs(FILE, [*so_far(), run], ABOUT)  # two processes may share the work
        print(
            f"{run.method}: {run.dataset}, {run.labels_per_class or 'all'} labels per class, "
            f"seed {run.seed}: error {run.error:.2f} %, {run.seconds:.0f} s {dict(run.figures)}",
            flush=True,
        )


if __name__ == "__main__":
    torch.set_num_threads(1)  # the same model to the last bit, whatever else the machine does
    main(sys.argv[1:])
