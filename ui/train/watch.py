"""A run on the Train page: its state, plane and curves while it goes on and afterwards."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.common import controls, links
from ui.common.palette import CLASS_COLOURS
from ui.common.saving import save_canvas
from ui.common.state import Slot
from ui.common.text import minus, plain, sentence, stop_with
from ui.library.warnings import collapse
from ui.runs.client import mine
from ui.runs.provenance import measured_in
from ui.runs.queue_words import duration, waiting_sentence
from ui.runs.settings import settings_in_words
from ui.train.afterwards import offer_to_go_on, offer_to_keep, train_request
from ui.train.controls import steer
from ui.train.run_canvas import canvas_key, run_canvas, run_csv
from vae_core.data import DATASETS
from vae_core.jobs import RunView, Snapshot, read_run, read_snapshot
from vae_core.jobs.timeline import timeline_gif
from vae_core.planes.projections import default_plane
from vae_core.storage.record import epoch_in_words
from vae_core.web.run_data import run_data

_POLL_SECONDS = {"queued": 1.0, "running": 0.5, "paused": 1.0}
_PLAY_SECONDS = 0.5
_PICTURE_HEIGHT = 400
_BADGES = 3

_PLAYING = Slot("playing", "")
_PLAYED_FROM = Slot("played_from", "")


def watch(run: RunView) -> None:
    """The run's state, curves and plane; drawn again by itself until the run is over."""
    playing = _PLAYING.get() == run.run_id
    every = _PLAY_SECONDS if playing else _POLL_SECONDS.get(run.state)
    # A film is no series of views: its epochs do not come into the link one by one.
    fragment = st.fragment if playing else links.fragment
    fragment(_show, run_every=every)(run.run_id, run.state)


def _show(run_id: str, drawn_state: str) -> None:
    try:
        run = read_run(run_id)
    except ValueError as error:
        stop_with(sentence(error))
    if run.state != drawn_state:
        st.rerun()  # the whole page: how often to look again, and the Train button, depend on it
    with st.container(key="train_status"):
        _status_row(run)
        if not run.unfinished:
            offer_to_go_on(run)
        elif mine(run.run_id):
            steer(run)
        else:
            st.caption("Somebody else started this run: you watch. Only they can steer or stop it.")
    picture = st.container()
    epoch = _choose_epoch(run)
    with picture:
        _show_picture(run, read_snapshot(run_id, epoch))
    st.caption(f"Settings of this run: {plain(settings_in_words(train_request(run)))}.")
    if run.curve and not run.unfinished:
        about = measured_in("Plane and curves of the run", [run], "ELBO 2")
        snapshot = read_snapshot(run_id, epoch)
        save_canvas(canvas_key(run_id), about, lambda lines: run_csv(run, snapshot, lines))


def _status_row(run: RunView) -> None:
    keepable = run.model_path is not None and not run.unfinished and mine(run.run_id)
    told, action = st.columns([2.1, 1.6] if keepable else [4, 1], vertical_alignment="center")
    if run.unfinished:
        told.progress(min(run.fraction, 1.0), text=_progress_text(run))
        return
    with told:
        _tell_end(run)
    if keepable:
        with action:
            offer_to_keep(run)


def _progress_text(run: RunView) -> str:
    if run.state == "queued":
        return waiting_sentence(run)
    if run.paused:
        where = f"after epoch {epoch_in_words(run.epoch)} of {train_request(run).train.epochs}."
        return f"{run.message} It stands {where}" if run.message else f"Paused {where}"
    if run.message or not run.curve:
        return plain(run.message) or "Starting …"
    left = run.seconds_left
    rest = "" if left is None else f", {duration(left)} left"
    temperature = run.curve[-1].get("temperature")
    rest += "" if temperature is None else f" · temperature {temperature:.2f}"
    return f"Epoch {epoch_in_words(run.epoch)} of {train_request(run).train.epochs}{rest}"


def _tell_end(run: RunView) -> None:
    if run.state in ("failed", "interrupted"):
        st.error(plain(run.message), icon=":material/error:")
        return
    last = run.curve[-1] if run.curve else None
    numbers = (
        f" {run.record.count_in_words} in {last['seconds']:.1f} s, ELBO {minus(last['elbo'], 1)} "
        "nats per image on held-out images."
        if last
        else ""
    )
    if last and "temperature" in last:
        numbers += f" Its temperature fell to {last['temperature']:.2f}."
    if by_hand := run.record.changes_in_words:
        numbers += f" Changed by hand: {by_hand}."
    if run.state == "done":
        numbers = f"**Done.**{numbers}{' ' * bool(run.message)}{run.message}"
    else:
        numbers = f"{run.message}{numbers}"
    st.markdown(numbers)


