"""The form of the Train page takes the settings of the run that is shown."""

from __future__ import annotations

from typing import Any

from ui.common.state import Slot
from ui.runs.recipes import SIZES
from vae_core.jobs import RunView, TrainRequest
from vae_core.likelihoods import LIKELIHOODS, usual_binarisation

_FOLLOWED = Slot("train_followed", "")


def follow(run: RunView | None) -> None:
    """Set the form to a run's settings once, when it comes to be shown.

    To be called before the form is drawn. What the link says of a setting counts for more, and so
    does what a person changes afterwards. A setting that the form does not offer stays away.
    """
    if run is None or run.run_id == _FOLLOWED.get():
        return
    _FOLLOWED.set(run.run_id)
    assert isinstance(run.request, TrainRequest)
    for name, value in form_of(run.request).items():
        Slot(f"train_{name}", value).set(value)


def form_of(request: TrainRequest) -> dict[str, Any]:
    """The values of the form's controls, by their keys without "train_"."""
    model, train = request.model, request.train
    form: dict[str, Any] = {
        "model": model.model,
        "dataset": train.dataset,
        "latent_dim": model.latent_dim,
        "beta": train.beta,
        "epochs": train.epochs,
        "seed": train.seed,
        "likelihood": model.likelihood,
        "batch": train.batch_size,
        f"binarisation_{usual_binarisation(model.likelihood)}": train.binarisation,
        "free_bits": train.free_bits,
        "schedule": train.beta_schedule,
        "warm_up": train.warm_up_epochs,
        "cycles": train.cycles,
    }
    if LIKELIHOODS[model.likelihood].noise:
        form["sigma"] = model.noise_sd
    for size, (hidden, decoder_hidden, _) in SIZES.items():
        if (model.hidden, model.decoder_hidden) == (hidden, decoder_hidden):
            form |= {"size": size, f"rate_{size}": train.learning_rate}
    if model.model == "categorical-vae":
        form |= {
            "categories": model.categories,
            "straight": train.straight_through,
            "tau": train.temperature,
            "tau_end": train.temperature_end,
        }
    return form
