"""Training a method of the Missing labels page as a job, and its runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.common import controls
from ui.common.charts import show_chart
from ui.common.text import sentence
from ui.library.chooser import tell_left_out
from ui.library.loaded import read_checkpoint
from ui.missing_labels import measured
from ui.missing_labels.figures import accuracy_figure
from ui.missing_labels.results import error_in_the_table, kept_as_text
from ui.runs.provenance import measured_in
from ui.runs.run_group import CLASSIFIERS, RunGroup
from vae_core.jobs import RunView, TrainRequest
from vae_core.labels.methods import METHODS
from vae_core.models.classifier import Classifier
from vae_core.storage.checkpoints import Checkpoint

# Classifiers have no ELBO to compare.
_RUNS = RunGroup(
    "label_runs", most=6, grows=True, compared=False, poll_seconds=0.7, kinds=CLASSIFIERS
)


def train_here(per_class: int) -> None:
    """Choose a method, press the button, and watch its error fall."""
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    name = controls.selectbox(
        "Method",
        {name: method.title for name, method in METHODS.items()},
        default="m2",
        key="labels_method",
        at=left,
    )
    seed = controls.number_input("Seed", 0, 2**31, 0, key="labels_train_seed", at=middle)
    model, train = METHODS[name].configs(measured.FEW, per_class, seed)
    if right.button(
        "Train it here", type="primary", icon=":material/play_arrow:", key="labels_train"
    ):
        _RUNS.start([TrainRequest(model, train)])
    st.caption(
        f"{METHODS[name].about} {train.epochs} epochs over 4,000 images with "
        f"{kept_as_text(per_class)} labels per class: under a minute on one core."
    )
    _RUNS.watch(_show_curves)


def finished() -> list[tuple[str, Checkpoint]]:
    """Titles and models of the runs that ended with one; those that cannot be read are named."""
    models, left_out = [], {}
    for view in _RUNS.views(tell=False):  # what is gone is named below, where they train
        if view.unfinished or view.model_path is None:
            continue
        try:
            checkpoint = read_checkpoint(view.model_path)
            _require_images(checkpoint)
            models.append((_title(view), checkpoint))
        except ValueError as error:
            left_out[view.run_id] = sentence(error)
    tell_left_out(left_out)
    return models


def _require_images(checkpoint: Checkpoint) -> None:
    """Raises ValueError where a model does not tell the classes of the images of this page."""
    shown, taken = measured.images("test").image_shape, checkpoint.model_config.image_shape
    if not isinstance(checkpoint.model, Classifier) or taken != shown:
        raise ValueError(f"it does not classify images of {shown[0]} × {shown[1]} pixels")


def _method(view: RunView) -> str | None:
    """The row of ``METHODS`` that a run trains; None for another recipe."""
    request = view.request
    assert isinstance(request, TrainRequest)
    for name, method in METHODS.items():
        weight = method.train.generative_weight
        if method.model == request.model and weight == request.train.generative_weight:
            return name
    return None


def _title(view: RunView) -> str:
    request = view.request
    assert isinstance(request, TrainRequest)
    config, name = request.train, _method(view)
    title = request.model.model if name is None else METHODS[name].title
    kept = kept_as_text(config.labels_per_class)
    return f"{title}, {kept} per class, seed {config.seed} ({view.run_id[:4]})"


def _against_the_table(view: RunView) -> str:
    """How a run ended, and what the table above has for its method and as many labels."""
    request = view.request
    assert isinstance(request, TrainRequest)
    ended = f"{_title(view)}: **{100 * (1 - view.curve[-1]['accuracy']):.1f}%** wrong at its end"
    name = _method(view)
    known = "" if name is None else error_in_the_table(name, request.train.labels_per_class)
    return f"{ended}; in the table, {known}%." if known else f"{ended}."


def _show_curves(views: Sequence[RunView]) -> None:
    started = [view for view in views if len(view.curve) > 1]
    if started:
        show_chart(
            accuracy_figure([_title(view) for view in started], [view.curve for view in started]),
            "labels_curves",
            about=measured_in("Error while it trains", started, "Error while it trains"),
        )
        for view in started:
            if not view.unfinished:
                st.markdown(_against_the_table(view))
        st.caption(
            "On 1,000 test images. A method in two stages first trains its VAE, without labels: "
            "its error moves only afterwards."
        )
