"""Panels of the Missing labels page: the comparison, here and in print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import streamlit as st

from ui.common import controls
from ui.common.charts import show_chart
from ui.common.tables import Column, numbers, show_table
from ui.common.text import minus, unbroken, with_error
from ui.missing_labels import measured, origins
from ui.missing_labels.figures import errors_figure
from vae_core.labels.methods import LABELS_PER_CLASS, METHODS
from vae_core.labels.results import LabelRun
from vae_core.provenance import About, Unmeasured

# Test error in per cent as published, with what each stands for.
_PUBLISHED = [
    ("M1 + TSVM, Kingma et al. 2014", "11.82", "4.24", ""),
    ("M2, Kingma et al. 2014", "11.97 ± 1.71", "3.60", ""),
    ("M1+M2, Kingma et al. 2014", "3.33 ± 0.14", "2.40", ""),
    ("classification RBM, generative, Larochelle et al. 2012", "", "", "3.39"),
    ("classification RBM, discriminative, Larochelle et al. 2012", "", "", "1.81"),
    ("classification RBM, hybrid, Larochelle et al. 2012", "", "", "1.28"),
]


# Stands in the cell of every figure whose recipe saw the errors that it is judged by.
_SEEN = unbroken(" †")
_SEEN_IN_WORDS = (
    "† The recipe (widths, α, schedule, epochs) was chosen with test errors in view, mostly of "
    "seed 0: these figures are somewhat optimistic."
)


def kept_as_text(per_class: int) -> str:
    """As the slider and the axis have it."""
    return str(per_class or "all")


def choose_kept() -> int:
    """How many labels per class are kept, for the whole page; 0 is all."""
    return controls.select_slider(
        "Labels kept, per class",
        {kept: kept_as_text(kept) for kept in LABELS_PER_CLASS},
        default=10,
        key="labels_kept",
        help="The same labelled images for every method. The other training images stay, without "
        "their labels.",
    )


def compare(per_class: int) -> None:
    """Error against labels for every method, and a table at the chosen number."""
    runs = [run for run in measured.results() if run.dataset == measured.FEW]
    if not runs:
        st.info(
            "checkpoints/label_results.json is missing or damaged; restore it, or make it anew: "
            "`python checkpoints/labels.py`."
        )
        return
    curves = {
        method.title: [_spread(runs, name, kept) for kept in LABELS_PER_CLASS]
        for name, method in METHODS.items()
    }
    show_chart(
        errors_figure(
            [kept_as_text(kept) for kept in LABELS_PER_CLASS], curves, kept_as_text(per_class)
        ),
        "labels_errors",
        about=origins.errors(runs, "Error against labels", per_class),
    )
    rows = []
    for name, method in METHODS.items():
        if (spread := _spread(runs, name, per_class)) is not None:
            own = [run for run in runs if run.method == name]
            rows.append((spread, method.title, method.about, own[0].epochs, _seeds(own)))
    rows.sort(key=lambda row: row[0][0])
    show_table(
        [
            Column(f"at {kept_as_text(per_class)} labels per class"),
            *numbers("test error", unit="%"),
            *numbers("seeds", "epochs"),
            Column("what it does with the images without labels"),
        ],
        [
            (title, _mean(*spread, 1) + _SEEN, seeds, str(epochs), about)
            for spread, title, about, epochs, seeds in rows
        ],
        about=origins.errors(runs, "The methods in numbers", per_class),
    )
    st.caption(
        f"Mean ± standard deviation over {_seeds(runs)} seeds, which also choose the labels. "
        "4,000 training images, error on 1,000 others. "
        f"{_SEEN_IN_WORDS} Recomputed by `python checkpoints/labels.py`."
    )


def error_in_the_table(method: str, per_class: int) -> str:
    """Test error in per cent, mean ± standard deviation over seeds; "" where there is none."""
    runs = [run for run in measured.results() if run.dataset == measured.FEW]
    spread = _spread(runs, method, per_class)
    return "" if spread is None else _mean(*spread, 1)


def _spread(
    runs: Sequence[LabelRun], method: str, per_class: int
) -> tuple[float, float | None] | None:
    """Mean and standard deviation of the test error, %; one run alone has none."""
    errors = [
        run.error for run in runs if (run.method, run.labels_per_class) == (method, per_class)
    ]
    if not errors:
        return None
    return float(np.mean(errors)), float(np.std(errors, ddof=1)) if len(errors) > 1 else None


def _mean(mean: float, deviation: float | None, digits: int) -> str:
    if deviation is None:
        return unbroken(f"{minus(mean, digits)} (one seed)")
    return with_error(mean, deviation, digits)


def beside_published() -> None:
    """Ours on full MNIST, and the published figures, each with its protocol."""
    runs = [run for run in measured.results() if run.dataset == "mnist"]
    theirs = st.container()
    if runs:
        ours, theirs = st.columns(2, gap="medium")
        rows = []
        for name, method in METHODS.items():
            spreads = [_spread(runs, name, kept) for kept in (10, 0)]
            cells = [_mean(*one, 2) + _SEEN if one else "" for one in spreads]
            if any(cells):
                rows.append((method.title, *cells))
        head = Column("here, full MNIST, test error %")
        about: About = origins.errors(runs, "Here on full MNIST", 10)
        show_table([head, *numbers("100 labels", "all labels")], rows, about=about, at=ours)
        ours.caption(
            "60,000 training images, 10 of each class with their label (or all), the official "
            f"10,000 test images, {_seeds(runs)} seeds: `python checkpoints/labels.py --full`. "
            f"Epochs: {_epochs(runs)}. {_SEEN_IN_WORDS}"
        )
    head = Column("published, full MNIST, test error %")
    columns = numbers("100 labels", "1,000 labels", "all labels")
    about = Unmeasured("As published", "Copied from the papers that the table names.")
    show_table([head, *columns], _PUBLISHED, about=about, at=theirs)
    theirs.caption(
        "Kingma et al. 2014, arXiv:1406.5298, table 1: ten splits, networks and hundreds of epochs "
        "of their own. Larochelle et al. 2012, JMLR 13: settings chosen on 10,000 validation "
        "images. Another protocol than ours: read across, do not rank."
    )


def _seeds(runs: Sequence[LabelRun]) -> str:
    """How many there are of each method, data set and number of labels."""
    counts = Counter((run.method, run.dataset, run.labels_per_class) for run in runs).values()
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def _epochs(runs: Sequence[LabelRun]) -> str:
    by_method = {run.method: run.epochs for run in runs}
    return ", ".join(
        f"{METHODS[name].title} {epochs}" for name, epochs in by_method.items() if name in METHODS
    )
