"""Make the bundled models: python checkpoints/make.py [NAME ...]

Needs full MNIST (VAE_DATA_DIR, or a network). Each model takes minutes on one core. The figures
for checkpoints/README.md are printed as a Markdown table by: python checkpoints/make.py --table
The UMAP of the 16-D model is fitted by: python checkpoints/make.py --umap
The posteriors of the training images are written by: python checkpoints/make.py --posteriors
What is measured of every VAE over the held-out images: python checkpoints/make.py --measured
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import torch

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from vae_core.aggregate.sample_size import SIZES, surgery_by_size  # noqa: E402
from vae_core.config import LikelihoodKind, ModelConfig, TrainConfig  # noqa: E402
from vae_core.data import DATASETS, binarise_fixed, load_split  # noqa: E402
from vae_core.evaluation.encodings import encode_images  # noqa: E402
from vae_core.evaluation.evaluate import active_units, evaluate  # noqa: E402
from vae_core.jobs.run_view import DEAD_BELOW  # noqa: E402
from vae_core.labels.methods import METHODS  # noqa: E402
from vae_core.likelihoods import LIKELIHOODS, usual_binarisation  # noqa: E402
from vae_core.models.categorical_vae import CategoricalVAE  # noqa: E402
from vae_core.models.classifier import Classifier  # noqa: E402
from vae_core.models.vae import VAE  # noqa: E402
from vae_core.planes.umap_layout import fit_umap, save_umap  # noqa: E402
from vae_core.storage import measured as beside  # noqa: E402
from vae_core.storage.checkpoints import Checkpoint, load_checkpoint, save_checkpoint  # noqa: E402
from vae_core.storage.training_posteriors import (  # noqa: E402
    SUFFIX,
    TrainingPosteriors,
    save_training_posteriors,
)
from vae_core.training import train_model  # noqa: E402
from vae_core.training.classifier import score  # noqa: E402

BETAS = (0.0, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 20.0)
EPOCHS = 120


def recipe(
    latent_dim: int,
    beta: float,
    epochs: int = EPOCHS,
    likelihood: LikelihoodKind = "bernoulli",
    noise_sd: float = ModelConfig.noise_sd,
) -> tuple[ModelConfig, TrainConfig]:
    model = ModelConfig(
        latent_dim=latent_dim,
        hidden=(256,) * 3,
        decoder_hidden=(256,) * 4,
        activation="silu",
        likelihood=likelihood,
        noise_sd=noise_sd,
    )
    training = TrainConfig(
        dataset="mnist-55k",
        beta=beta,
        epochs=epochs,
        batch_size=256,
        learning_rate=3e-3,
        weight_decay=0.02,
        seed=0,
        binarisation=usual_binarisation(likelihood),
    )
    return model, training


RECIPES = {f"mnist-2d-beta-{beta:g}": recipe(2, beta) for beta in BETAS}
RECIPES["mnist-16d-beta-1"] = recipe(16, 1.0, epochs=50)
RECIPES["mnist-2d-gaussian"] = recipe(2, 1.0, 40, "gaussian-learned")
RECIPES["mnist-2d-continuous-bernoulli"] = recipe(2, 1.0, 40, "continuous-bernoulli")
for noise_sd, beta in ((0.2, 1.0), (0.4, 0.25)):
    # The same objective twice, up to a factor of four: their latents are the same. At a high rate
    # the last digits, in which Adam's epsilon makes them differ, would grow until they show.
    model_config, config = recipe(2, beta, 10, "gaussian", noise_sd)
    model_config = replace(model_config, hidden=(256,) * 2, decoder_hidden=(256,) * 2)
    config = replace(config, batch_size=512, learning_rate=1e-3)
    RECIPES[f"mnist-2d-gaussian-{noise_sd:g}"] = (model_config, config)


for name, method in (("mnist-m2", "m2"), ("mnist-rbm", "rbm-hybrid")):
    RECIPES[name] = METHODS[method].configs("mnist-55k", labels_per_class=10, seed=0)
# Shallower and in smaller steps than the others: three layers lost most of the code's variables.
RECIPES["mnist-categorical-20x10"] = (
    ModelConfig(
        model="categorical-vae",
        latent_dim=20,
        categories=10,
        hidden=(512,),
        decoder_hidden=(256, 512),
        activation="relu",
    ),
    TrainConfig(
        dataset="mnist-55k",
        beta_schedule="warm-up",
        warm_up_epochs=5,
        epochs=40,
        batch_size=128,
        learning_rate=2e-3,
        weight_decay=0.005,
        temperature=1.0,
        temperature_end=0.2,
    ),
)


def make(name: str) -> None:
    model_config, config = RECIPES[name]
    images, held_out = load_split(config.dataset, "train"), load_split(config.dataset, "test")
    history = []
    for report in train_model(model_config, config, images, held_out):
        history.append(report.curve_point())
        print(
            f"{name}: epoch {report.epoch}/{report.epochs}, {report.seconds:.0f} s, "
            f"{report.in_words()}",
            flush=True,
        )
    save_checkpoint(
        Checkpoint(report.model, config, history), FOLDER / f"{name}.safetensors", half=True
    )


def table() -> None:
    """Figures of the files as they lie here, on the official 10,000 test images."""
    test = load_split("mnist", "test")
    binary_ND = binarise_fixed(test.x_ND, seed=0)
    print("| file | beta | reconstruction NLL | KL | ELBO | ELBO, binarised | active dimensions |")
    print("|---|---|---|---|---|---|---|")
    classifiers = []
    for name, (_, config) in sorted(RECIPES.items()):
        checkpoint = load_checkpoint(FOLDER / f"{name}.safetensors")
        if isinstance(checkpoint.model, Classifier):
            classifiers.append((name, checkpoint))
            continue
        model = checkpoint.latent_model
        terms = evaluate(model, test.x_ND, seed=0)
        # The density of a grey value says nothing of black and white.
        binary = "–"
        if not LIKELIHOODS[model.config.likelihood].of_grey:
            binary = f"{evaluate(model, binary_ND, seed=0).elbo_B.mean():.2f}"
        encoded = model.encode(test.x_ND)
        if isinstance(model, CategoricalVAE):  # variables whose KL is not next to nothing
            active = int((model.dimension_kl(*encoded).mean(0) >= DEAD_BELOW).sum())
        else:
            active = int(active_units(encoded[0]).sum())
        print(
            f"| {name} | {config.beta:g} | {terms.reconstruction_nll_B.mean():.2f} "
            f"| {terms.kl_B.mean():.2f} | {terms.elbo_B.mean():.2f} | {binary} "
            f"| {active} |"
        )
    print("\n| file | labels per class | test error, % |\n|---|---|---|")
    for name, checkpoint in classifiers:
        assert isinstance(checkpoint.model, Classifier)
        accuracy, _ = score(checkpoint.model, test)
        labels = checkpoint.train_config.labels_per_class
        print(f"| {name} | {labels} | {100 * (1 - accuracy):.2f} |")


def umap() -> None:
    """Fit the plane of the model that has more than two dimensions."""
    checkpoint = load_checkpoint(FOLDER / "mnist-16d-beta-1.safetensors")
    mu_NZ = encode_images(checkpoint.vae, load_split(checkpoint.dataset, "test")).mu_NZ
    save_umap(FOLDER / "mnist-16d-beta-1.umap.npz", fit_umap(mu_NZ), checkpoint.digest)


def posteriors() -> None:
    """Encode the training images of every VAE, in one random order."""
    x_ND = load_split("mnist-55k", "train").x_ND
    x_ND = x_ND[torch.randperm(len(x_ND), generator=torch.Generator().manual_seed(0))]
    for name in RECIPES:
        checkpoint = load_checkpoint(FOLDER / f"{name}.safetensors")
        if not isinstance(checkpoint.model, VAE):
            continue
        with torch.no_grad():
            parts = [checkpoint.model.encode(x_BD) for x_BD in x_ND.split(5000)]
        mu_NZ, logvar_NZ = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
        found = TrainingPosteriors(
            mu_NZ, logvar_NZ, tuple(surgery_by_size(mu_NZ, logvar_NZ, SIZES))
        )
        save_training_posteriors(FOLDER / f"{name}{SUFFIX}", found, checkpoint.digest)


def measured() -> None:
    """Measure every VAE as the Overlap and Surgery pages do; the digits that ship are enough."""
    for name in RECIPES:
        checkpoint = load_checkpoint(FOLDER / f"{name}.safetensors")
        model = checkpoint.model
        if not isinstance(model, VAE):
            continue
        images = load_split(checkpoint.dataset, "test")
        encodings = encode_images(model, images)
        binary_ND, scales = binarise_fixed(images.x_ND, seed=0), beside.SIGMA_SCALES
        black_and_white = model.config.likelihood == "bernoulli"
        found = beside.Measured(
            beside.overlap_of(encodings, len(DATASETS[checkpoint.dataset].class_names)),
            beside.surgery_of(model, images.x_ND, encodings),
            tuple(beside.cost_of(model, binary_ND, encodings, scale) for scale in scales)
            if black_and_white
            else (),
        )
        beside.save_measured(FOLDER / f"{name}{beside.SUFFIX}", found, checkpoint.digest)


if __name__ == "__main__":
    torch.set_num_threads(1)  # the same model to the last bit, whatever else the machine does
    chosen = sys.argv[1:]
    if chosen == ["--table"]:
        table()
    elif chosen == ["--umap"]:
        umap()
    elif chosen == ["--posteriors"]:
        posteriors()
    elif chosen == ["--measured"]:
        measured()
    else:
        for name in chosen or RECIPES:
            make(name)
