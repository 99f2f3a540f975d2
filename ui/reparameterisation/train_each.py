"""Panel of the Reparameterisation page: one small VAE, trained once with each estimator."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.common.charts import show_chart
from ui.common.tables import Column, numbers, show_table
from ui.common.text import minus
from ui.reparameterisation.figures import training_figure
from ui.runs.figures import Curve
from ui.runs.provenance import measured_in
from ui.runs.recipes import SIZES
from ui.runs.run_group import RunGroup
from vae_core.config import ESTIMATORS, ModelConfig, ModelKind, TrainConfig
from vae_core.jobs import RunView, TrainRequest
from vae_core.storage.record import epoch_in_words

_EPOCHS = 20
_VAE: ModelKind = "vae"
_RUNS = RunGroup("estimators", most=len(ESTIMATORS), poll_seconds=0.5, kinds=(_VAE,))

_TITLES = {
    "pathwise": "pathwise",
    "score-function": "score function, batch baseline",
    "score-function-per-image": "score function, image baseline",
}


def requests() -> list[TrainRequest]:
    """One for each estimator; nothing else differs."""
    hidden, decoder_hidden, _ = SIZES["128"]
    return [
        TrainRequest(
            ModelConfig(hidden=hidden, decoder_hidden=decoder_hidden),
            TrainConfig(
                dataset="mnist-5k",
                epochs=_EPOCHS,
                batch_size=128,
                learning_rate=4e-3,
                estimator=estimator,
            ),
        )
        for estimator in ESTIMATORS
    ]


def train_each() -> None:
    """What will be trained, the button, then the curves of the runs."""
    st.markdown(
        f"The same small VAE, trained {len(ESTIMATORS)} times for {_EPOCHS} epochs: the same "
        "weights at the start, the same images in the same order, the same ε. Only the estimate "
        "of how the reconstruction depends on μ and σ differs; each image has one draw a step.\n"
        "- **pathwise**: through z = μ + σε, as a VAE is usually trained.\n"
        "- **score function, batch baseline**: b is the mean NLL of the other images in the batch. "
        "It costs nothing, but NLLs differ more between images than ε changes any of them, so f "
        "− b stays large.\n"
        "- **score function, image baseline**: b is this image's own NLL at z = μ. It costs "
        "another pass through the decoder.\n\n"
        "Before you press: which curve will be lowest, and why?"
    )
    if st.button(
        f"Train it {len(ESTIMATORS)} times",
        type="primary",
        icon=":material/play_arrow:",
        key="estimators_start",
    ):
        _RUNS.start(requests())
    _RUNS.watch(_show_curves)


def _show_curves(views: Sequence[RunView]) -> None:
    started = [view for view in views if len(view.curve) > 1]
    if not started:
        return
    show_chart(
        training_figure([Curve(_title(view), view.curve) for view in started], _EPOCHS),
        "estimators_curves",
        about=measured_in("Training with each estimator", started, "ELBO 2"),
    )
    _tell(started)


def _estimator(view: RunView) -> str:
    assert isinstance(view.request, TrainRequest)
    return view.request.train.estimator


def _title(view: RunView) -> str:
    return _TITLES[_estimator(view)]


def _tell(views: Sequence[RunView]) -> None:
    titles = ("epochs", "reconstruction NLL", "KL", "ELBO", "nats below pathwise")
    rows = []
    paths = [view.curve[-1]["elbo"] for view in views if _estimator(view) == "pathwise"]
    for view in views:
        last = view.curve[-1]
        below = minus(paths[0] - last["elbo"], 1) if paths and not view.unfinished else "…"
        terms = (minus(last[name], 1) for name in ("reconstruction_nll", "kl", "elbo"))
        rows.append((_title(view), epoch_in_words(view.epoch), *terms, below))
    about = measured_in("Each estimator after its last epoch", views, "ELBO 2")
    show_table([Column("the encoder's gradient"), *numbers(*titles)], rows, about=about)
    st.caption(
        "Means over held-out images at the last epoch, nats per image (β = 1). All three follow "
        "the same gradient on average: what separates the curves is the scatter of its estimates. "
        "The runs are on the Compare runs page as well."
    )
