"""The models a person can choose from: those bundled with the app and those that were saved.

What is saved from the app is its owner's: NAME.owner beside NAME.safetensors holds a hash of their
secret. It is listed to them, and to whoever has a link that names it. Where somebody else has given
the same name, a tail tells the two apart. A model without that file is for all: one that whoever
runs the server put there by hand, or marked with ``share``. Those that the command line wrote into
the runs folder itself are for all as well.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from vae_core.config import ModelConfig, ModelKind, TrainConfig
from vae_core.files import one_at_a_time, printable, read_regular, version, write_atomically
from vae_core.ownership import hashed, holds_hash_of
from vae_core.paths import BUNDLED, runs_folder
from vae_core.storage.checkpoints import SUFFIX, load_checkpoint
from vae_core.storage.header import CheckpointError, read_header
from vae_core.storage.record import TrainingRecord

SAVED_EACH, SAVED_BYTES_EACH = 200, 2 * 2**30
SAVED_IN_ALL, SAVED_BYTES_IN_ALL = 2000, 16 * 2**30

# Letters and digits of every script, with the marks that belong to them; no underscore leads.
_NAME = re.compile(r"[^\W_][\w .-]{0,59}")
_TAIL = "~"  # no part of a name that a person gives
_OWNER = ".owner"
_MOST_BYTES = 200  # of a name: file systems take 255, and a file that is being written has a suffix


@dataclass(frozen=True)
class Description:
    """What a list says of a model, from its file's header alone."""

    model: ModelConfig
    train: TrainConfig
    record: TrainingRecord


@dataclass(frozen=True)
class ModelEntry:
    """A checkpoint file by its name (unique in the library, and what links carry).

    Attributes:
        description: as it was when the file was listed; None where its header cannot be read.
    """

    name: str
    path: Path
    bundled: bool
    description: Description | None = field(default=None, compare=False)

    @property
    def kind(self) -> ModelKind:
        """A key of ``MODELS``; that of a VAE for a file that cannot be read."""
        return "vae" if self.description is None else self.description.model.model


@dataclass(frozen=True)
class _Listed:
    """A file of a folder: its entry, and the hash of its owner's secret; None: it is for all."""

    entry: ModelEntry
    owner: bytes | None


@lru_cache(maxsize=4096)
def _described(path: Path, _version: tuple[int, ...]) -> Description | None:
    """Once per version of a file: a list of a thousand is made at every click."""
    try:
        header = read_header(path)
    except CheckpointError:
        return None
    return Description(header.model_config, header.train_config, header.record)


def saved_folder() -> Path:
    """Where models that people named and saved live."""
    return runs_folder() / "saved"


def list_models(
    kind: str | None = None, viewer: str | None = None, linked: Collection[str] = ()
) -> list[ModelEntry]:
    """Bundled models first, then saved ones, each group by name. Contents are not checked.

    Numbers in names are sorted by size: beta-4 comes before beta-20.

    Args:
        kind: only those, a key of ``MODELS``; None is all.
        viewer: the secret of who looks: saved models of others are left out. None: nobody is
            asked, as on the command line, whose user owns the disk.
        linked: names of models of others that a link shows.
    """
    mine = None if viewer is None else hashed(viewer).encode()
    entries: dict[str, ModelEntry] = {}
    for folder, bundled in ((BUNDLED, True), (saved_folder(), False), (runs_folder(), False)):
        for listed in _listing(folder, bundled):
            name, owner = listed.entry.name, listed.owner
            if bundled or mine is None or owner in (None, mine) or name in linked:
                entries.setdefault(name, listed.entry)
    return [entry for entry in entries.values() if kind in (None, entry.kind)]


_Files = dict[str, tuple[int, ...]]  # name -> see ``files.version``
_listings: dict[Path, tuple[_Files, list[_Listed]]] = {}


def _listing(folder: Path, bundled: bool) -> list[_Listed]:
    """The models of a folder, by name; looked at again only where a file of it has changed."""
    files: _Files = {}
    with suppress(OSError), os.scandir(folder) as found:
        for file in found:
            if file.name.endswith((SUFFIX, _OWNER)) and not file.name.startswith("."):
                files[file.name] = version(file)
    known = _listings.get(folder)
    if known is None or known[0] != files:
        known = files, _look_at(folder, files, bundled)
        _listings[folder] = known
    return known[1]


