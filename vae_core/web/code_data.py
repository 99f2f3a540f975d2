"""What the canvas with a discrete code is given.

Shape suffixes: N variables, K categories, D pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vae_core.config import ModelConfig
from vae_core.web.packing import in_base64


def code_data(
    *,
    config: ModelConfig,
    decoder_url: str,
    probability_NK: NDArray[np.floating],
    image_D: NDArray[np.floating],
    code: Sequence[int] | None = None,
    opening: int = 0,
) -> dict[str, object]:
    """As JSON; ``code/types.d.ts`` names the same fields.

    Args:
        config: of a categorical VAE.
        decoder_url: where ``pack_decoder``'s bytes are.
        probability_NK: of every category of every variable.
        image_D: in [0, 1].
        code: the category of each variable at first; the likeliest by default.
        opening: of the page: with another one the code is taken from ``code``.
    """
    return {
        "decoder_url": decoder_url,
        "layers": [config.latent_size, *config.decoder_hidden, config.pixels],
        "activation": config.activation,
        "likelihood": config.likelihood,
        "rows": np.round(probability_NK.astype(float), 5).tolist(),
        "image": in_base64(np.rint(255 * image_D), "u1"),
        "image_shape": list(config.image_shape),
        "code": None if code is None else list(code),
        "opening": opening,
    }
