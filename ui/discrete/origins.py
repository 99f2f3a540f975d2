"""Where the numbers of the Discrete latents page come from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ui.common.measurements import measurement
from ui.discrete import measured
from ui.library.loaded import LoadedModel
from ui.library.provenance import again, image_note, measured_on
from vae_core.provenance import Provenance


def triangle(p_3: NDArray[np.floating], temperature: float, seed: int, title: str) -> Provenance:
    settings = f"p = {[round(float(p), 6) for p in p_3]}, tau = {temperature:g}, seed {seed}"
    return Provenance(
        title, [measurement("Gumbel-Softmax on the triangle")], notes=[("settings", settings)]
    )


def usage(loaded: LoadedModel) -> Provenance:
    reproduction = again(
        loaded,
        "the mean ELBO with a one-hot z, nats per image",
        measured.usage(loaded).elbo,
        "from vae_core.evaluation.evaluate import evaluate",
        "print(float(evaluate(model, x_ND, seed=0).elbo_B.mean()))",
        as_likelihood=True,
    )
    return measured_on(
        "What the code is used for",
        loaded,
        "ELBO 16",
        "KL from the prior",
        "Collapsed dimensions",
        reproduction=reproduction,
    )


def code(loaded: LoadedModel, image: int) -> Provenance:
    return measured_on("The code of an image", loaded, notes=image_note(image))


def gradients(loaded: LoadedModel, image: int, title: str) -> Provenance:
    return measured_on(title, loaded, "Of a categorical z", notes=image_note(image))
