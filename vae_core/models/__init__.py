"""MODELS: every model the product can train, save and load. One file + one row adds one."""

from __future__ import annotations

from vae_core.config import ModelConfig, ModelKind
from vae_core.models.base import LatentModel, Model
from vae_core.models.categorical_vae import CategoricalVAE
from vae_core.models.classification_rbm import ClassificationRBM
from vae_core.models.on_latents import LatentClassifier, StackedVAE
from vae_core.models.pseudo_labels import PseudoLabels
from vae_core.models.semi_supervised import SemiSupervisedVAE
from vae_core.models.supervised import LogisticRegression, PixelMlp
from vae_core.models.vae import VAE

MODELS: dict[ModelKind, type[Model]] = {
    "vae": VAE,
    "categorical-vae": CategoricalVAE,
    "logistic": LogisticRegression,
    "mlp": PixelMlp,
    "pseudo-labels": PseudoLabels,
    "m1+classifier": LatentClassifier,
    "semi-supervised": SemiSupervisedVAE,
    "m1+m2": StackedVAE,
    "classification-rbm": ClassificationRBM,
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
