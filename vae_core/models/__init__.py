"""MODELS: every model the product can train, save and load. One file + one row adds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_core.models.base import LatentModel, Model
from vae_core.models.vae import VAE

if TYPE_CHECKING:
    from vae_core.config import ModelConfig

MODELS: dict[str, type[Model]] = {
    "vae": VAE,
}


def latent_model(config: ModelConfig) -> type[LatentModel]:
    """The class of a model that is trained by the ELBO.

    Raises:
        ValueError: this kind of model is trained otherwise.
    """
    kind = MODELS[config.model]
    if not issubclass(kind, LatentModel):
        raise ValueError(f"a model of the kind {config.model!r} is not trained by the ELBO")
    return kind
