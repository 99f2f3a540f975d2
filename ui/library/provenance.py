"""Where the numbers of a model come from, and a snippet that gives one of them again."""

from __future__ import annotations

from collections.abc import Sequence

from ui.common.measurements import measurement
from ui.library.loaded import LoadedModel, can_compare_binary, held_out
from vae_core.paths import BUNDLED, runs_folder
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


def image_note(image: int) -> list[Line]:
    """The line that names an image."""
    return [("image", f"{image} of the held-out images, counted from 0")]


def again(
    loaded: LoadedModel,
    of: str,
    value: float,
    imports: str,
    *lines: str,
    as_likelihood: bool = False,
) -> Reproduction:
    """A snippet with ``model`` and its held-out ``images``, and in ``x_ND`` their pixels.

    Args:
        of: what its last line prints.
        value: the number on the page.
        imports, lines: the lines that are this snippet's own.
        as_likelihood: the pixels as the likelihood takes them, else grey.
    """
    binary = as_likelihood and can_compare_binary(loaded)
    entry = loaded.entry
    place, folder = ("BUNDLED", BUNDLED) if entry.bundled else ("runs_folder()", runs_folder())
    file = entry.path.resolve().relative_to(folder.resolve()).as_posix()
    code = [
        "import numpy as np",
        "import torch",
        "from vae_core.data import binarise_fixed, load_split"
        if binary
        else "from vae_core.data import load_split",
        f"from vae_core.paths import {place.removesuffix('()')}",
        "from vae_core.storage.checkpoints import load_checkpoint",
        *imports.splitlines(),
        "",
        f"model = load_checkpoint({place} / {file!r}).model",
        f'images = load_split({loaded.dataset!r}, "test")',
        "x_ND = binarise_fixed(images.x_ND, seed=0)" if binary else "x_ND = images.x_ND",
        *lines,
    ]
    body = "\n".join(code[2:])
    used = [line for line in code[:2] if line.split()[-1] + "." in body]
    return Reproduction(of, "\n".join([*used, *code[2:]]), float(value))


def mean_elbo(loaded: LoadedModel, value: float) -> Reproduction:
    """The ELBO over the held-out images as most pages show it."""
    return again(
        loaded,
        f"the mean ELBO of {loaded.name}, nats per image",
        value,
        "from vae_core.evaluation.encodings import encode_images",
        "print(encode_images(model, images).elbo_N.mean())",
    )
