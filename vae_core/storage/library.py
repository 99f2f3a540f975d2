"""The models a person can choose from: those bundled with the app and those they saved."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vae_core.files import write_atomically
from vae_core.paths import BUNDLED, runs_folder
from vae_core.storage.checkpoints import SUFFIX, CheckpointError, load_checkpoint, read_model_config

# Letters and digits of every script, with the marks that belong to them; no underscore leads.
_NAME = re.compile(r"[^\W_][\w .-]{0,59}")
_MOST_BYTES = 200  # of a name: file systems take 255, and a file that is being written has a suffix


@dataclass(frozen=True)
class ModelEntry:
    """A checkpoint file by its name (unique in the library, and what links carry)."""

    name: str
    path: Path
    bundled: bool

    @property
    def kind(self) -> str:
        """A key of ``MODELS``; that of a VAE for a file that cannot be read."""
        try:
            return _kind(self.path, self.path.stat().st_mtime_ns)
        except (CheckpointError, OSError):
            return "vae"


@lru_cache(maxsize=512)
def _kind(path: Path, _changed: int) -> str:
    return read_model_config(path).model


def saved_folder() -> Path:
    """Where models that people named and saved live."""
    return runs_folder() / "saved"


def list_models(kind: str | None = None) -> list[ModelEntry]:
    """Bundled models first, then saved ones, each group by name. Contents are not checked.

    Numbers in names are sorted by size: beta-4 comes before beta-20.

    Args:
        kind: only those, a key of ``MODELS``; None is all.
    """
    entries = []
    for folder, bundled in ((BUNDLED, True), (saved_folder(), False)):
        paths = sorted(folder.glob(f"[!.]*{SUFFIX}"), key=_by_numbers)
        entries += [ModelEntry(path.name.removesuffix(SUFFIX), path, bundled) for path in paths]
    return [entry for entry in entries if kind in (None, entry.kind)]


def _by_numbers(path: Path) -> list[str | float]:
    """A key to sort by in which beta-2 comes before beta-20, and that before beta-100."""
    parts: list[str | float] = [*re.split(r"(\d+(?:\.\d+)?)", path.name.removesuffix(SUFFIX))]
    parts[1::2] = [float(number) for number in parts[1::2]]
    return parts


def _checked(name: str) -> str:
    """A name as it will stand on disk: without spaces around it, and each letter in one form.

    Raises:
        ValueError: it cannot be a file name.
    """
    name = unicodedata.normalize("NFC", name.strip())
    # Marks are no word characters to a pattern, but Hindi and Thai do not go without them.
    letters = "".join("x" if unicodedata.category(char)[0] == "M" else char for char in name)
    if not _NAME.fullmatch(letters) or unicodedata.category(name[0])[0] == "M":
        raise ValueError(
            f"a model's name is 1 to 60 letters, digits, spaces, dots, dashes or underscores, "
            f"starting with a letter or digit; got {name!r}"
        )
    if len(name.encode()) > _MOST_BYTES:
        raise ValueError(f"the name {name!r} is too long for a file; choose a shorter one")
    return name


def save_to_library(name: str, checkpoint_path: Path) -> ModelEntry:
    """Copy a finished run's checkpoint into the library under a name of its own.

    Raises:
        ValueError: the name is taken or cannot be a file name, or the file is no checkpoint.
        OSError: the folder cannot be written.
    """
    name = _checked(name)
    if any(entry.name.casefold() == name.casefold() for entry in list_models()):
        raise ValueError(f"there is a model named {name!r} already; choose another name")
    load_checkpoint(checkpoint_path)
    target = saved_folder() / f"{name}{SUFFIX}"
    write_atomically(target, checkpoint_path.read_bytes())
    return ModelEntry(name, target, bundled=False)
