"""The browser component that shows a discrete code, and decodes what a person makes of it.

Shape suffixes: N variables, K categories, D pixels.
"""

from __future__ import annotations

from base64 import b64encode

import numpy as np
from numpy.typing import NDArray

from ui.canvas.component import canvas_component
from vae_core.config import ModelConfig

_component = canvas_component(
    "code_canvas",
    "code/code_canvas",
    [
        "shared/dom",
        "shared/assets",
        "shared/decoder",
        "shared/card",
        "code/code_canvas",
    ],
)


def code_canvas(
    *,
    key: str,
    config: ModelConfig,
    decoder_url: str,
    probability_NK: NDArray[np.floating],
    image_D: NDArray[np.floating],
) -> None:
    """Draw q(z|x) of one image as a table of cells; a click on one decodes with that category.

    Args:
        config: of a categorical VAE.
        decoder_url: of the ``Asset`` that holds its packed decoder.
        probability_NK: of every category of every variable.
        image_D: in [0, 1].
    """
    _component(
        key=key,
        data={
            "decoder_url": decoder_url,
            "layers": [config.latent_size, *config.decoder_hidden, config.pixels],
            "activation": config.activation,
            "likelihood": config.likelihood,
            "rows": np.round(probability_NK.astype(float), 5).tolist(),
            "image": b64encode(np.rint(255 * image_D).astype(np.uint8).tobytes()).decode(),
            "image_shape": list(config.image_shape),
        },
    )
