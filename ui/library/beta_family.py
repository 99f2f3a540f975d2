"""The same-seed family: models that differ in beta alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ui.common.text import stop_with
from ui.library.chooser import DEFAULT_MODEL, load_each
from ui.library.loaded import (
    LoadedModel,
    encodings_of,
)
from vae_core.storage.library import list_models


@dataclass(frozen=True)
class Summary:
    """Means over the held-out images, nats per image; the ELBO is that of beta = 1.

    Attributes:
        active: number of latent dimensions with Var(posterior mean) >= 0.01.
    """

    beta: float
    reconstruction_nll: float
    kl: float
    elbo: float
    active: int


def beta_family() -> list[LoadedModel]:
    """The bundled models that share everything with the default one except beta, by beta.

    All of them were trained as their configs say, from the first epoch to the last.
    """
    models = load_each(entry for entry in list_models("vae") if entry.bundled)
    models = [model for model in models if not model.checkpoint.record.traits]
    reference = next((m for m in models if m.name == DEFAULT_MODEL), None)
    if reference is None:
        stop_with(f"The model {DEFAULT_MODEL} is missing from checkpoints/; restore the folder.")
    family = [model for model in models if _signature(model) == _signature(reference)]
    return sorted(family, key=beta_of)


def _signature(loaded: LoadedModel) -> object:
    checkpoint = loaded.checkpoint
    return checkpoint.model_config, replace(checkpoint.train_config, beta=0.0)


def beta_of(loaded: LoadedModel) -> float:
    """The beta that a model was trained with."""
    return loaded.checkpoint.train_config.beta


def summarise(loaded: LoadedModel) -> Summary:
    """One row of the page's table."""
    encodings = encodings_of(loaded)
    return Summary(
        beta=beta_of(loaded),
        reconstruction_nll=float(encodings.reconstruction_nll_N.mean()),
        kl=float(encodings.kl_N.mean()),
        elbo=float(encodings.elbo_N.mean()),
        active=int(encodings.active_Z.sum()),
    )
