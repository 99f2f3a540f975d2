"""What stands side by side: runs and models of the library, each by its file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from ui.common import controls, forms, links
from ui.common.state import Slot, owner
from ui.common.text import plain, sentence, short
from ui.compare.measured import Measured, measure
from ui.library.chooser import DEFAULT_MODEL, model_title, tell_left_out
from ui.library.loaded import LoadedModel, load_usable
from ui.runs.client import STARTED
from ui.runs.figures import Curve
from ui.runs.run_list import own_runs
from vae_core.config import ModelConfig, ModelKind, TrainConfig
from vae_core.jobs import RunView, TrainRequest, read_run
from vae_core.jobs.run_folder import RunFolder
from vae_core.models import MODELS
from vae_core.models.base import LatentModel
from vae_core.storage.checkpoints import SUFFIX
from vae_core.storage.library import ModelEntry, list_models
from vae_core.storage.record import TrainingRecord

MOST = 4
"""Members that stand side by side."""

_AT_FIRST = (f"mnist-2d-beta-0{SUFFIX}", f"{DEFAULT_MODEL}{SUFFIX}")
"""Shown where there is no run: without and with the KL term."""

# A run stands in the link by its id, a model by the name of its file, which no run's id can be.
_CHOSEN: Slot[list[str]] = Slot("runs", [])
_NEWEST: Slot[list[str]] = Slot("newest_run", [])


@dataclass(frozen=True)
class Member:
    """A run or a model of the library.

    Attributes:
        name: a few words that tell it from its neighbours, plain text.
        loaded: the model, and what was done to it; of a run that goes on, the last that was kept.
        measured: on its held-out images.
    """

    name: str
    loaded: LoadedModel
    measured: Measured

    @property
    def model_config(self) -> ModelConfig:
        return self.loaded.checkpoint.model_config

    @property
    def train_config(self) -> TrainConfig:
        return self.loaded.checkpoint.train_config

    @property
    def record(self) -> TrainingRecord:
        """What was done."""
        return self.loaded.checkpoint.record

    @property
    def curve(self) -> Curve:
        """Its numbers over its epochs; without points where its file has no history."""
        return Curve(self.name, self.loaded.checkpoint.history)


@dataclass(frozen=True)
class _Option:
    name: str
    entry: ModelEntry
    run_id: str = ""


def choose_members() -> list[Member]:
    """Up to ``MOST`` runs and models; those that cannot be shown are left out and named.

    To be chosen are the runs of this browser, those that it was shown, the models that are listed
    to it, and what the link names. The latest two runs are chosen at first.
    """
    linked = forms.read_list(links.opened_with(_CHOSEN.name))[:MOST]
    asked = dict.fromkeys([*linked, *_CHOSEN.get()])
    runs = _runs([name for name in asked if not name.endswith(SUFFIX)])
    options = runs | _models([name for name in asked if name.endswith(SUFFIX)])
    latest = [run_id for run_id in STARTED.get() if run_id in runs][-2:] or list(runs)[1::-1]
    latest = latest or [name for name in _AT_FIRST if name in options]
    if (newest := [run_id for run_id in STARTED.get() if run_id in runs][-1:]) != _NEWEST.get():
        _NEWEST.set(newest)  # whoever has trained one wants to see it
        _CHOSEN.set(latest)
    chosen = controls.multiselect(
        "Runs and models",
        {name: option.name for name, option in options.items()},
        key=_CHOSEN.name,
        default=latest,
        most=MOST,
        help="Runs that this browser started, newest first, models, and those in the page's link.",
    )
    members, left_out = [], {}
    for name in chosen:
        try:
            members.append(_member(options[name]))
        except (OSError, ValueError) as error:
            left_out[options[name].name] = sentence(error)
    tell_left_out(left_out)
    return members


def _runs(asked: Sequence[str]) -> dict[str, _Option]:
    """By id, newest first; those that train no model with an ELBO only if they are asked for."""
    found = {}
    own = {run.run_id: run.name for run in own_runs()}
    for run_id in dict.fromkeys([*reversed(STARTED.get()), *own, *asked]):
        try:
            view = read_run(run_id, watch=False)
        except ValueError as error:
            st.warning(sentence(error), icon=":material/link_off:")
            continue
        request = view.request
        if not isinstance(request, TrainRequest) or not view.curve:
            continue
        if run_id in asked or _has_elbo(request.model.model):
            path = view.model_path or RunFolder.of(run_id).model
            name = name_of(view, own.get(run_id, ""))
            found[run_id] = _Option(name, ModelEntry(f"run {run_id}", path, False), run_id)
    return found


def _models(asked: Collection[str]) -> dict[str, _Option]:
    """By the names of their files; those without an ELBO only if they are asked for."""
    found = {}
    linked = [name.removesuffix(SUFFIX) for name in asked]
    for entry in list_models(viewer=owner(), linked=linked):
        name = f"{entry.name}{SUFFIX}"
        if _has_elbo(entry.kind):
            found[name] = _Option(model_title(entry), entry)
        elif name in asked:
            found[name] = _Option(entry.name, entry)
    for name in asked:
        if name not in found:
            st.warning(f"There is no model {plain(short(name))} here.", icon=":material/link_off:")
    return found


def _has_elbo(kind: ModelKind) -> bool:
    return issubclass(MODELS[kind], LatentModel)


def _member(option: _Option) -> Member:
    """Load and measure it.

    Raises:
        OSError, ValueError: it cannot be read, has no ELBO, or its images are not to be had.
    """
    if option.run_id and read_run(option.run_id).model_path is None:  # who shows it looks at it
        raise ValueError("it has no model yet")
    loaded = load_usable(option.entry)
    _ = loaded.checkpoint.latent_model
    return Member(option.name, loaded, measure(loaded))


def name_of(view: RunView, own_name: str = "") -> str:
    """A few words that tell a run from its neighbours.

    Args:
        own_name: what its owner calls it.
    """
    if own_name:
        return f"{own_name} ({view.run_id[:4]})"
    request = view.request
    assert isinstance(request, TrainRequest)
    train, record = request.train, view.record
    state_text = f", {view.state}" if view.unfinished else ""
    steered = ", steered" if record.steered else ""
    return (
        f"β = {train.beta:g}{steered}, {request.model.latent_dim}-D, seed {train.seed}, "
        f"{record.epochs_in_words}{state_text} ({view.run_id[:4]})"
    )


def by_dataset(members: Sequence[Member]) -> Mapping[str, list[Member]]:
    """Only members of one data set show the same images."""
    groups: dict[str, list[Member]] = {}
    for member in members:
        groups.setdefault(member.loaded.dataset, []).append(member)
    return groups
