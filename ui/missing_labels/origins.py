"""Where the numbers of the Missing labels page come from."""

from __future__ import annotations

from collections.abc import Sequence

from ui.common.measurements import measurement
from ui.library.loaded import LoadedModel
from ui.library.provenance import source
from ui.missing_labels import measured
from vae_core.labels.results import LabelRun
from vae_core.provenance import ModelSource, Provenance, Reproduction
from vae_core.storage.checkpoints import Checkpoint

_EXACT = "p(y|x), free energies, vote of the nearest neighbour"


def errors(runs: Sequence[LabelRun], title: str, per_class: int) -> Provenance:
    first = runs[0]
    same = [
        run.error for run in runs if (run.method, run.labels_per_class) == (first.method, per_class)
    ]
    code = [
        "from vae_core.labels.results import read_label_runs",
        "from vae_core.paths import BUNDLED",
        "",
        "# Each of these runs is trained anew by: python checkpoints/labels.py",
        'runs = read_label_runs(BUNDLED / "label_results.json")',
        f"chosen = ({first.dataset!r}, {first.method!r}, {per_class})",
        "errors = [r.error for r in runs if (r.dataset, r.method, r.labels_per_class) == chosen]",
        "print(sum(errors) / len(errors))",
    ]
    kept = f"{per_class or 'all'} labels per class"
    reproduction = (
        Reproduction(
            f"the mean test error of {first.method} with {kept}, %",
            "\n".join(code),
            sum(same) / len(same),
        )
        if same
        else None
    )
    return Provenance(
        title,
        [measurement("Test error against labels")],
        notes=[("data", f"{first.dataset}, split test")],
        reproduction=reproduction,
    )


def of_image(checkpoints: Sequence[tuple[str, Checkpoint]], image: int, title: str) -> Provenance:
    """p(y|x) or the free energies of one test image."""
    return Provenance(
        title,
        [measurement(_EXACT)],
        [_source(name, checkpoint) for name, checkpoint in checkpoints],
        notes=[("image", f"{image} of the test images of {measured.FEW}, counted from 0")],
    )


def clusters(loaded: LoadedModel, settings: str) -> Provenance:
    return Provenance(
        "k-means and its pseudo-labels",
        [measurement("Pseudo-labels and clusters")],
        [source(loaded)],
        notes=[("settings", settings)],
    )


def styles(checkpoint: Checkpoint, loaded: LoadedModel) -> Provenance:
    models = [_source("M2", checkpoint), source(loaded)]
    return Provenance("Planes of style and of a plain latent", [measurement(_EXACT)], models)


def _source(name: str, checkpoint: Checkpoint) -> ModelSource:
    config = checkpoint.train_config
    trained = f"{config.labels_per_class or 'all'} labels per class, seed {config.seed}"
    return ModelSource(name, checkpoint.digest, checkpoint.dataset, trained)
