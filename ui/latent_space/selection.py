"""Images that a person selected on the plane: which they are, and what they have in common."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from ui.canvas.events import Selection, parse_selection
from ui.common import links
from ui.common.charts import show_chart
from ui.common.forms import Form
from ui.common.palette import CLASS_COLOURS
from ui.common.pictures import inline_png, show_images
from ui.common.state import Slot
from ui.latent_space import origins
from ui.latent_space.figures import class_counts_figure
from ui.library.loaded import LoadedModel, decode, encodings_of, held_out
from ui.plane import planes
from vae_core.data import LabelledImages
from vae_core.evaluation.encodings import Encodings
from vae_core.pictures.image_files import to_png
from vae_core.planes.projections import Plane

GALLERY = 24
_MOST_CORNERS = 60  # of an outline, so that it fits into a link
_PER_ROW = 12


def inside(
    polygon: Sequence[tuple[float, float]], xy_N2: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Which places lie inside a polygon, by the even-odd rule: a ray to the right crosses its
    edges an odd number of times. Places on an edge belong to one side of it.

    Returns:
        shape (N,).

    Source: Shimrat 1962, algorithm 112, CACM 5(8); Franklin's PNPOLY.
    """
    corners_K2 = np.asarray(polygon, np.float64)
    x_N, y_N = np.asarray(xy_N2, np.float64).T
    inside_N = np.zeros(len(x_N), bool)
    low, high = corners_K2.min(axis=0), corners_K2.max(axis=0)
    near = np.flatnonzero((x_N >= low[0]) & (x_N <= high[0]) & (y_N >= low[1]) & (y_N <= high[1]))
    x, y = x_N[near], y_N[near]
    odd = np.zeros(len(near), bool)
    for (x1, y1), (x2, y2) in zip(corners_K2, np.roll(corners_K2, 1, axis=0), strict=True):
        if y1 == y2:
            continue
        straddles = (y1 > y) != (y2 > y)
        odd ^= straddles & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    inside_N[near] = odd
    return inside_N


def images_in(selection: Selection, plane: Plane, label_N: NDArray[np.integer]) -> NDArray[np.intp]:
    """Indices of the images whose points lie in a selection and whose class the legend showed."""
    inside_N = inside(selection.polygon, plane.xy_N2)
    return np.flatnonzero(inside_N & np.isin(label_N, selection.classes))


@dataclass(frozen=True)
class _Kept:
    digest: str
    projection: str
    selection: Selection


_SELECTION: Slot[_Kept | None] = Slot("selection", None)


def keep(loaded: LoadedModel, projection: str, selection: Selection) -> None:
    """Remember a selection for this session, as exactly as a link can say it."""
    corners = [(float(f"{x:.5g}"), float(f"{y:.5g}")) for x, y in selection.polygon]
    selection = replace(selection, polygon=tuple(simplified(corners, _MOST_CORNERS)))
    _SELECTION.set(_Kept(loaded.digest, projection, selection))