def _choose_epoch(run: RunView) -> float | None:
    """Which epoch's plane to show: the latest while the run goes on, then any."""
    about = "Each point is a held-out image at its posterior mean"
    if train_request(run).model.latent_size > 2:
        about += ", seen along the two directions that vary most"
    if run.unfinished or len(run.snapshot_epochs) < 2:
        _show_dimensions(run, run.epoch, f"{about}.")
        return None
    dimensions = st.container()  # they are of the epoch that is chosen below
    scrub, play, export = st.columns([5, 1, 1.25], vertical_alignment="bottom")
    key, playing = f"at_{run.run_id}", _PLAYING.get() == run.run_id
    if playing:
        _play_on(run, key)
    epoch = controls.select_slider(
        "Plane after epoch",
        {epoch: epoch_in_words(epoch) for epoch in run.snapshot_epochs},
        default=run.snapshot_epochs[-1],
        key=key,
        at=scrub,
        help=f"{about}.",
    )
    with dimensions:
        _show_dimensions(run, epoch, "")
    if play.button(
        "Halt" if playing else "Play",
        icon=":material/pause:" if playing else ":material/play_arrow:",
        width="stretch",
        key="train_play",
    ):
        _PLAYING.set("" if playing else run.run_id)
        st.rerun()  # the whole page: how often to look again depends on it
    request = train_request(run)
    export.download_button(
        "GIF",
        lambda: timeline_gif(
            [s for e in run.snapshot_epochs if (s := read_snapshot(run.run_id, e)) is not None],
            request.model.image_shape,
            CLASS_COLOURS,
        ),
        "training.gif",
        "image/gif",
        icon=":material/download:",
        width="stretch",
        key="train_gif",
        on_click="ignore",
        help="The plane and the decoded sheet, epoch by epoch, as a picture that moves.",
    )
    return epoch


def _play_on(run: RunView, key: str) -> None:
    """One epoch further; from the end it begins anew, and at the end it halts."""
    epochs = run.snapshot_epochs
    shown = Slot(key, epochs[-1])
    now = epochs.index(shown.get())
    if now + 1 == len(epochs) and _PLAYED_FROM.get() == run.run_id:
        _PLAYING.clear()
        _PLAYED_FROM.clear()
        st.rerun()
    _PLAYED_FROM.set(run.run_id)
    shown.set(epochs[(now + 1) % len(epochs)])


def _show_dimensions(run: RunView, epoch: float, about: str) -> None:
    """How many dimensions live after an epoch, and a badge for each that has collapsed by then."""
    if not run.dimension_kl:
        st.caption(about)
        return
    dead = run.dead_dimensions(until=epoch)
    count = len(run.dimension_kl[-1])
    kind = "dimensions" if train_request(run).model.model == "vae" else "variables"
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(
        f"{about} {count - len(dead)} of {count} {kind} carry information "
        "(thin lines: the KL of each).",
        width="content",
    )
    for dimension, since in list(dead.items())[:_BADGES]:
        row.badge(
            f"z{dimension + 1} collapsed at epoch {epoch_in_words(since)}"
            if since
            else f"z{dimension + 1} unused",
            icon=":material/heart_broken:",
            color="orange",
        )
    if len(dead) > _BADGES:
        row.badge(f"and {len(dead) - _BADGES} more", color="orange")


def _show_picture(run: RunView, snapshot: Snapshot | None) -> None:
    request = train_request(run)
    latent_dim = request.model.latent_size
    plane = None
    if snapshot is not None:
        plane = default_plane(snapshot.mu_NZ)
        untrained = snapshot.epoch == 0
        if request.model.model == "vae" and not untrained and (said := collapse(snapshot.mu_NZ)):
            st.warning(said, icon=":material/heart_broken:")
    run_canvas(
        key=canvas_key(run.run_id),
        data=run_data(
            plane=plane,
            label_N=np.array([]) if snapshot is None else snapshot.label_N,
            latent_dim=latent_dim,
            image_shape=request.model.image_shape,
            logvar_NZ=None if snapshot is None or latent_dim != 2 else snapshot.logvar_NZ,
            pictures_SD=None if snapshot is None else snapshot.samples_SD,
            shown_epoch=0 if snapshot is None else snapshot.epoch,
            class_names=DATASETS[request.train.dataset].class_names,
            colours=CLASS_COLOURS,
            curve=run.curve,
            dimension_kl=run.dimension_kl,
            changes=run.changes,
            epochs=request.train.epochs,
            height=_PICTURE_HEIGHT,
        ),
    )
