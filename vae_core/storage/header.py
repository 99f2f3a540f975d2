"""The header of a checkpoint: what a model is and what was done to it, without its weights.

It is read with suspicion, as the weights are: see ``checkpoints``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from vae_core.config import Change, ModelConfig, TrainConfig, from_dict
from vae_core.files import open_regular, printable
from vae_core.settings import check_settings, only_read
from vae_core.storage.record import ENDINGS, Ended, TrainingRecord, training_record

FORMAT = "latent-explorer"
FORMAT_VERSION = "2"
OLDER_VERSIONS = ("1",)
"""1: settings that the kind of model does not read could have any value; see ``only_read``."""

MAX_HEADER_BYTES = 2**20
MAX_TENSORS = 500


class CheckpointError(ValueError):
    """A file that is no checkpoint of ours, or a broken one; the sentence says which."""


@dataclass(frozen=True)
class Header:
    """What a file says of its model; see ``Checkpoint`` for the attributes."""

    model_config: ModelConfig
    train_config: TrainConfig
    history: Sequence[Mapping[str, float]]
    changes: Sequence[Change]
    ended: Ended
    created: str
    versions: Mapping[str, str]

    @property
    def record(self) -> TrainingRecord:
        """What was done."""
        latent_dim = self.model_config.latent_dim
        return training_record(
            self.history, self.train_config, latent_dim, self.changes, self.ended
        )


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The one door to a checkpoint's file, whatever lies there and becomes of it meanwhile.

    Raises:
        CheckpointError: it is missing or cannot be read; one clear sentence.
    """
    try:
        with open_regular(path) as file:
            yield file
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise CheckpointError(f"there is no checkpoint {printable(str(path))}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise CheckpointError(f"{printable(path.name)} cannot be read: {reason}") from error
    except MemoryError as error:
        raise CheckpointError(f"{printable(path.name)} does not fit into the memory") from error


def read_header(path: Path) -> Header:
    """Read the header of a file alone: the weights are neither read nor checked.

    Raises:
        CheckpointError: it cannot be read, or the header is broken or not one of ours.
    """
    name = printable(path.name)
    with opened(path) as file:
        start = file.read(8)
        size = int.from_bytes(start, "little")
        content = start + file.read(min(size, MAX_HEADER_BYTES + 1))
    return parse_metadata(read_table(content, name), name)


def read_table(content: bytes, name: str) -> dict[str, Any]:
    """The JSON header of bytes: an 8-byte little-endian length, then that many bytes.

    Returns:
        name of a tensor -> its type, shape and place, and "__metadata__" -> texts by name.

    Raises:
        CheckpointError: there is no such header; ``name`` is that of the file in the sentence.
    """
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or size > len(content) - 8:
        raise CheckpointError(f"{name} is not a safetensors file, or it was cut short")
    if size > MAX_HEADER_BYTES:
        raise CheckpointError(f"{name} has a header of more than 1 MB and was not opened")
    try:
        table = json.loads(content[8 : 8 + size], object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{name} has a broken header: {error}") from error
    if not isinstance(table, dict) or len(table) > MAX_TENSORS + 1:
        raise CheckpointError(f"{name} has a broken header: more than {MAX_TENSORS} tensors")
    return table


def parse_metadata(table: Mapping[str, Any], name: str) -> Header:
    """What ``read_table`` gave, as records.

    Raises:
        CheckpointError: it is not one of ours, or broken.
    """
    metadata = table.get("__metadata__", {})
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise CheckpointError(f"{name} is a safetensors file, but not one of Latent Explorer")
    version = metadata.get("format_version")
    if version not in (*OLDER_VERSIONS, FORMAT_VERSION):
        raise CheckpointError(
            f"{name} has format version {version!r:.80}; "
            f"this program reads up to version {FORMAT_VERSION}"
        )
    try:
        config = json.loads(metadata["config"])
        model_config = from_dict(ModelConfig, config["model"])
        train_config = from_dict(TrainConfig, config["train"])
        if version in OLDER_VERSIONS:
            model_config, train_config = only_read(model_config, train_config)
        check_settings(model_config, train_config)
        history = _read_history(metadata["history"])
        changes = [from_dict(Change, entry) for entry in json.loads(metadata.get("changes", "[]"))]
        ended = metadata.get("ended", "unknown")
        if ended not in ENDINGS:
            raise ValueError(f"the run ended {ended!r:.80}, which is none of {', '.join(ENDINGS)}")
        versions = json.loads(metadata["library versions"])
        created = str(metadata["created"])
        if not isinstance(versions, dict):
            raise ValueError("the versions are not a table")
        training_record(history, train_config, model_config.latent_dim, changes, ended)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{name} has broken metadata: {error}") from error
    return Header(model_config, train_config, history, changes, ended, created, versions)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key stands in it twice")
    return dict(pairs)


def _read_history(text: str) -> list[dict[str, float]]:
    history = json.loads(text)
    if not isinstance(history, list) or not all(isinstance(point, dict) for point in history):
        raise ValueError("the history is not a list of tables")
    for value in (value for point in history for value in point.values()):
        if not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            raise ValueError(f"the history holds {value!r:.80}, which is no finite number")
    return history
