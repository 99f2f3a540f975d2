"""Panel of the Surgery page: what of these numbers is the model's, and what the sample's."""

from __future__ import annotations

import streamlit as st

from ui.common.charts import show_chart
from ui.common.text import with_error
from ui.library.loaded import LoadedModel
from ui.library.provenance import measured_on
from ui.surgery import measured
from ui.surgery.size_figure import by_size_figure
from vae_core.aggregate.sample_size import DRAWS


def what_depends_on_n(loaded: LoadedModel) -> None:
    """MI, marginal KL and holes for more and more images; a sentence where one N is all."""
    parts, holes = measured.operation(loaded), measured.holes(loaded)
    training = measured.by_size(loaded)
    if not training:
        st.markdown(
            f"q(z) is the mixture of the N = {parts.images:,} held-out images here. With more of "
            "them MI(n;z) would be larger, KL[q(z) || p(z)] smaller and the holes fewer: the "
            "errors above are of the draws and know nothing of N. The posteriors of this model's "
            "training images are not at hand, so only this one N can be shown."
        )
        return
    last = training[-1]
    information, marginal = (
        with_error(one.value, one.error, 2) for one in (last.mutual_information, last.marginal_kl)
    )
    st.markdown(
        "q(z) is a mixture of one cloud an image: with few images it is rough, and what looks "
        "like a property of the model is partly one of the sample. With all "
        f"**{last.images:,}** training images in the mixture MI(n;z) is "
        f"**{information}** nats, KL[q(z) || p(z)] "
        f"**{marginal}** nats, and "
        f"**{100 * last.holes.value:.1f} ± {100 * last.holes.error:.1f}%** of the prior lies in "
        f"holes, where the {parts.images:,} held-out images give "
        f"{parts.mutual_information.value:.2f} and {parts.marginal_kl.value:.2f} nats and "
        f"{holes.share.value:.1%}. Their sum, the mean KL, hardly depends on N."
    )
    show_chart(
        by_size_figure(
            training,
            (
                parts.images,
                parts.mutual_information.value,
                parts.marginal_kl.value,
                holes.share.value,
            ),
        ),
        "surgery_sizes",
        about=measured_on(
            "MI, marginal KL and holes against N",
            loaded,
            "The same against the number of images",
            notes=[("training images", f"the first N of {last.images:,}, in one random order")],
        ),
    )
    st.caption(
        f"Posteriors of training images, the first N in a random order; {DRAWS:,} "
        "draws of z ~ q(z), and as many of the prior for the holes; every density is a sum over "
        "all N. Bars: ± 2 standard errors of the draws. Where a curve still moves at its right "
        "end, more images would move it further."
    )
