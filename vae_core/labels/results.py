"""Results of the comparison with few labels, as they lie in checkpoints/label_results.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from vae_core.files import write_atomically


@dataclass(frozen=True)
class LabelRun:
    """One training and its score.

    Attributes:
        method: a key of ``methods.METHODS``.
        dataset: whose training images were used; scored on all of its test images.
        labels_per_class: that were kept; 0: all.
        seed: of everything, the choice of labels too.
        epochs: of training.
        error: of the test images, the share misclassified, in per cent.
        seconds: of one processor core, training and evaluation.
        figures: of this method alone, in per cent: "pseudo_label_error", "cluster_accuracy".
    """

    method: str
    dataset: str
    labels_per_class: int
    seed: int
    epochs: int
    error: float
    seconds: float
    figures: Mapping[str, float] = field(default_factory=dict)


def read_label_runs(path: Path) -> list[LabelRun]:
    """The runs in a file that ``write_label_runs`` wrote."""
    return [LabelRun(**run) for run in json.loads(path.read_text())["runs"]]


def write_label_runs(path: Path, runs: Sequence[LabelRun], about: str) -> None:
    """Write atomically, a run a line.

    Args:
        about: one paragraph on how the runs were made, for whoever reads the file.
    """
    lines = ",\n".join(json.dumps(asdict(run)) for run in runs)
    text = f'{{"about": {json.dumps(about)},\n"runs": [\n{lines}\n]}}\n'
    write_atomically(path, text.encode())
