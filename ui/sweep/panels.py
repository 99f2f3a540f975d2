"""A sweep over beta and seeds: what to run, and the table that fills in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from ui.common import controls, forms, links
from ui.common.charts import show_chart
from ui.common.state import Slot, session
from ui.common.tables import numbers, show_table
from ui.common.text import plain, sentence, with_error
from ui.runs.client import STARTED, runner
from ui.runs.recipes import SIZES
from ui.sweep.figures import sweep_figure
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import DATASETS
from vae_core.jobs import MAX_EPOCHS, RunView, TrainRequest, read_run, summarise
from vae_core.jobs.client import MAX_UNFINISHED

_POLL_SECONDS = 1.0
_RUNS: Slot[tuple[str, ...]] = Slot("sweep", ())

Number = TypeVar("Number", int, float)


def choose_requests() -> list[TrainRequest] | None:
    """One request for every beta and seed; None, with a sentence, where the lists are no lists."""
    dataset = controls.selectbox(
        "Data set", {name: spec.title for name, spec in DATASETS.items()}, key="sweep_dataset"
    )
    betas_text = controls.text_input("β", "0, 0.5, 1, 2, 4", key="sweep_betas")
    seeds_text = controls.text_input("Seeds", "0, 1, 2", key="sweep_seeds")
    left, right = st.columns(2)
    latent_dim = controls.number_input("Latent dim.", 1, 64, 2, key="sweep_latent_dim", at=left)
    epochs = controls.number_input("Epochs", 1, MAX_EPOCHS, 20, key="sweep_epochs", at=right)
    hidden, decoder_hidden, learning_rate = SIZES["128"]
    try:
        betas = _numbers(betas_text, float, "the list of β")
        seeds = _numbers(seeds_text, int, "the list of seeds")
        if len(betas) * len(seeds) > MAX_UNFINISHED:
            raise ValueError(
                f"{len(betas)} values of β and {len(seeds)} seeds make {len(betas) * len(seeds)} "
                f"runs; at most {MAX_UNFINISHED} fit into the queue"
            )
        model = ModelConfig(
            image_shape=DATASETS[dataset].image_shape,
            latent_dim=latent_dim,
            hidden=hidden,
            decoder_hidden=decoder_hidden,
        )
        return [
            TrainRequest(
                model,
                TrainConfig(
                    dataset=dataset,
                    beta=beta,
                    seed=seed,
                    epochs=epochs,
                    batch_size=128,
                    learning_rate=learning_rate,
                ),
            )
            for beta in betas
            for seed in seeds
        ]
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return None


def _numbers(text: str, kind: Callable[[str], Number], what: str) -> list[Number]:
    try:
        return list(dict.fromkeys(kind(part) for part in text.split(",")))
    except ValueError:
        numbers = "whole numbers" if kind is int else "numbers"
        raise ValueError(
            f"{what} must be {numbers} with commas between them, got {text!r}"
        ) from None


def start_button(requests: Sequence[TrainRequest] | None) -> None:
    """Queues them all."""
    label = "Start" if requests is None else f"Start {len(requests)} runs"
    if not st.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=requests is None,
        key="sweep_start",
    ):
        return
    assert requests is not None
    try:
        run_ids = runner().submit_all(requests, session())
    except (ValueError, OSError) as error:
        st.error(sentence(error), icon=":material/error:")
        return
    STARTED.set((*STARTED.get(), *run_ids))
    _RUNS.set(tuple(run_ids))


def current_sweep() -> tuple[str, ...]:
    """The runs in the link, else those that this session started last."""
    return links.value(_RUNS, forms.names(MAX_UNFINISHED))


def watch(run_ids: Sequence[str]) -> None:
    """Progress, table and chart; drawn again by itself until the last run is over."""
    try:
        unfinished = any(read_run(run_id).unfinished for run_id in run_ids)
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    st.fragment(_show, run_every=_POLL_SECONDS if unfinished else None)(run_ids, unfinished)


def _show(run_ids: Sequence[str], drawn_unfinished: bool) -> None:
    views = [read_run(run_id) for run_id in run_ids]
    unfinished = [view for view in views if view.unfinished]
    if bool(unfinished) != drawn_unfinished:
        st.rerun()
    told, action = st.columns([4, 1], vertical_alignment="center")
    over = len(views) - len(unfinished)
    share = (over + sum(view.fraction for view in unfinished)) / len(views)
    told.progress(min(share, 1.0), text=f"{over} of {len(views)} runs are over.")
    if unfinished and action.button(
        "Stop", icon=":material/stop:", width="stretch", key="sweep_stop"
    ):
        for view in unfinished:
            runner().stop(view.run_id)
    for message in dict.fromkeys(view.message for view in views if view.state == "failed"):
        st.error(plain(message), icon=":material/error:")
    _show_table(views)


def _show_table(views: Sequence[RunView]) -> None:
    rows = summarise(views)
    if not rows:
        st.caption("The table fills in as runs end.")
        return
    show_table(
        [*numbers("β", "runs", "reconstruction NLL", "KL", "ELBO at β = 1")],
        [
            (
                f"{row.beta:g}",
                str(row.runs),
                *(
                    with_error(spread.mean, spread.deviation, 2)
                    for spread in (row.reconstruction_nll, row.kl, row.elbo)
                ),
            )
            for row in rows
        ],
    )
    st.caption(
        "Mean ± standard deviation over the seeds, of means over held-out images after the last "
        "epoch; nats per image."
    )
    show_chart(sweep_figure(rows), "sweep_figure")
