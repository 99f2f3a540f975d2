"""A sweep over beta and seeds: what to run, and the table that fills in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from ui.common import controls
from ui.common.charts import show_chart
from ui.common.state import Slot
from ui.common.tables import numbers, show_table
from ui.common.text import sentence, with_error
from ui.runs.provenance import measured_in
from ui.runs.recipes import SIZES
from ui.runs.run_group import RunGroup
from ui.sweep.figures import sweep_figure
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import DATASETS
from vae_core.jobs import MAX_EPOCHS, RunView, TrainRequest, summarise
from vae_core.jobs.client import MAX_EACH

SWEEP = RunGroup("sweep", most=MAX_EACH)
_FOLLOWED: Slot[tuple[str, ...]] = Slot("sweep_followed", ())

Number = TypeVar("Number", int, float)


def follow() -> None:
    """Set the form to a sweep's settings once, when it comes to be shown; before it is drawn."""
    ids = SWEEP.ids()
    if not ids or ids == _FOLLOWED.get():
        return
    _FOLLOWED.set(ids)
    requests = [view.request for view in SWEEP.views(tell=False)]  # the panel names what is gone
    asked = [request for request in requests if isinstance(request, TrainRequest)]
    if not asked:
        return
    for name, value in {
        "dataset": asked[0].train.dataset,
        "betas": ", ".join(dict.fromkeys(f"{request.train.beta:g}" for request in asked)),
        "seeds": ", ".join(dict.fromkeys(str(request.train.seed) for request in asked)),
        "latent_dim": asked[0].model.latent_dim,
        "epochs": asked[0].train.epochs,
    }.items():
        Slot(f"sweep_{name}", value).set(value)


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
        if len(betas) * len(seeds) > MAX_EACH:
            raise ValueError(
                f"{len(betas)} values of β and {len(seeds)} seeds make {len(betas) * len(seeds)} "
                f"runs; at most {MAX_EACH} fit into the queue"
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
            f"{what} must be {numbers} with commas between them, got {text!r:.80}"
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
    SWEEP.start(requests)


def show_sweep(views: Sequence[RunView]) -> None:
    """A row of the table for each beta, and the chart."""
    rows = summarise(views)
    if steered := sum(view.state == "done" and bool(view.changes) for view in views):
        runs = "One run" if steered == 1 else f"{steered} runs"
        st.caption(f"{runs} of another β than asked for left out: changed by hand meanwhile.")
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
        about=measured_in("The sweep in numbers", views, "ELBO 3"),
    )
    st.caption(
        "Mean ± standard deviation over the seeds, of means over held-out images after the last "
        "epoch; nats per image."
    )
    show_chart(sweep_figure(rows), "sweep_figure", about=measured_in("The sweep", views, "ELBO 3"))
