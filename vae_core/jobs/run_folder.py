"""The folder of one run: what lies in it, and how it is read and written.

Every file has one writer at a time, and a reader never sees half of one:

    request.json     the server          what was asked for
    status.json      server, then runner state, position in the queue, message, process
    started_by       the server          a hash of the secret of who started it, see ``ownership``
    name.json        the server          what its owner calls it, a string
    saved            the server          empty; its model was saved, so that it is not cleaned away
    control.json     the server          what a running job is asked to do, see ``Wishes``
    seen             the server          empty; touched whenever somebody looks at the run
    progress.json    the worker          steps done, in all, seconds; what it does meanwhile
    curve.json       the worker          one entry per epoch, ``EpochReport.curve_point``
    dimensions.json  the worker          one entry per epoch, ``RunView.dimension_kl``
    changes.json     the worker          what was changed by hand, ``config.Change``
    snapshot.npz     the worker          the latest ``Snapshot``
    snapshots/       the worker          up to about a hundred of them by epoch, evenly spaced
    model.safetensors  the worker        the model so far; in the end the result
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import get_native_id
from typing import Any

from vae_core.files import read_regular

MAX_NAME = 60
"""Characters of what its owner calls a run."""

_RUN_ID = re.compile(r"[0-9a-f]{16}")

IN_QUEUE = ("queued", "running")
UNFINISHED = (*IN_QUEUE, "paused")
"""A paused run waits on the disk, for as long as it takes: it holds no place and no process."""

STATES = (*UNFINISHED, "done", "stopped", "failed", "interrupted")


def new_run_id() -> str:
    """16 hexadecimal digits; whoever knows them can watch the run."""
    return secrets.token_hex(8)


def is_run_id(text: str) -> bool:
    """Whether it is of the form that ``new_run_id`` makes."""
    return _RUN_ID.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether a run may be called so."""
    return len(text) <= MAX_NAME and text.isprintable()


@dataclass(frozen=True)
class Status:
    """How a run stands, kept as status.json.

    Attributes:
        state, message, position: see ``RunView``.
        owner: names the process that will change the state next; "" once none will by itself.
        ahead: of a queued run, the runs that hold the places now.
        follows: the run whose files stand for this one's: it trains the same at this moment.
    """

    state: str
    message: str = ""
    position: int = 0
    owner: str = ""
    ahead: Sequence[str] = ()
    follows: str = ""

    def __post_init__(self) -> None:
        assert self.state in STATES


@dataclass(frozen=True)
class RunFolder:
    """The files of a run by name."""

    path: Path

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def request(self) -> Path:
        return self.path / "request.json"

    @property
    def status(self) -> Path:
        return self.path / "status.json"

    @property
    def started_by(self) -> Path:
        return self.path / "started_by"

    @property
    def name(self) -> Path:
        return self.path / "name.json"

    @property
    def saved(self) -> Path:
        return self.path / "saved"

    @property
    def control(self) -> Path:
        return self.path / "control.json"

    @property
    def seen(self) -> Path:
        return self.path / "seen"

    @property
    def progress(self) -> Path:
        return self.path / "progress.json"

    @property
    def curve(self) -> Path:
        return self.path / "curve.json"

    @property
    def dimensions(self) -> Path:
        return self.path / "dimensions.json"

    @property
    def changes(self) -> Path:
        return self.path / "changes.json"

    @property
    def snapshot(self) -> Path:
        return self.path / "snapshot.npz"

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    @property
    def model(self) -> Path:
        return self.path / "model.safetensors"

    @classmethod
    def of(cls, run_id: str) -> RunFolder:
        """The folder of a run among this server's.

        Raises:
            ValueError: ``run_id`` is not of the form that ``new_run_id`` makes; it may come from
                a link, and it becomes part of a path.
        """
        from vae_core.paths import runs_folder  # brings torch, which the runner does without

        if not is_run_id(run_id):
            raise ValueError(f"{run_id[:40]!r} is not the name of a run; the link may be cut short")
        return cls(runs_folder().resolve() / run_id)

    def epoch_snapshot(self, epoch: float) -> Path:
        """The kept snapshot of an epoch, or of a part of one."""
        return self.snapshots / (f"{epoch!r}.npz" if epoch % 1 else f"{int(epoch):06d}.npz")

    def write_status(self, state: str, message: str = "", **rest: Any) -> None:
        """Say how it stands; see ``Status``."""
        write_json(self.status, asdict(Status(state, message, **rest)))


def replace_file(path: Path, content: bytes) -> None:
    """Readers see the old file or the new one. Not synced: progress is not worth a disk flush."""
    part = path.with_name(f".{path.name}.{os.getpid()}.{get_native_id()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    except BaseException:
        # On a full disk half of it would take the last room.
        with suppress(OSError):
            part.unlink()
        raise


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file."""
    replace_file(path, json.dumps(value).encode())


def read_json(path: Path, default: Any) -> Any:
    """What the file holds, or ``default`` before it is written.

    Raises:
        ValueError: it holds something else than JSON.
    """
    try:
        return json.loads(read_regular(path))
    except FileNotFoundError:
        return default


def sentence(text: object) -> str:
    """One sentence of what an error says: its first line, a capital letter, a full stop."""
    line = str(text).strip().split("\n")[0].rstrip(".") or "It gave no reason"
    return f"{capitalised(line)}."


def capitalised(text: str) -> str:
    """With a capital letter, unless it begins with a name: t10k-images, mine.safetensors, --z."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return text[:1].upper() + text[1:] if first.rstrip(",;:'s").isalpha() else text
