"""Where the numbers of a model come from, as the panels tell it."""

from __future__ import annotations

from collections.abc import Sequence

from ui.common.measurements import measurement
from ui.library.loaded import LoadedModel, held_out
from vae_core.provenance import Line, ModelSource, Provenance, Reproduction


def measured_on(
    title: str,
    models: LoadedModel | Sequence[LoadedModel],
    *quantities: str,
    notes: Sequence[Line] = (),
    reproduction: Reproduction | None = None,
) -> Provenance:
    """The provenance of what was measured on the held-out images of models.

    Args:
        title: what is shown.
        quantities: headings of docs/measurements.md, or "ELBO 13" for a row of its table.
        notes: for instance the image that was chosen.
    """
    several = [models] if isinstance(models, LoadedModel) else models
    return Provenance(
        title,
        [measurement(name) for name in quantities],
        [source(model) for model in several],
        len(held_out(several[0].dataset)) if several else 0,
        notes,
        reproduction,
    )


def source(loaded: LoadedModel) -> ModelSource:
    """What a model is known by: what was done to it, which a config alone does not say."""
    config, record = loaded.checkpoint.train_config, loaded.checkpoint.record
    trained = f"trained with β = {config.beta:g}, {record.in_words}, seed {config.seed}"
    return ModelSource(loaded.name, loaded.digest, loaded.dataset, trained)


def image_note(n: int) -> list[Line]:
    """The line that names an image."""
    return [("image", f"{n} of the held-out images, counted from 0")]
