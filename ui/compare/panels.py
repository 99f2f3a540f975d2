"""Runs to compare: which, what they differ in, and how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st

from ui.common import controls, forms, links
from ui.common.state import Slot
from ui.common.tables import Column, numbers, show_table
from ui.common.text import minus, plain, sentence
from ui.library.chooser import model_title, tell_left_out, visible_models
from ui.library.loaded import encodings_of, load_model, principal_variances
from ui.library.warnings import collapse
from ui.runs.client import STARTED
from ui.runs.figures import Curve, LinearCurve, linear_curve
from ui.runs.provenance import measured_in
from ui.runs.run_list import own_runs
from ui.runs.settings import title
from vae_core.config import LikelihoodKind
from vae_core.data import DATASETS
from vae_core.jobs import RunView, Snapshot, TrainRequest, read_run, read_snapshot
from vae_core.likelihoods import LIKELIHOODS
from vae_core.provenance import Unmeasured
from vae_core.storage.checkpoints import CheckpointError

MOST = 4
"""Runs that stand side by side."""

_CHOSEN: Slot[list[str]] = Slot("runs", [])
_NEWEST: Slot[list[str]] = Slot("newest_run", [])


def choose_runs() -> list[RunView]:
    """The runs of this browser and those in the link; the latest two are chosen at first."""
    linked = forms.read_list(links.opened_with(_CHOSEN.name))[:MOST]
    views, left_out = {}, {}
    on_disk = [run.run_id for run in reversed(own_runs()) if run.epochs > 0]
    for run_id in dict.fromkeys([*on_disk, *linked, *_CHOSEN.get(), *STARTED.get()]):
        try:
            view = read_run(run_id, watch=False)
        except ValueError as error:
            st.warning(sentence(error), icon=":material/link_off:")
            continue
        if not isinstance(view.request, TrainRequest) or not view.curve:
            continue
        if (dataset := view.request.train.dataset) in DATASETS:
            views[run_id] = view
        else:
            left_out[name_of(view)] = f"Its data set {plain(dataset)} is not known here."
    tell_left_out(left_out)
    if not views:
        return []
    latest = [run_id for run_id in views if run_id in STARTED.get()][-2:] or list(views)[-2:]
    if (newest := [run_id for run_id in STARTED.get() if run_id in views][-1:]) != _NEWEST.get():
        _NEWEST.set(newest)  # whoever has trained one wants to see it
        _CHOSEN.set(latest)
    chosen = controls.multiselect(
        "Runs",
        {run_id: name_of(views[run_id]) for run_id in reversed(views)},
        key=_CHOSEN.name,
        default=latest,
        most=MOST,
        help="Runs that this browser started, and those in the page's link.",
    )
    return [read_run(run_id) for run_id in chosen]


def name_of(view: RunView) -> str:
    """A few words that tell a run from its neighbours."""
    request = view.request
    assert isinstance(request, TrainRequest)
    train, record = request.train, view.record
    state_text = f", {view.state}" if view.unfinished else ""
    steered = ", steered" if record.steered else ""
    return (
        f"β = {train.beta:g}{steered}, {request.model.latent_dim}-D, seed {train.seed}, "
        f"{record.epochs_in_words}{state_text} ({view.run_id[:4]})"
    )


def warn_of_collapse(views: Sequence[RunView]) -> None:
    """Name the runs whose plane is of noise alone: it looks like any other."""
    for view in views:
        snapshot = read_snapshot(view.run_id)
        request = view.request
        assert isinstance(request, TrainRequest)
        if snapshot is None or snapshot.epoch == 0 or request.model.model != "vae":
            continue
        if said := collapse(snapshot.mu_NZ):
            st.warning(f"{plain(name_of(view))}: {said}", icon=":material/heart_broken:")


def show_differences(views: Sequence[RunView]) -> None:
    """The settings in which the runs differ, and what was changed by hand; nothing else."""
    settings = [_settings(view) for view in views]
    differing = [name for name in settings[0] if len({str(s[name]) for s in settings}) > 1]
    if not differing:
        st.markdown("The settings of these runs are the same.")
        return
    show_table(
        [Column("setting"), *(Column(plain(name_of(view))) for view in views)],
        [(title(name), *(_cell(s[name]) for s in settings)) for name in differing],
        about=Unmeasured("What differs", "Settings of the runs, as they were asked for."),
    )


def _cell(value: object) -> str:
    """A setting as text; 1e-05 has a minus sign."""
    text = f"{value:g}".replace("-", "−") if isinstance(value, float) else str(value)
    return plain(text)


def _settings(view: RunView) -> dict[str, object]:
    request = view.request
    assert isinstance(request, TrainRequest)
    by_hand = ", ".join(
        f"{title(change.name)} {'back' if change.value is None else f'{change.value:g}'} "
        f"at epoch {change.epoch:.1f}"
        for change in view.changes
    )
    return {**asdict(request.model), **asdict(request.train), "changed by hand": by_hand or "no"}


def by_dataset(views: Sequence[RunView]) -> dict[str, list[RunView]]:
    """Only runs of one data set show the same images."""
    groups: dict[str, list[RunView]] = {}
    for view in views:
        assert isinstance(view.request, TrainRequest)
        groups.setdefault(view.request.train.dataset, []).append(view)
    return groups


def show_ends(views: Sequence[RunView]) -> None:
    """The last point of every curve."""
    shown = ("reconstruction_nll", "kl", "elbo", "seconds")
    show_table(
        [Column("run"), *numbers("reconstruction NLL", "KL", "ELBO at β = 1", "seconds")],
        [
            (plain(name_of(view)), *(minus(view.curve[-1][name], 1) for name in shown))
            for view in views
        ],
        about=measured_in("The last epochs", views, "ELBO 2"),
    )
    st.caption("Means over held-out images after the last step, nats per image.")


def curves_of(views: Sequence[RunView]) -> list[Curve]:
    """For the figures."""
    return [Curve(name_of(view), view.curve) for view in views]


def warn_of_likelihoods(views: Sequence[RunView]) -> None:
    """Say so where the runs' numbers are nats of different things."""
    kinds = _likelihoods(views)
    if len(kinds) > 1:
        titles = " and ".join(LIKELIHOODS[name].title for name in sorted(kinds))
        st.warning(
            f"These runs have different likelihoods ({titles}): their reconstruction terms and "
            "ELBOs are nats of different things and are not comparable. See the page Likelihood.",
            icon=":material/compare_arrows:",
        )