def _look_at(folder: Path, files: _Files, bundled: bool) -> list[_Listed]:
    listed = []
    for file in sorted((name for name in files if name.endswith(SUFFIX)), key=_by_numbers):
        path, stem = folder / file, file.removesuffix(SUFFIX)
        owner = _owner_of(path) if f"{stem}{_OWNER}" in files else None
        entry = ModelEntry(printable(stem), path, bundled, _described(path, files[file]))
        listed.append(_Listed(entry, owner))
    return listed


def _by_numbers(file: str) -> list[str | float]:
    """A key to sort by in which beta-2 comes before beta-20, and that before beta-100."""
    parts: list[str | float] = [*re.split(r"(\d+(?:\.\d+)?)", file.removesuffix(SUFFIX))]
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


def _given(entry: ModelEntry) -> str:
    """The name that its owner gave it, without regard to case."""
    return entry.name.partition(_TAIL)[0].casefold()


def _owner_of(path: Path) -> bytes | None:
    """The hash of the secret of whose a model is; nobody's where that cannot be read."""
    try:
        return read_regular(_owner_file(path))
    except FileNotFoundError:
        return None
    except OSError:
        return b""


def _owner_file(path: Path) -> Path:
    return path.with_name(f"{path.name.removesuffix(SUFFIX)}{_OWNER}")


def share_model(name: str) -> None:
    """Mark a saved model for all.

    Raises:
        ValueError: there is no saved model of this name.
    """
    entry = next((e for e in list_models() if e.name == name and not e.bundled), None)
    if entry is None:
        raise ValueError(f"there is no saved model named {name!r} in {saved_folder()}")
    _owner_file(entry.path).unlink(missing_ok=True)


def _require_room(owner: str, size: int) -> None:
    """Raises ValueError where one visitor, or all, have saved as much as they may."""
    own, total = [size], [size]
    for path in saved_folder().glob(f"*{SUFFIX}"):
        if found := version(path):
            total.append(found[1])
            if holds_hash_of(_owner_file(path), owner):
                own.append(found[1])
    for sizes, who, models, most in (
        (own, "one visitor", SAVED_EACH, SAVED_BYTES_EACH),
        (total, "this server", SAVED_IN_ALL, SAVED_BYTES_IN_ALL),
    ):
        if len(sizes) > models or sum(sizes) > most:
            raise ValueError(
                f"{who} can keep {models:,} models or {most / 2**30:g} GB; whoever runs the "
                "server can take some out of the folder of saved models"
            )


def save_to_library(name: str, checkpoint_path: Path, owner: str = "") -> ModelEntry:
    """Copy a finished run's checkpoint into the library under a name of its own.

    Args:
        owner: the secret of whose it is; "": it is for all.

    Raises:
        ValueError: the name is taken or cannot be a file name, the file is no checkpoint, or
            there are as many models as may be saved.
        OSError: the folder cannot be written.
    """
    name = _checked(name)
    load_checkpoint(checkpoint_path)
    taken = f"there is a model named {name!r} already; choose another name"
    # Two who save one name in the same moment: the second finds it taken.
    with one_at_a_time(runs_folder() / ".saving"):
        if name.casefold() in map(_given, list_models(viewer=owner or None)):
            raise ValueError(taken)
        if owner:
            _require_room(owner, checkpoint_path.stat().st_size)
        if any(entry.name.casefold() == name.casefold() for entry in list_models()):
            name += f"{_TAIL}{hashed(owner)[:8]}"
        target = saved_folder() / f"{name}{SUFFIX}"
        if owner:  # first: at no moment is it everybody's
            write_atomically(_owner_file(target), hashed(owner).encode())
        try:
            write_atomically(target, checkpoint_path.read_bytes(), replace=False)
        except FileExistsError as error:  # put there by hand meanwhile, and so for all
            _owner_file(target).unlink(missing_ok=True)
            raise ValueError(taken) from error
    return ModelEntry(name, target, False, _described(target, version(target)))
