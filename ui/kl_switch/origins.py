"""Where the numbers of the KL switch page come from."""

from __future__ import annotations

from collections.abc import Sequence

from ui.library.beta_family import summarise
from ui.library.loaded import LoadedModel
from ui.library.provenance import mean_elbo, measured_on
from vae_core.provenance import Provenance, Reproduction


def planes(pair: Sequence[LoadedModel]) -> Provenance:
    return measured_on("Latent planes without and with the KL", pair)


def family(models: Sequence[LoadedModel]) -> Provenance:
    return measured_on(
        "The family in numbers", models, "ELBO 1", "Active dimensions", reproduction=_last(models)
    )


def rate_distortion(models: Sequence[LoadedModel]) -> Provenance:
    return measured_on(
        "Rate and distortion of the family", models, "ELBO 1", reproduction=_last(models)
    )


def linear(loaded: LoadedModel) -> Provenance:
    return measured_on("The linear VAE, solved exactly", loaded, "Linear VAE over all β")


def _last(models: Sequence[LoadedModel]) -> Reproduction:
    return mean_elbo(models[-1], summarise(models[-1]).elbo)
