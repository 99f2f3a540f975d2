"""Panel of the ELBO page: log p(x) and the gap over a sample of the held-out images."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.common import controls, forms, links
from ui.common.pictures import show_images
from ui.common.state import Slot
from ui.common.tables import Column, numbers, show_table
from ui.common.text import minus, plain, with_error
from ui.elbo import measured, origins
from ui.elbo.measured import Gaps
from ui.library.loaded import LoadedModel, encodings_of, images_of
from ui.plane.image_chooser import ask_for_image
from vae_core.exact.evidence import TOLERANCE
from vae_core.statistics import Estimate

_COUNTS = (100, 1000)
_WORST = 10


@links.fragment
def sample(loaded: LoadedModel) -> None:
    """A table by class, and the images with the largest gaps; measured on demand."""
    total = len(encodings_of(loaded).label_N)
    count = controls.segmented_control(
        "Images, evenly spread over the held-out ones",
        {count: f"{count:,}" for count in _COUNTS if count < total} | {total: "all"},
        key="elbo_sample",
    )
    measure = Slot(f"gaps_{loaded.digest[:16]}_{count}", False)
    if not links.value(measure, forms.TOGGLE):
        st.button(
            f"Measure {count:,} of {total:,} images",
            icon=":material/calculate:",
            on_click=measure.set,
            args=(True,),
            key="elbo_measure",
            help="About a second for a hundred images, ten for a thousand: images are measured "
            "together, and what several need is decoded once.",
        )
        return
    gaps = _measure(loaded, count)
    table, worst = st.columns([1, 1.2], gap="medium")
    with table:
        _show_classes(loaded, gaps)
    with worst:
        _worst(loaded, gaps)
    exact = int(gaps.exact_M.sum())
    every = f"all {exact:,}" if exact == len(gaps.image_M) else f"{exact:,}"
    st.caption(
        f"Means in nats per image, {len(gaps.image_M):,} of {total:,} held-out images; ± is the "
        f"standard error over images. log p(x) is within {TOLERANCE} nats by its own estimate for "
        f"{every} of them (the largest estimate is {min(gaps.error_M.max(), 99.0):.4f}). The ELBO "
        f"is sampled with {measured.FEW_DRAWS} draws an image."
    )


def _measure(loaded: LoadedModel, count: int) -> Gaps:
    bar = st.progress(0.0, f"Measuring {count:,} images …")
    for share, gaps in measured.gaps(loaded, count):
        bar.progress(share, f"Measured {len(gaps.image_M):,} of {count:,} images")
    bar.empty()
    return gaps


def _show_classes(loaded: LoadedModel, gaps: Gaps) -> None:
    label_M = encodings_of(loaded).label_N[gaps.image_M]
    names = loaded.class_names
    rows = []
    groups = [(plain(name), label_M == label) for label, name in enumerate(names)]
    for name, of_class in [*groups, ("**all**", np.ones(len(label_M), dtype=bool))]:
        if of_class.sum() < 2:
            continue
        gap = Estimate.of(gaps.gap_M[of_class])
        means = (gaps.log_p_M[of_class].mean(), gaps.elbo_M[of_class].mean())
        rows.append(
            [
                name,
                str(of_class.sum()),
                *(minus(mean, 1) for mean in means),
                with_error(gap.value, gap.error, 2),
            ]
        )
    show_table(
        [Column("class"), *numbers("images"), *numbers("log p(x)", "ELBO", "gap", unit="nats")],
        rows,
        about=origins.many(loaded, len(gaps.image_M)),
    )


def _worst(loaded: LoadedModel, gaps: Gaps) -> None:
    st.markdown("**The largest gaps**, as images and in nats")
    order = np.argsort(-gaps.gap_M)[:_WORST]
    chosen = gaps.image_M[order]
    show_images(
        images_of(loaded)[chosen].numpy(),
        loaded.image_shape,
        [f"image {n}: {minus(gap, 1)}" for n, gap in zip(chosen, gaps.gap_M[order], strict=True)],
        84,
    )
    if st.button("Look at the worst one above", icon=":material/arrow_upward:", key="elbo_look"):
        ask_for_image(int(chosen[0]))
        st.rerun()