def simplified(corners: list[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """The outline with fewer corners: each that goes takes the smallest triangle with it.

    Source: Visvalingam and Whyatt 1993, The Cartographic Journal 30(1).
    """
    while len(corners) > most:
        at_K2 = np.array(corners)
        before_K2, after_K2 = np.roll(at_K2, 1, axis=0) - at_K2, np.roll(at_K2, -1, axis=0) - at_K2
        area_K = np.abs(before_K2[:, 0] * after_K2[:, 1] - before_K2[:, 1] * after_K2[:, 0])
        del corners[int(area_K.argmin())]
    return corners


def kept(loaded: LoadedModel, projection: str) -> Selection | None:
    """The selection that was made on this plane of this model, kept and in the link."""
    found = links.value(_SELECTION, _form(loaded, projection))
    if found is None or (found.digest, found.projection) != (loaded.digest, projection):
        return None
    return found.selection


def _form(loaded: LoadedModel, projection: str) -> Form[_Kept | None]:
    """Corners with ~ between them, behind c the labels of the classes unless they are all."""
    classes = tuple(range(len(loaded.class_names)))

    def write(kept: _Kept | None) -> str:
        if kept is None or (kept.digest, kept.projection) != (loaded.digest, projection):
            return ""
        polygon, shown = kept.selection.polygon, kept.selection.classes
        corners = "~".join(f"{x + 0.0:.5g}_{y + 0.0:.5g}" for x, y in polygon)
        return corners + ("" if shown == classes else "c" + "-".join(map(str, shown)))

    def read(text: str) -> _Kept:
        corners, _, shown = text.partition("c")
        polygon = [[float(value) for value in corner.split("_")] for corner in corners.split("~")]
        labels = [int(label) for label in shown.split("-")] if shown else list(classes)
        sent = {"plane": 0, "polygon": polygon, "classes": labels}
        found = parse_selection(sent, planes_of_one)
        if found is None:
            raise ValueError(f"{text!r:.80} is no selection")
        return _Kept(loaded.digest, projection, found)

    planes_of_one = [planes.pane(loaded, projection, "")]
    return Form(write, read)


def clear() -> None:
    """Forget the selection."""
    _SELECTION.clear()


@dataclass(frozen=True)
class _Summary:
    """What is shown of a selection: found once, since every click on the plane shows it again."""

    of: _Kept
    chosen_M: NDArray[np.intp]
    sheet: bytes
    sheet_count: int
    counts: go.Figure
    means_2D: NDArray[np.floating]


_SUMMARY: Slot[_Summary | None] = Slot("selection_summary", None)


def show(loaded: LoadedModel, projection: str, plane: Plane, selection: Selection) -> None:
    """The selected images with reconstructions, their classes, their mean, and downloads."""
    encodings = encodings_of(loaded)
    summary = _summary(loaded, plane, _Kept(loaded.digest, projection, selection))
    if summary is None:
        words, button = st.columns([6, 1], vertical_alignment="center")
        words.caption("There is no image of a class that is shown inside the outline.")
        button.button("Clear", on_click=clear, width="stretch")
        return
    chosen_M = summary.chosen_M
    count = f"{len(chosen_M):,} of {len(encodings.label_N):,} images selected"
    words, to_csv, to_npz, button = st.columns([4, 1, 1, 1], vertical_alignment="center")
    words.markdown(f"**{count}** by their posterior means")
    to_csv.download_button(
        "CSV",
        lambda: table_csv(encodings, chosen_M),
        "selection.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    to_npz.download_button(
        "NPZ",
        lambda: table_npz(encodings, chosen_M),
        "selection.npz",
        "application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    button.button("Clear", on_click=clear, width="stretch")
    gallery, classes, means = st.columns([3.4, 1.5, 1.3], gap="medium")
    some = summary.sheet_count
    shown = f"{some} of them" if some < len(chosen_M) else "Each of them"
    gallery.image(
        inline_png(summary.sheet),
        width="stretch",
        caption=f"{shown}; below each row the reconstructions, decoded from the means",
    )
    about = origins.selection(loaded, len(chosen_M))
    show_chart(summary.counts, "selection_counts", about=about, at=classes)
    with means:
        show_images(
            summary.means_2D,
            loaded.image_shape,
            ["mean image", "decode of the mean latent"],
            84,
        )


def _summary(loaded: LoadedModel, plane: Plane, of: _Kept) -> _Summary | None:
    """None for a selection without images."""
    last = _SUMMARY.get()
    if last is not None and last.of == of:
        return last
    encodings = encodings_of(loaded)
    images = held_out(loaded.dataset)
    chosen_M = images_in(of.selection, plane, encodings.label_N)
    if not len(chosen_M):
        return None
    # Evenly over the selection, so that one class does not fill the gallery.
    steps = np.linspace(0, len(chosen_M) - 1, min(GALLERY, len(chosen_M))).round().astype(int)
    some = chosen_M[steps]
    mean_latent_Z = encodings.mu_NZ[chosen_M].mean(axis=0)
    decoded_D = decode(loaded, mean_latent_Z[None])[0]
    names = loaded.class_names
    counts_K = np.bincount(encodings.label_N[chosen_M], minlength=len(names))
    summary = _Summary(
        of,
        chosen_M,
        _sheet(images.x_ND[some].numpy(), decode(loaded, encodings.mu_NZ[some]), images),
        len(some),
        class_counts_figure(counts_K, names, CLASS_COLOURS),
        np.stack([images.x_ND[chosen_M].mean(dim=0).numpy(), decoded_D]),
    )
    _SUMMARY.set(summary)
    return summary


def _sheet(
    originals_ND: NDArray[np.floating], decoded_ND: NDArray[np.floating], images: LabelledImages
) -> bytes:
    """Rows of images, below each the row of their reconstructions."""
    rows = []
    for first in range(0, len(originals_ND), _PER_ROW):
        for part in (originals_ND[first : first + _PER_ROW], decoded_ND[first : first + _PER_ROW]):
            rows.append(np.pad(part, ((0, _PER_ROW - len(part)), (0, 0))))
    return to_png(np.concatenate(rows), images.image_shape, columns=_PER_ROW, scale=2)


def table_csv(encodings: Encodings, chosen_M: NDArray[np.intp]) -> str:
    """One row per image: index, label, posterior, terms of the ELBO (nats)."""
    columns = _columns(encodings, chosen_M)
    latent_dim = encodings.mu_NZ.shape[1]
    header = ["index", "label"]
    header += [f"{name}_{j + 1}" for name in ("mu", "logvar") for j in range(latent_dim)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*header, "reconstruction_nll", "kl", "elbo"])
    parts = [np.atleast_2d(column.T).T for column in columns.values()]
    for row in zip(*(part.tolist() for part in parts), strict=True):
        writer.writerow([value for cell in row for value in cell])
    return text.getvalue()


def table_npz(encodings: Encodings, chosen_M: NDArray[np.intp]) -> bytes:
    """The same columns as arrays of a NumPy file."""
    content = io.BytesIO()
    np.savez(content, **_columns(encodings, chosen_M))
    return content.getvalue()


def _columns(encodings: Encodings, chosen_M: NDArray[np.intp]) -> dict[str, Any]:
    return {
        "index": chosen_M,
        "label": encodings.label_N[chosen_M],
        "mu": encodings.mu_NZ[chosen_M],
        "logvar": encodings.logvar_NZ[chosen_M],
        "reconstruction_nll": encodings.reconstruction_nll_N[chosen_M],
        "kl": encodings.kl_N[chosen_M],
        "elbo": encodings.elbo_N[chosen_M],
    }
