"""Panels of the Overlap page: the headline, what it means, classes that collide, and pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.canvas.latent import latent_canvas
from ui.common import controls, links
from ui.common.charts import show_chart
from ui.common.palette import CLASS_COLOURS
from ui.common.pictures import inline_png, show_images
from ui.common.saving import show_origin
from ui.common.state import Slot
from ui.common.text import plain, with_error
from ui.library import overlaps
from ui.library.loaded import (
    LoadedModel,
    binary_images,
    can_compare_binary,
    decode,
    encodings_of,
    held_out,
)
from ui.overlap import measured, origins
from ui.overlap.figures import class_confusion_figure
from ui.plane import planes
from vae_core.aggregate.overlap import class_confusion
from vae_core.pictures.image_files import to_png
from vae_core.planes.projections import Plane
from vae_core.statistics import Estimate
from vae_core.web.specs import Marker

_COLLIDING_SHOWN = 10
_PAIRS_SHOWN = 6
_HARDLY = 0.02  # a chance of collision below this is not worth a comparison

_FROM, _TO = Slot("overlap_from", ""), Slot("overlap_to", "")
_MATRIX: Slot[dict[str, Any]] = Slot("overlap_matrix", {})


def headline(loaded: LoadedModel) -> None:
    """The four figures of the data set."""
    overlap = overlaps.overlap(loaded)
    h = overlap.equivocation
    information, equivocation, sharing, error = st.columns(4)
    information.metric(
        "Mutual information MI(n;z)",
        _nats(overlap.mutual_information),
        help="What a draw z ~ q(z|x) tells about which image it came from: log N − H(n|z). It can "
        f"be {overlap.log_images:.2f} nats at most, the logarithm of the number of images.",
    )
    equivocation.metric(
        "Equivocation H(n|z)",
        _nats(h),
        help="What is left unknown about the image when z is seen. 0: posteriors apart; "
        "log N: all on one place.",
    )
    sharing.metric(
        "Perplexity exp H(n|z)",
        f"{math.exp(h.value):,.1f} images",
        help="The effective number of images that share a place: so many equally likely ones "
        "would leave the same doubt.",
    )
    wrong = overlap.identification_error
    error.metric(
        "Identification error",
        f"{with_error(100 * wrong.value, 100 * wrong.error, 2)}%",
        help="How often the best possible guess of the image from z is wrong: 1 − E[max r(z)].",
    )
    st.caption(
        f"N = {len(overlap.equivocation_N):,} held-out images, log N = {overlap.log_images:.3f} "
        "nats, n the number of an image; all against one another, four draws of z from each "
        "posterior. ± is the standard "
        "error of these draws."
    )
    show_origin("overlap_headline", origins.headline(loaded))


def _nats(estimate: Estimate) -> str:
    return f"{with_error(estimate.value, estimate.error)} nats"


def what_it_costs(loaded: LoadedModel) -> None:
    """When overlap is nearly free and when it costs, with this model's numbers."""
    if not can_compare_binary(loaded):
        st.markdown(
            "**Overlap of similar images is nearly free**: one picture serves them all. **Overlap "
            "of different images costs**: the best that a decoder can draw is a blend that fits "
            "none of them."
        )
        return
    cost = measured.cost(loaded)
    random = binary_images(loaded.dataset).pair_distance
    best = with_error(cost.best_squared_error.value, cost.best_squared_error.error, 1)
    ours = with_error(cost.model_squared_error.value, cost.model_squared_error.error, 1)
    rest = (
        "What it has above that is not the overlap's doing: the best decoder knows these very "
        "images, this one has never seen them."
    )
    if cost.collision.value < _HARDLY:
        st.markdown(
            "Take one z and draw two images that may have led to it: they differ in only "
            f"{cost.collision.value:.1%} of cases, so images hardly collide here. Overlap costs "
            f"even the best possible decoder a squared error of no more than **{best}** per image; "
            f"this model's decoder has **{ours}**. {rest}"
        )
    else:
        spread = 0.5 * cost.collision.value * random
        st.markdown(
            "Take one z and draw two images that may have led to it: in "
            f"**{cost.collision.value:.0%}** of cases they differ. Two images that collide like "
            f"this differ in **{cost.colliding_distance:.0f}** pixels, two random ones in "
            f"**{random:.0f}**.\n"
            "- **Overlap of similar images is nearly free**: one picture serves them all.\n"
            "- **Overlap of different images costs**: the best that a decoder can draw is a blend "
            "that fits none of them. Here even the best possible decoder has a squared error of "
            f"**{best}** per image; the same overlap among random images would cost "
            f"{spread:.1f}.\n"
            f"- This model's decoder has **{ours}**. {rest}"
        )
    st.caption(
        "Pixels drawn once as black or white, so a squared distance is a number of pixels. The "
        "best possible decoder draws the mean of the images that may have led to z, Σ r(z) x."
    )


