"""One .safetensors file = weights + config + history. Never pickle.

A file is read with suspicion: its size, header, names, shapes and values are checked
before a model is built from it. It is written beside its place, read back, and renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from vae_core import __version__
from vae_core.config import Change, ModelConfig, TrainConfig, to_dict
from vae_core.files import printable, write_atomically
from vae_core.models import MODELS
from vae_core.models.base import LatentModel, Model
from vae_core.models.vae import VAE
from vae_core.settings import check_settings
from vae_core.storage.header import (
    FORMAT,
    FORMAT_VERSION,
    MAX_HEADER_BYTES,
    CheckpointError,
    opened,
    parse_metadata,
    read_table,
)
from vae_core.storage.record import Ended, TrainingRecord, training_record

SUFFIX = ".safetensors"

MAX_FILE_BYTES = 512 * 2**20
MAX_POINTS = 2000
"""Entries of a history, which take at most half of ``MAX_HEADER_BYTES``."""
_DTYPES = ("F32", "F16")


@dataclass(frozen=True)
class Checkpoint:
    """A model with the story of its making.

    Attributes:
        model: weights in float32, in evaluation mode, on the CPU.
        train_config: how it was to be trained; what was done is in ``record``.
        history: one entry per epoch, see ``EpochReport.curve_point``; the last is the model's own,
            and is of a part of an epoch where the run was stopped within one.
        changes: what was changed by hand while it trained.
        ended: why there are no more epochs; older files do not say it.
        created: ISO 8601, UTC.
        versions: of Python and the libraries that made it.
        digest: SHA-256 of the file, the key of every cache; "" before it is saved.
    """

    model: Model
    train_config: TrainConfig
    history: Sequence[Mapping[str, float]] = ()
    changes: Sequence[Change] = ()
    ended: Ended = "unknown"
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    versions: Mapping[str, str] = field(
        default_factory=lambda: {
            "latent-explorer": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        }
    )
    digest: str = ""

    @property
    def model_config(self) -> ModelConfig:
        return self.model.config

    @property
    def latent_model(self) -> LatentModel:
        """The model, where it has an ELBO.

        Raises:
            CheckpointError: it has none.
        """
        if not isinstance(self.model, LatentModel):
            raise CheckpointError(
                f"this needs a model with an ELBO; the checkpoint is a {self.model_config.model!r}"
            )
        return self.model

    @property
    def vae(self) -> VAE:
        """The model, where it is a VAE.

        Raises:
            CheckpointError: it is of another kind.
        """
        if not isinstance(self.model, VAE):
            raise CheckpointError(
                f"this needs a model of the kind 'vae'; the checkpoint is a "
                f"{self.model_config.model!r}"
            )
        return self.model

    @property
    def dataset(self) -> str:
        return self.train_config.dataset

    @property
    def record(self) -> TrainingRecord:
        """What was done."""
        latent_dim = self.model_config.latent_dim
        return training_record(
            self.history, self.train_config, latent_dim, self.changes, self.ended
        )


def require_openable(config: ModelConfig) -> None:
    """See that a model's file could be opened again, before somebody waits for its training.

    Raises:
        ValueError: it would be larger than ``load_checkpoint`` takes.
    """
    with torch.device("meta"):
        state = MODELS[config.model](config).state_dict()
    size = MAX_HEADER_BYTES + 8 + sum(4 * value.numel() for value in state.values())
    if size > MAX_FILE_BYTES:
        raise ValueError(
            f"the file of such a model would have {size // 2**20} MB, and those of more than "
            f"{MAX_FILE_BYTES // 2**20} MB are not opened; take fewer or narrower layers"
        )


def save_checkpoint(
    checkpoint: Checkpoint, path: Path, *, half: bool = False, replace: bool = True
) -> Path:
    """Write atomically; nothing is left behind if it fails.

    Of a history of more than ``MAX_POINTS`` epochs so many are kept, evenly spaced.

    Args:
        replace: whether a file of this name may be there; else FileExistsError.
        half: store weights as float16, half the size. Figures quoted for such a file must be
            measured on the loaded model, whose weights are the rounded ones.

    Raises:
        OSError: the folder cannot be written, or what was written did not read back equal.
        ValueError: the config has a setting that this kind of model does not read.
    """
    check_settings(checkpoint.model_config, checkpoint.train_config)
    weights = {
        name: value.detach().cpu().to(torch.float16 if half else torch.float32).contiguous()
        for name, value in checkpoint.model.state_dict().items()
    }
    metadata = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "config": json.dumps(
            {
                "model": to_dict(checkpoint.model_config),
                "train": to_dict(checkpoint.train_config),
            }
        ),
        "history": json.dumps([dict(point) for point in _thinned(checkpoint.history)]),
        "changes": json.dumps([to_dict(change) for change in checkpoint.changes]),
        "ended": checkpoint.ended,
        "dataset": checkpoint.dataset,
        "created": checkpoint.created,
        "library versions": json.dumps(dict(checkpoint.versions)),
    }
    content = safetensors.torch.save(weights, metadata)
    write_atomically(path, content, replace=replace)
    return path


def _thinned(history: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    """With its first and last entry; a header has its limit."""
    if len(history) <= MAX_POINTS:
        return list(history)
    return [history[i] for i in np.linspace(0, len(history) - 1, MAX_POINTS).round().astype(int)]


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint without trusting it.

    Raises:
        CheckpointError: it is missing, too large, not ours, or broken; one clear sentence.
    """
    name = printable(path.name)
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
            raise CheckpointError(
                f"{name} is larger than {MAX_FILE_BYTES // 2**20} MB and was not opened"
            )
        content = file.read()
    return parse_checkpoint(content, name)


def parse_checkpoint(content: bytes, name: str) -> Checkpoint:
    """The same for bytes, an upload for instance; ``name`` is used in the error sentence."""
    if len(content) > MAX_FILE_BYTES:
        raise CheckpointError(f"{name} is larger than {MAX_FILE_BYTES // 2**20} MB")
    table = read_table(content, name)
    header = parse_metadata(table, name)
    table.pop("__metadata__")

    with torch.device("meta"):
        model = MODELS[header.model_config.model](header.model_config)
    _compare_shapes(table, model.state_dict(), name)
    try:
        stored = safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise CheckpointError(f"{name} is broken: {error}") from error
    weights = {key: value.float() for key, value in stored.items()}
    for key, value in sorted(weights.items()):
        if not torch.isfinite(value).all():
            raise CheckpointError(f"{name} holds values in {key} that are not finite numbers")
    model.load_state_dict(weights, strict=True, assign=True)
    return Checkpoint(
        model=model.eval().requires_grad_(False),
        train_config=header.train_config,
        history=header.history,
        changes=header.changes,
        ended=header.ended,
        created=header.created,
        versions=header.versions,
        digest=hashlib.sha256(content).hexdigest(),
    )


def _compare_shapes(table: Mapping[str, Any], expected: Mapping[str, Tensor], name: str) -> None:
    """The file must hold exactly the tensors that its config promises."""
    if set(table) != set(expected):
        odd = sorted(set(table) ^ set(expected))
        raise CheckpointError(
            f"{name} does not hold the weights of its config: {odd[0]!r:.80} differs"
        )
    for key, entry in table.items():
        told = entry if isinstance(entry, dict) else {}
        if told.get("shape") != list(expected[key].shape) or told.get("dtype") not in _DTYPES:
            raise CheckpointError(
                f"{name} has {key} as {entry!r:.80}, expected F32 or F16 of shape "
                f"{list(expected[key].shape)}"
            )
