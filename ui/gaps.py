"""Panel of the ELBO page: log p(x) and the gap over a sample of the held-out images."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import bounds, cached, cached_exact, widgets
from ui.cached import LoadedModel
from ui.cached_exact import Gaps
from vae_core.data import DATASETS
from vae_core.overlap import Estimate
from vae_core.quadrature import TOLERANCE

_COUNTS = (100, 500)
_WORST = 10


@st.fragment
def sample(loaded: LoadedModel) -> None:
    """A table by class, and the images with the largest gaps; measured on demand."""
    total = len(cached.encodings(loaded).label_N)
    count = st.segmented_control(
        "Images, evenly spread over the held-out ones",
        _COUNTS,
        default=_COUNTS[0],
        required=True,
        key="elbo_sample",
        persist_state="session",
    )
    key = f"gaps_{loaded.digest[:16]}_{count}"
    if not st.session_state.get(key):
        st.button(
            f"Measure {count} of {total:,} images",
            icon=":material/calculate:",
            on_click=lambda: st.session_state.update({key: True}),
            key="elbo_measure",
            help="About a tenth of a second an image.",
        )
        return
    gaps = cached_exact.gaps(loaded, count)
    table, worst = st.columns([1, 1.2], gap="medium")
    table.markdown(_table(loaded, gaps))
    with worst:
        _worst(loaded, gaps)
    every = f"all {len(gaps.image_M)}" if gaps.exact == len(gaps.image_M) else str(gaps.exact)
    st.caption(
        f"Means in nats per image, {len(gaps.image_M)} of {total:,} held-out images; ± is the "
        f"standard error over images. log p(x) is within {TOLERANCE} nats by its own estimate for "
        f"{every} of them (the largest estimate is {min(gaps.worst_error, 99.0):.4f}). The ELBO is "
        f"sampled with {cached_exact.ELBO_DRAWS // 4} draws an image."
    )


def _table(loaded: LoadedModel, gaps: Gaps) -> str:
    label_M = cached.encodings(loaded).label_N[gaps.image_M]
    names = DATASETS[loaded.checkpoint.dataset].class_names
    rows = ["| class | images | log p(x) | ELBO | gap |", "|:--|--:|--:|--:|--:|"]
    groups = [(widgets.plain(name), label_M == label) for label, name in enumerate(names)]
    for name, of_class in [*groups, ("**all**", np.ones(len(label_M), dtype=bool))]:
        if of_class.sum() < 2:
            continue
        gap = Estimate.of(gaps.gap_M[of_class])
        rows.append(
            f"| {name} | {of_class.sum()} | −{-gaps.log_p_M[of_class].mean():.1f} | "
            f"−{-gaps.elbo_M[of_class].mean():.1f} | {gap.value:.2f} ± {gap.error:.2f} |"
        )
    return "\n".join(rows)


def _worst(loaded: LoadedModel, gaps: Gaps) -> None:
    st.markdown("**The largest gaps**, as images and in nats")
    order = np.argsort(-gaps.gap_M)[:_WORST]
    chosen = gaps.image_M[order]
    widgets.show_images(
        cached_exact.images(loaded)[chosen].numpy(),
        loaded.checkpoint.model_config.image_shape,
        [f"image {n}: {gap:.1f}" for n, gap in zip(chosen, gaps.gap_M[order], strict=True)],
        84,
    )
    if st.button("Look at the worst one above", icon=":material/arrow_upward:", key="elbo_look"):
        bounds.ask_for_image(int(chosen[0]))
        st.rerun()
