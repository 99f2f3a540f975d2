"""The controls of a run that goes on: the KL term, the rate, pause, a single epoch, stop."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.common.state import Slot, owner
from ui.common.text import sentence
from ui.runs.client import runner
from vae_core.jobs import RunView, TrainRequest
from vae_core.settings import reads

_REFUSED = Slot("steer_refused", ("", ""))  # the run, and why its last control did nothing


def steer(run: RunView) -> None:
    """One row of controls; each acts from the next step on."""
    request = run.request
    assert isinstance(request, TrainRequest)
    run_id = run.run_id
    kl, beta, rate, hold, single, stop = st.columns(
        [0.85, 1, 1.15, 1.1, 1.25, 1], vertical_alignment="bottom"
    )
    if reads(request.model.model, "beta"):
        _kl_controls(kl, beta, run)
    rate.number_input(
        "Learning rate",
        1e-6,
        1.0,
        min(max(run.wishes.learning_rate or request.train.learning_rate, 1e-6), 1.0),
        1e-3,
        format="%g",
        key=f"steer_rate_{run_id}",
        on_change=_set_rate,
        args=(run_id,),
        help="The peak of the schedule; its shape over the run stays.",
    )
    if run.paused:
        _button(hold, run_id, "Resume", "play_arrow", "train_go_on", hold=None)
    else:
        _button(hold, run_id, "Pause", "pause", "train_pause", hold=0)
    about = "Train to the end of this epoch, then pause."
    _button(single, run_id, "1 epoch", "skip_next", "train_single", about, hold=int(run.epoch) + 1)
    _button(stop, run_id, "Stop", "stop", "train_stop", stop=True)
    of_run, refusal = _REFUSED.get()
    if of_run == run_id:
        st.error(refusal, icon=":material/error:")


def _kl_controls(kl: DeltaGenerator, beta: DeltaGenerator, run: RunView) -> None:
    """The switch of the KL term and its weight."""
    assert isinstance(run.request, TrainRequest)
    run_id, configured = run.run_id, run.request.train.beta
    beta_now = configured if run.wishes.beta is None else run.wishes.beta
    kl.toggle(
        "KL",
        beta_now != 0,
        key=f"steer_kl_{run_id}",
        on_change=_set_beta,
        args=(run_id, configured),
        help="The KL term. Off is β = 0, from the next step on: watch the cloud spread. On again: "
        "it comes back to the prior.",
    )
    beta.number_input(
        "β",
        0.0,
        1000.0,
        min(beta_now or configured or 1.0, 1000.0),
        0.5,
        format="%g",
        key=f"steer_beta_{run_id}",
        on_change=_set_beta,
        args=(run_id, configured),
        disabled=not _kl_on(run_id, configured),
    )


def _button(
    column: DeltaGenerator,
    run_id: str,
    label: str,
    icon: str,
    key: str,
    about: str | None = None,
    **wishes: object,
) -> None:
    column.button(
        label,
        icon=f":material/{icon}:",
        width="stretch",
        key=key,
        on_click=_ask,
        args=(run_id,),
        kwargs=wishes,
        help=about,
    )


def _kl_on(run_id: str, configured: float) -> bool:
    return Slot(f"steer_kl_{run_id}", configured != 0).get()


def _set_beta(run_id: str, configured: float) -> None:
    beta = float(Slot(f"steer_beta_{run_id}", configured or 1.0).get())
    chosen = beta if _kl_on(run_id, configured) else 0.0
    # The configured one means: as the schedule has it.
    _ask(run_id, beta=None if chosen == configured else chosen)


def _set_rate(run_id: str) -> None:
    _ask(run_id, learning_rate=float(Slot(f"steer_rate_{run_id}", 0.0).get()))


def _ask(run_id: str, **wishes: object) -> None:
    try:
        runner().ask(run_id, owner(), **wishes)
    except (ValueError, OSError) as error:  # the folder was removed, or the disk is full
        _REFUSED.set((run_id, sentence(error)))
    else:
        _REFUSED.clear()
