"""The experiment of the Overlap page: widen every posterior and see what it costs."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st
import torch

from ui.common import controls, links
from ui.common.charts import show_chart
from ui.common.text import with_error
from ui.library.beta_family import beta_family, beta_of
from ui.library.loaded import (
    LoadedModel,
    binary_images,
    can_compare_binary,
    decode,
    encodings_of,
    held_out,
)
from ui.overlap import measured, origins
from ui.overlap.figures import cost_figure, widening_figure
from vae_core.aggregate.best_decoder import blend
from vae_core.aggregate.overlap import responsibilities, scaled_logvar
from vae_core.pictures.image_files import to_png
from vae_core.storage.measured import COST_DRAWS, SIGMA_SCALES

_EXAMPLES = 12


@links.fragment
def experiment(loaded: LoadedModel) -> None:
    """A slider for the widths; H(n|z) and reconstruction NLL; the family; examples."""
    if not can_compare_binary(loaded):
        st.info(
            "The experiment compares the NLL of binary images; this model's decoder is not a "
            "Bernoulli one."
        )
        return
    scale = controls.select_slider(
        "Width of every posterior: σ ×",
        {value: "1 (trained)" if value == 1 else f"{value:.2g}" for value in SIGMA_SCALES},
        default=1.0,
        key="overlap_scale",
        help="Multiplies the standard deviation of every q(z|x). The decoder stays as it is.",
    )
    costs = measured.widened_costs(loaded)
    chosen = SIGMA_SCALES.index(scale)
    log_images = math.log(len(encodings_of(loaded).label_N))
    equivocation = [cost.equivocation.value for cost in costs]
    ours = [cost.model_nll.value for cost in costs]
    best = [cost.best_nll.value for cost in costs]
    here = costs[chosen]
    shown = zip(
        st.columns(4),
        [
            f"H(n|z), from {COST_DRAWS} draws",
            "NLL, this decoder",
            "NLL, best decoder",
            "Squared error, this / best",
        ],
        [
            f"{with_error(here.equivocation.value, here.equivocation.error, 2)} nats",
            f"{with_error(here.model_nll.value, here.model_nll.error, 1)} nats",
            f"{with_error(here.best_nll.value, here.best_nll.error, 1)} nats",
            f"{here.model_squared_error.value:.1f} / {here.best_squared_error.value:.1f}",
        ],
        strict=True,
    )
    for column, title, value in shown:
        column.metric(title, value)
    left, right = st.columns(2, gap="medium")
    show_chart(
        widening_figure(SIGMA_SCALES, equivocation, ours, best, log_images, scale),
        "overlap_widening",
        about=origins.cost(loaded, "Wider and narrower posteriors"),
        at=left,
    )
    show_chart(
        cost_figure(equivocation, ours, best, chosen, _family_points(loaded), log_images),
        "overlap_cost",
        about=origins.cost(loaded, "What overlap costs", beta_family()),
        at=right,
    )
    _show_examples(loaded, scale)
    _explain(loaded)


def _family_points(loaded: LoadedModel) -> list[tuple[str, float, float]]:
    """The models that differ in beta alone, if they are about the same images."""
    models = [m for m in beta_family() if m.dataset == loaded.dataset]
    costs = [measured.cost(model) for model in models]
    return [
        (f"{beta_of(model):g}", cost.equivocation.value, cost.model_nll.value)
        for model, cost in zip(models, costs, strict=True)
    ]


def _show_examples(loaded: LoadedModel, scale: float) -> None:
    """Some images, and what the two decoders draw at one z from each widened posterior."""
    images, encoded = held_out(loaded.dataset), encodings_of(loaded)
    some = np.linspace(0, len(images) - 1, _EXAMPLES).astype(int)
    logvar_NZ = scaled_logvar(encoded.logvar_NZ, scale)
    noise_PZ = np.random.default_rng(0).standard_normal((_EXAMPLES, encoded.mu_NZ.shape[1]))
    z_PZ = encoded.mu_NZ[some] + np.exp(0.5 * logvar_NZ[some]) * noise_PZ
    rows = [
        ("images", images.x_ND[some].numpy()),
        (
            "best decoder: Σ r(z) x",
            blend(responsibilities(z_PZ, encoded.mu_NZ, logvar_NZ), images.x_ND).numpy(),
        ),
        ("this decoder", decode(loaded, z_PZ)),
    ]
    sheet = torch.cat([torch.as_tensor(pictures) for _, pictures in rows]).numpy()
    st.image(
        to_png(sheet, images.image_shape, columns=_EXAMPLES, scale=2),
        caption=f"Top: images. Middle: what the best decoder draws at a z from each, with σ × "
        f"{scale:.2g}. Bottom: what this decoder draws there.",
    )


def _explain(loaded: LoadedModel) -> None:
    binary = binary_images(loaded.dataset)
    count = len(binary.x_ND)
    bound = (
        "All of them are distinct, so no decoder's NLL is below H(n|z), and"
        if binary.distinct
        else "Some of them are the same, so H(n|z) is no strict bound here;"
    )
    st.caption(
        f"{COST_DRAWS} draws of z, the same images and noise at every width and for every model; "
        f"any of the {count:,} held-out images may have led to each. The pixels are drawn once as "
        "black or white: with grey pixels the NLL is no log-probability and the bounds do not "
        f"hold. {bound} none that draws its pixels independently is below the blend of the images "
        "that share z (“best decoder”, which knows these very images)."
    )