def _likelihoods(views: Sequence[RunView]) -> set[LikelihoodKind]:
    return {
        view.request.model.likelihood for view in views if isinstance(view.request, TrainRequest)
    }


def exact_curve(views: Sequence[RunView]) -> LinearCurve | None:
    """The linear beta-VAE's optimum for the same images, where its nats are those of the runs.

    They are for Gaussian pixels of one fixed sigma; else None.
    """
    settings = {
        (view.request.train.dataset, view.request.model.noise_sd, view.request.model.latent_dim)
        for view in views
        if isinstance(view.request, TrainRequest)
    }
    if _likelihoods(views) != {"gaussian"} or len(settings) != 1:
        return None
    dataset, noise_sd, latent_dim = settings.pop()
    try:
        variances_I = principal_variances(dataset)
    except (OSError, ValueError):
        return None
    return linear_curve(variances_I, latent_dim, noise_sd**2)


def models_of(views: Sequence[RunView]) -> dict[str, tuple[float, float]]:
    """(R, D) of sound models of the library with the images' size and likelihood of the runs.

    A model that cannot be measured here is left out and named.
    """
    shapes = {
        view.request.model.image_shape for view in views if isinstance(view.request, TrainRequest)
    }
    kinds = _likelihoods(views)
    found: dict[str, tuple[float, float]] = {}
    left_out: dict[str, str] = {}
    for entry in visible_models("vae"):
        try:
            loaded = load_model(entry)
            if loaded.checkpoint.record.ruined:
                continue
            config = loaded.checkpoint.model_config
            if config.image_shape in shapes and kinds == {config.likelihood}:
                encoded = encodings_of(loaded)
                rate, distortion = encoded.kl_N.mean(), encoded.reconstruction_nll_N.mean()
                found[model_title(entry)] = (float(rate), float(distortion))
        except (CheckpointError, OSError, ValueError) as error:
            left_out[entry.name] = sentence(error)
    tell_left_out(left_out)
    return found


def choose_scale() -> bool:
    """Whether all planes have the same axes."""
    return controls.toggle(
        "One scale for all planes",
        False,
        key="compare_one_scale",
        help="Same axes show how far each cloud spreads, its own what is within a narrow one.",
    )


def snapshots_of(views: Sequence[RunView]) -> dict[str, Snapshot]:
    """The latest snapshot of every run that has one, by the run's name.

    Of one data set, they show the same images; a run that has none is left out and named.
    """
    found, left_out = {}, {}
    for view in views:
        if (snapshot := read_snapshot(view.run_id)) is None:
            left_out[name_of(view)] = "Its plane is missing."
        else:
            found[name_of(view)] = snapshot
    tell_left_out(left_out)
    return found
