"""Models and images, loaded once and kept for all sessions."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ui.library.cache import cached
from vae_core.aggregate.best_decoder import all_distinct, random_pair_distance
from vae_core.data import DATASETS, LabelledImages, binarise_fixed, load_split
from vae_core.evaluation.encodings import Encodings, decode_latents, encode_images, prior_samples
from vae_core.evaluation.evaluate import evaluate
from vae_core.exact.posteriors import GaussianQ
from vae_core.files import version
from vae_core.models.base import LatentModel
from vae_core.models.vae import VAE
from vae_core.storage.checkpoints import Checkpoint, load_checkpoint
from vae_core.storage.library import ModelEntry


@dataclass(frozen=True)
class LoadedModel:
    """A model of the library, ready to use."""

    entry: ModelEntry
    checkpoint: Checkpoint

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def digest(self) -> str:
        return self.checkpoint.digest

    @property
    def vae(self) -> VAE:
        return self.checkpoint.vae

    @property
    def dataset(self) -> str:
        """Name of the data set that it was trained on."""
        return self.checkpoint.dataset

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the labels 0 to K - 1 of its data set."""
        return DATASETS[self.dataset].class_names

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of an image in pixels."""
        return self.checkpoint.model_config.image_shape

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions, or of variables where they are categorical."""
        return self.checkpoint.model_config.latent_dim


def load_model(entry: ModelEntry) -> LoadedModel:
    """Load a model once per version of its file.

    Raises:
        CheckpointError: the file is missing or broken.
    """
    return LoadedModel(entry, read_checkpoint(entry.path))


def load_usable(entry: ModelEntry) -> LoadedModel:
    """A model of which a page can show something.

    Raises:
        OSError: its images are not on this machine and could not be fetched.
        ValueError: its file is broken, it takes other images than its data set has, or it gives
            no finite numbers for them; one clear sentence.
    """
    loaded = load_model(entry)
    theirs, ours = held_out(loaded.dataset).image_shape, loaded.image_shape
    if theirs != ours:
        raise ValueError(
            f"the model {loaded.name} takes images of {ours[0]} × {ours[1]} pixels, and those of "
            f"its data set {loaded.dataset} have {theirs[0]} × {theirs[1]}; choose another model"
        )
    if not _computable(loaded):
        raise ValueError(
            f"the model {loaded.name} gives numbers for the images of its data set "
            f"{loaded.dataset} that are not finite, or too large to go on from: its training "
            "diverged; choose another model"
        )
    return loaded


@cached(max_entries=64)
def _computable(loaded: LoadedModel) -> bool:
    """Whether terms of the ELBO and codes of all held-out images can be computed with."""
    model = loaded.checkpoint.model
    if isinstance(model, VAE):
        encodings = encodings_of(loaded)
        # From 2^52 on a mean and the same mean with noise on it are one number, in float64 too.
        near_N = np.abs(encodings.mu_NZ).max(axis=1) < 2**52
        return bool((np.isfinite(encodings.elbo_N) & near_N).all())
    if isinstance(model, LatentModel):
        terms = evaluate(model, held_out(loaded.dataset).x_ND, seed=0)
        return bool(torch.isfinite(terms.elbo_B).all())
    return True


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint once per version of its file.

    Raises:
        CheckpointError: the file is missing or broken.
    """
    return _version(os.fsencode(path), version(path))


@cached(max_entries=64)
def _version(path: bytes, changed: tuple[int, ...]) -> Checkpoint:
    del changed  # it only tells the file's versions apart
    return load_checkpoint(Path(os.fsdecode(path)))


@cached("Reading the images …", max_entries=8)
def held_out(dataset: str) -> LabelledImages:
    """The images that a model trained on ``dataset`` has not seen.

    Raises:
        OSError: they are not on this machine and could not be fetched.
    """
    return load_split(dataset, "test")


@cached(max_entries=8)
def principal_variances(dataset: str) -> NDArray[np.float64]:
    """Eigenvalues of the held-out images' covariance (1/N), descending, shape (D,)."""
    x_ND = held_out(dataset).x_ND.double()
    centred_ND = x_ND - x_ND.mean(dim=0)
    # torch's: NumPy's takes 7 s for 784 x 784 where its threads collide.
    values_D = torch.linalg.eigvalsh(centred_ND.T @ centred_ND / len(x_ND)).flip(0)
    return np.asarray(values_D.clamp(min=0).numpy())


@cached("Encoding the images …", max_entries=64)
def encodings_of(loaded: LoadedModel) -> Encodings:
    """Where the model puts its held-out images."""
    return encode_images(loaded.vae, held_out(loaded.dataset))


def decode(loaded: LoadedModel, z_PZ: NDArray[np.floating]) -> NDArray[np.float32]:
    """Mean images in [0, 1], shape (P, D). Not cached: one takes less than a look-up.

    Streamlit runs a script in a new thread every time, and torch's first product in a thread costs
    it 2 to 14 ms: a thread that stays does them all.
    """
    return _decoding().submit(decode_latents, loaded.vae, z_PZ).result()


@cached()
def _decoding() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode")


def samples_from_prior(loaded: LoadedModel, count: int, seed: int) -> NDArray[np.float32]:
    """Decodes of z ~ N(0, I), shape (count, D); the same z for every model of one dimension."""
    return prior_samples(loaded.vae, count, seed=seed)


@dataclass(frozen=True)
class BinaryImages:
    """The held-out images with every pixel drawn once as black or white.

    Attributes:
        distinct: whether no two of them are the same.
        pair_distance: mean squared distance of two of them, summed over pixels.
    """

    x_ND: torch.Tensor
    distinct: bool
    pair_distance: float


@cached(max_entries=8)
def binary_images(dataset: str) -> BinaryImages:
    """The same black and white images in every session.

    Raises:
        OSError: the images are not on this machine and could not be fetched.
    """
    x_ND = binarise_fixed(held_out(dataset).x_ND, seed=0)
    return BinaryImages(x_ND, all_distinct(x_ND), random_pair_distance(x_ND))


def can_compare_binary(loaded: LoadedModel) -> bool:
    """Whether the NLL of black and white images means something for this decoder."""
    return loaded.checkpoint.model_config.likelihood == "bernoulli"


def images_of(loaded: LoadedModel) -> torch.Tensor:
    """The held-out images as this model's likelihood takes them, (N, D).

    A Bernoulli likelihood gives probabilities to black and white pixels only, so each is drawn
    once as one of them.
    """
    dataset = loaded.dataset
    if can_compare_binary(loaded):
        return binary_images(dataset).x_ND
    return held_out(dataset).x_ND


def image_of(loaded: LoadedModel, image: int) -> NDArray[np.float64]:
    """One of ``images`` in float64, shape (D,)."""
    return images_of(loaded)[image].double().numpy()


@cached(max_entries=512)
@torch.no_grad()
def encoder_q(loaded: LoadedModel, image: int) -> GaussianQ:
    """q(z|x) of one of ``images``."""
    mu_1Z, logvar_1Z = loaded.vae.encode(images_of(loaded)[image : image + 1])
    return GaussianQ(mu_1Z[0].numpy(), logvar_1Z[0].numpy())
