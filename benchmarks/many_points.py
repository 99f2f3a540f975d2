"""A page of one canvas with 70,000 random points, for benchmarks/decode.py.

Streamlit imports this file for ``app`` and then runs it as the page.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ui.canvas.assets import ROUTES, Asset
from ui.canvas.latent import latent_canvas
from ui.common.palette import CLASS_COLOURS
from vae_core.paths import BUNDLED
from vae_core.provenance import Unmeasured
from vae_core.storage.checkpoints import load_checkpoint
from vae_core.web.packing import pack_decoder, pack_points
from vae_core.web.specs import PlaneSpec

COUNT = 70_000


@st.cache_resource
def assets() -> tuple[PlaneSpec, tuple[Asset, Asset]]:
    """Random points as far apart as latents are, and the bundled decoder; kept alive."""
    random = np.random.default_rng(0)
    model = load_checkpoint(BUNDLED / "mnist-2d-beta-1.safetensors").vae
    decoder = Asset(pack_decoder(model))
    labels = random.integers(0, 10, COUNT)
    points = Asset(pack_points(random.standard_normal((COUNT, 2)), None, labels))
    config = model.config
    spec = PlaneSpec(
        title="",
        decoder_url=decoder.url,
        points_url=points.url,
        layers=(config.latent_dim, *config.decoder_hidden, config.pixels),
        activation=config.activation,
        likelihood=config.likelihood,
        count=COUNT,
        latent_dim=config.latent_dim,
        projected=False,
        axis_titles=("z1", "z2"),
    )
    return spec, (decoder, points)


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    latent_canvas(
        key="many_points",
        planes=[assets()[0]],
        image_shape=(28, 28),
        class_names=[str(label) for label in range(10)],
        colours=CLASS_COLOURS,
        height=500,
        about=Unmeasured("Random points", "They are drawn at random."),
    )
else:
    app = st.App(Path(__file__).resolve(), routes=ROUTES)
