"""The settings of a run, as a person reads them."""

from __future__ import annotations

from vae_core.jobs import TrainRequest
from vae_core.settings import ONLY_WITH, READ_BY, reads

TITLES = {
    "beta": "β",
    "beta_schedule": "β over the run",
    "latent_dim": "latent dimensions",
    "hidden": "encoder's layers",
    "decoder_hidden": "decoder's layers",
    "learning_rate": "learning rate",
    "free_bits": "free bits, nats",
    "warm_up_epochs": "warm-up epochs",
    "noise_sd": "σ of a pixel",
}


def title(name: str) -> str:
    """What a setting is called."""
    return TITLES.get(name, name.replace("_", " "))


def settings_in_words(request: TrainRequest) -> str:
    """Every setting that this kind of model reads, as it was asked for."""
    given = vars(request.model) | vars(request.train)
    found = {"data set": given["dataset"], "model": given["model"]}
    for name in READ_BY:
        other, values = ONLY_WITH.get(name, (name, (given[name],)))
        if reads(request.model.model, name) and given[other] in values:
            found[title(name)] = given[name]
    return ", ".join(f"{name} {value_in_words(value)}" for name, value in found.items())


def value_in_words(value: object) -> str:
    """The value of a setting: 256-256, yes, 1e−05."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    return f"{value:g}".replace("-", "−") if isinstance(value, float) else str(value)