@links.fragment
def classes(loaded: LoadedModel, plane: Plane, projection: str) -> None:
    """The matrix of classes; the chosen two on the plane; their images that collide most."""
    overlap, label_N = overlaps.overlap(loaded), encodings_of(loaded).label_N
    names = loaded.class_names
    confusion_KK = class_confusion(overlap, label_N)
    off_KK = np.nan_to_num(np.where(np.eye(len(names), dtype=bool), 0, confusion_KK))
    top = np.unravel_index(off_KK.argmax(), off_KK.shape)
    st.caption(
        "Draw z from a class (an image of it, then z from that posterior) and ask which class it "
        "came from, each class being as likely as another: the cell is the chance of each answer, "
        "in percent. A class is the mixture of its images' posteriors, so it may have several "
        "lobes. The table is symmetric but for Monte Carlo error, at most "
        f"{100 * np.nanmax(np.abs(confusion_KK - confusion_KK.T)):.1f} points here. Click a cell, "
        "or choose two classes."
    )
    matrix, right = st.columns([1.1, 1], gap="medium")
    with right:
        titles = (("z drawn from", _FROM), ("taken for", _TO))
        chosen = [
            names.index(
                controls.selectbox(title, names, default=names[label], key=slot.name, at=column)
            )
            for (title, slot), label, column in zip(titles, top, st.columns(2), strict=True)
        ]
    same = chosen[0] == chosen[1]
    with matrix:
        show_chart(
            class_confusion_figure(confusion_KK, names, None if same else (chosen[0], chosen[1])),
            "overlap_matrix",
            about=origins.matrix(loaded),
            on_select=_take_cell,
        )
    if same:
        right.info("Choose two different classes to see where they collide.")
        return
    colliding = _most_like(overlap.class_share_NK[:, chosen[1]], label_N, chosen[0])
    with right:
        latent_canvas(
            key=f"overlap_classes_{loaded.digest[:16]}_{projection}",
            planes=[planes.pane(loaded, projection, "")],
            image_shape=loaded.image_shape,
            class_names=names,
            colours=CLASS_COLOURS,
            height=360,
            card=False,
            shown_classes=chosen,
            about=origins.matrix(loaded),
            markers=[
                Marker(float(plane.xy_N2[n, 0]), float(plane.xy_N2[n, 1]), str(place + 1))
                for place, n in enumerate(colliding[:3])
            ],
        )
    images = held_out(loaded.dataset)
    share = confusion_KK[chosen[0], chosen[1]]
    st.markdown(
        f"**The images of class {plain(names[chosen[0]])} that lie deepest in class "
        f"{plain(names[chosen[1]])}** ({share:.1%} of its draws are taken for the other)"
    )
    show_images(
        images.x_ND[colliding].numpy(),
        images.image_shape,
        [
            f"{place + 1}: {overlap.class_share_NK[n, chosen[1]]:.0%}"
            for place, n in enumerate(colliding)
        ],
        72,
    )


def _take_cell() -> None:
    """A clicked cell sets the two choosers."""
    points = _MATRIX.get()["selection"]["points"]
    if points:
        start, end, _ = points[0]["customdata"]
        _FROM.set(start)
        _TO.set(end)


def _most_like(
    share_N: NDArray[np.floating], label_N: NDArray[np.integer], label: int
) -> list[int]:
    of_class = np.flatnonzero(label_N == label)
    order = of_class[np.argsort(-share_N[of_class], kind="stable")]
    return [int(n) for n in order[:_COLLIDING_SHOWN]]


def choose_pairs() -> bool:
    """Whether the pairs are of different classes; the panel and the lens show the same ones."""
    kind = controls.segmented_control(
        "Pairs",
        {"different": "of different classes", "any": "of any classes"},
        key="overlap_pairs",
        label_visibility="collapsed",
    )
    return kind == "different"


def pairs(loaded: LoadedModel, different: bool) -> None:
    """The pairs of images whose posteriors nearly coincide.

    Args:
        different: only those of different classes.
    """
    found = measured.confusable_pairs(loaded, different)[:_PAIRS_SHOWN]
    if not found:
        st.info("There are no such pairs: the data set has a single class.")
        return
    images, encoded = held_out(loaded.dataset), encodings_of(loaded)
    shape = images.image_shape
    meeting_PD = decode(loaded, np.stack([pair.meeting_Z for pair in found]))
    for column, pair, meeting_D in zip(
        st.columns(_PAIRS_SHOWN)[: len(found)], found, meeting_PD, strict=True
    ):
        both = [pair.first, pair.second]
        x_2D = images.x_ND[both].numpy()
        names = [loaded.class_names[int(encoded.label_N[n])] for n in both]
        least, most = pair.bayes_error_bounds
        distance = float(((x_2D[0] - x_2D[1]) ** 2).sum())
        with column:
            _strip(x_2D, shape, f"{names[0]} and {names[1]}")
            _strip(decode(loaded, encoded.mu_NZ[both]), shape, "reconstructions")
            _strip(meeting_D, shape, "most overlap", width=96)
            st.markdown(
                f"BC **{pair.coefficient:.4f}**  \nerror {least:.0%} to {most:.0%}  \n"
                f"{distance:.0f} apart"
            )
    st.caption(
        "BC: Bhattacharyya coefficient of the two posteriors, 1 if they are the same; the largest "
        "of all pairs, an image in one pair only. Error: the best guess which of the two a z came "
        "from is wrong in a share between these bounds (50% is chance). Apart: squared distance of "
        "the two grey images, summed over pixels: the larger, the more the overlap costs."
    )


def _strip(
    pictures_ND: NDArray[np.floating], shape: tuple[int, int], caption: str, width: int = 128
) -> None:
    sheet = inline_png(to_png(pictures_ND, shape))
    st.image(sheet, caption=plain(caption), width=width)
