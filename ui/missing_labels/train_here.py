"""Training a method of the Missing labels page as a job, and its runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.common import controls, forms, links
from ui.common.charts import show_chart
from ui.common.state import Slot, session
from ui.common.text import plain, sentence
from ui.library.loaded import read_checkpoint
from ui.missing_labels import measured
from ui.missing_labels.figures import accuracy_figure
from ui.missing_labels.results import kept_as_text
from ui.runs.client import runner
from vae_core.jobs import RunView, TrainRequest, read_run
from vae_core.labels.methods import METHODS
from vae_core.storage.checkpoints import Checkpoint, CheckpointError

_POLL_SECONDS = 0.7
_MOST = 6
_RUNS: Slot[tuple[str, ...]] = Slot("label_runs", ())


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
        _start(TrainRequest(model, train))
    st.caption(
        f"{METHODS[name].about} {train.epochs} epochs over 4,000 images with "
        f"{kept_as_text(per_class)} labels per class: under a minute on one core."
    )
    run_ids = _current()
    if not run_ids:
        return
    try:
        unfinished = any(read_run(run_id).unfinished for run_id in run_ids)
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    st.fragment(_show, run_every=_POLL_SECONDS if unfinished else None)(run_ids, unfinished)


def finished() -> list[tuple[str, Checkpoint]]:
    """Titles and models of the runs that ended with one."""
    models = []
    for run_id in _current():
        try:
            view = read_run(run_id)
            if view.unfinished or view.model_path is None:
                continue
            models.append((_title(view), read_checkpoint(view.model_path)))
        except (ValueError, OSError, CheckpointError):
            continue
    return models


def _start(request: TrainRequest) -> None:
    try:
        run_id = runner().submit(request, session())
    except (ValueError, OSError) as error:
        st.error(sentence(error), icon=":material/error:")
        return
    _RUNS.set((*_current(), run_id)[-_MOST:])


def _current() -> tuple[str, ...]:
    """The runs in the link, else those of this session."""
    return links.value(_RUNS, forms.names(_MOST))


def _title(view: RunView) -> str:
    request = view.request
    assert isinstance(request, TrainRequest)
    config = request.train
    title = next(
        (
            method.title
            for method in METHODS.values()
            if method.model == request.model
            and method.train.generative_weight == config.generative_weight
        ),
        request.model.model,
    )
    kept = kept_as_text(config.labels_per_class)
    return f"{title}, {kept} per class, seed {config.seed} ({view.run_id[:4]})"


def _show(run_ids: Sequence[str], drawn_unfinished: bool) -> None:
    views = [read_run(run_id) for run_id in run_ids]
    if any(view.unfinished for view in views) != drawn_unfinished:
        st.rerun()
    for view in views:
        if view.unfinished:
            told, action = st.columns([5, 1], vertical_alignment="center")
            waits = f"Number {view.position} in the queue." if view.position else "Starting …"
            text = f"{_title(view)}: epoch {view.epoch}" if view.curve else waits
            told.progress(min(view.fraction, 1.0), text=text)
            if action.button("Stop", icon=":material/stop:", key=f"labels_stop_{view.run_id}"):
                runner().stop(view.run_id)
        elif view.message:
            st.warning(f"{_title(view)}: {plain(view.message)}")
    started = [view for view in views if len(view.curve) > 1]
    if started:
        show_chart(
            accuracy_figure([_title(view) for view in started], [view.curve for view in started]),
            "labels_curves",
        )
        st.caption(
            "On 1,000 test images. A method in two stages first trains its VAE, without labels: "
            "its error moves only afterwards."
        )
