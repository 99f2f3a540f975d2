"""METHODS: the ways to learn from few labels that are compared, each with its recipe.

A recipe is what a model is and how long it is trained, the same for every number of labels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vae_core.config import ModelConfig, ModelKind, TrainConfig

LABELS_PER_CLASS = (1, 5, 10, 50, 100, 0)
"""What the comparison runs through; 0 is all labels."""

SEEDS = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class LabelMethod:
    """One row of ``METHODS``.

    Attributes:
        title: how the app names it.
        about: one sentence on what it does with images without a label.
        model: for 28 x 28 images.
        train: for ``mnist-5k``; under a minute on one core.
        train_full: for full MNIST.
    """

    title: str
    about: str
    model: ModelConfig
    train: TrainConfig
    train_full: TrainConfig

    def configs(
        self, dataset: str, labels_per_class: int, seed: int
    ) -> tuple[ModelConfig, TrainConfig]:
        """The recipe for one run."""
        recipe = self.train if dataset == "mnist-5k" else self.train_full
        run = replace(recipe, dataset=dataset, labels_per_class=labels_per_class, seed=seed)
        return self.model, run


def _recipes(
    epochs: int, full_epochs: int, generative_weight: float = TrainConfig.generative_weight
) -> tuple[TrainConfig, TrainConfig]:
    small = TrainConfig(
        epochs=epochs,
        batch_size=128,
        learning_rate=2e-3,
        generative_weight=generative_weight,
    )
    return small, replace(small, epochs=full_epochs, batch_size=256)


def _cooling(recipe: TrainConfig) -> TrainConfig:
    """With a style that starts out expensive: see ``schedules``."""
    return replace(recipe, beta_schedule="cool-down", warm_up_epochs=round(0.7 * recipe.epochs))


def _rbm(title: str, about: str, generative_weight: float) -> LabelMethod:
    return LabelMethod(
        title,
        about,
        ModelConfig(model="classification-rbm", hidden=(500,)),
        *_recipes(20, 10, generative_weight),
    )


def _latent(model: ModelKind, clusters: int = ModelConfig.clusters) -> ModelConfig:
    return ModelConfig(
        model=model, latent_dim=16, hidden=(400,), decoder_hidden=(400,), clusters=clusters
    )


METHODS: dict[str, LabelMethod] = {
    "logistic": LabelMethod(
        "Logistic regression",
        "On pixels; it never looks at images without a label.",
        ModelConfig(model="logistic"),
        *_recipes(20, 5),
    ),
    "mlp": LabelMethod(
        "Small MLP",
        "On pixels; it never looks at images without a label.",
        ModelConfig(model="mlp", hidden=(400,)),
        *_recipes(20, 10),
    ),
    "pseudo-labels": LabelMethod(
        "k-means pseudo-labels",
        "A VAE sees all images, k-means groups their latents, the labelled few name the groups, "
        "and a classifier learns these names.",
        _latent("pseudo-labels", clusters=50),
        *_recipes(60, 40),
    ),
    "m1+classifier": LabelMethod(
        "VAE latents + logistic regression (M1)",
        "A VAE sees all images; a classifier on its latents sees the labelled few.",
        _latent("m1+classifier"),
        *_recipes(60, 40),
    ),
    "m2": LabelMethod(
        "Semi-supervised VAE (M2)",
        "Where the class is missing it is one more latent, and the bound sums over it.",
        _latent("semi-supervised"),
        *map(_cooling, _recipes(40, 25)),
    ),
    "m1+m2": LabelMethod(
        "Semi-supervised VAE on VAE latents (M1+M2)",
        "M2 with the latents of a VAE in place of pixels.",
        _latent("m1+m2"),
        *_recipes(100, 50),
    ),
    "rbm-generative": _rbm(
        "Classification RBM, generative",
        "Models images and classes together; images without a label count as well.",
        1.0,
    ),
    "rbm-discriminative": _rbm(
        "Classification RBM, discriminative",
        "Models the class given the image; it never looks at images without a label.",
        0.0,
    ),
    "rbm-hybrid": _rbm(
        "Classification RBM, hybrid",
        "Discriminative, with a small generative part that takes in all images.",
        0.01,
    ),
}
