"""Where the form of the Train page starts from: presets, and what suits each kind of model."""

from __future__ import annotations

from ui.common.state import Slot
from vae_core.config import ModelKind
from vae_core.data import DATASETS

DEFAULT_EPOCHS = 26

# What a preset sets; measured on mnist-5k with the other settings as they are at first: of eight
# dimensions two live, then all eight, then five.
PRESETS = {
    "usual": {"latent_dim": 2, "beta": 1.0, "schedule": "constant", "free_bits": 0.0},
    "mean": {
        "latent_dim": 2,
        "beta": 784.0,  # of 28 x 28; see take_dataset
        "schedule": "constant",
        "free_bits": 0.0,
    },
    "collapse": {
        "latent_dim": 8,
        "beta": 8.0,
        "schedule": "constant",
        "free_bits": 0.0,
    },
    "free-bits": {
        "latent_dim": 8,
        "beta": 8.0,
        "schedule": "constant",
        "free_bits": 0.5,
    },
    "warm-up": {
        "latent_dim": 8,
        "beta": 8.0,
        "schedule": "warm-up",
        "warm_up": 15,
        "free_bits": 0.0,
    },
}

PRESET_NAMES = {
    "usual": "Usual",
    "mean": "Mean over pixels by mistake",
    "collapse": "Provoke posterior collapse",
    "free-bits": "Cure it with free bits",
    "warm-up": "Cure it with a warm-up",
}

MODELS: dict[ModelKind, str] = {"vae": "VAE, Gaussian z", "categorical-vae": "Categorical VAE"}

# What suits each model, taken when it is chosen; measured on mnist-5k.
USUAL = {
    "vae": {
        "latent_dim": 2,
        "schedule": "constant",
        "epochs": DEFAULT_EPOCHS,
        "size": "128",
        "batch": 128,
    },
    "categorical-vae": {
        "latent_dim": 20,
        "schedule": "warm-up",
        "warm_up": 10,
        "epochs": 40,
        "size": "shallow",
        "batch": 64,
    },
}

MODEL: Slot[ModelKind] = Slot("train_model", "vae")
PRESET = Slot("train_preset", "usual")
DATASET = Slot("train_dataset", next(iter(DATASETS)))


def take_model() -> None:
    """Set what suits the model that was chosen."""
    for name, value in USUAL[MODEL.get()].items():
        Slot(f"train_{name}", value).set(value)


def take_preset() -> None:
    """Set what the chosen preset sets."""
    for name, value in PRESETS[PRESET.get()].items():
        Slot(f"train_{name}", value).set(value)
    take_dataset()


def take_dataset() -> None:
    """The mistake of a mean over pixels is as large as the images of the data set are."""
    if PRESET.get() == "mean":
        height, width = DATASETS[DATASET.get()].image_shape
        Slot("train_beta", 1.0).set(float(height * width))
