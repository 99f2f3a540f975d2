"""A run as its files on the disk, and what may lie there instead of each."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np

from tests.vae_core.jobs.helpers import request
from vae_core.config import ModelConfig, ModelKind, TrainConfig
from vae_core.jobs import TrainRequest
from vae_core.jobs.ownership import mark_owner
from vae_core.jobs.requests import to_json
from vae_core.jobs.run_folder import RunFolder, new_run_id, replace_file, write_json
from vae_core.jobs.run_view import Snapshot
from vae_core.settings import only_read, reads

OWNER = "the secret of one browser"

JSON_FILES = (
    "request", "status", "control", "progress", "curve", "dimensions", "changes", "name",
)  # fmt: skip

CONTENTS = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'"\xff"',
    "deep": b"[" * 100_000,
    "null": b"null",
    "a number": b"7",
    "infinite": b"1e400",
    "a text": b'"text"',
    "a list": b"[1]",
    "lists": b'[[1, 2], [3], ["x"]]',
    "tables": b'[{"epoch": 1}, {}]',
    "a table": b'{"state": "odd", "step": 1, "kind": "train", "hold": "x", "beta": -1}',
    "odd values": b'{"state": "running", "owner": 5, "follows": "../..", "step": NaN, "note": 3}',
    "no steps": b'{"step": 1, "steps": 0, "first": 0, "steps_per_epoch": 0, "seconds": 1}',
}
"""Name -> what a file holds."""


def sound_run() -> RunFolder:
    """One that is done, of a model that nobody trained."""
    folder = RunFolder.of(new_run_id())
    folder.snapshots.mkdir(parents=True)
    mark_owner(folder, OWNER)
    asked = request()
    write_json(folder.request, to_json(asked))
    names = ("seconds", "reconstruction_nll", "kl", "elbo", "beta", "skipped_steps")
    points = [{"epoch": epoch, **dict.fromkeys(names, 1.0)} for epoch in range(4)]
    write_json(folder.curve, points)
    write_json(folder.dimensions, [[0.5, 0.5]] * 4)
    steps = {"first": 0, "step": 3, "steps": 3, "steps_per_epoch": 1, "seconds": 1.0}
    write_json(folder.progress, {**steps, "paused": False, "hold": None, "ended": "done"})
    latents = np.linspace(-1, 1, 40, dtype=np.float32).reshape(20, 2)
    for epoch in (0, 3):
        pixels = np.zeros((4, asked.model.pixels), np.float32)
        content = Snapshot(epoch, latents, latents, np.arange(20) % 10, pixels).to_bytes()
        replace_file(folder.snapshot, content)
        replace_file(folder.epoch_snapshot(epoch), content)
    folder.write_status("done")
    return folder


def sound_run_of(kind: ModelKind) -> RunFolder:
    """The same of another kind of model, without a plane."""
    folder = sound_run()
    asked = only_read(ModelConfig(model=kind, image_shape=(8, 8)), TrainConfig(dataset="digits"))
    write_json(folder.request, to_json(TrainRequest(*asked)))
    if reads(kind, "labels_per_class"):
        names = ("seconds", "accuracy", "log_loss", "skipped_steps")
        points = [{"epoch": epoch, **dict.fromkeys(names, 1.0)} for epoch in range(4)]
        write_json(folder.curve, points)
        folder.dimensions.unlink()
    return folder


def damage(folder: RunFolder, file: str, content: bytes | None) -> None:
    """Put other bytes, or a pipe, where a file of the run lies."""
    path: Path = getattr(folder, file)
    path.unlink(missing_ok=True)
    if content is None:
        os.mkfifo(path)
    else:
        path.write_bytes(content)


def damaged_snapshots() -> dict[str, bytes]:
    """Name -> an .npz that is no snapshot of the run."""
    found = {"no zip": b"PK", "empty": b""}
    wrong = {
        "text": np.array(["x"]),
        "scalar": np.array(1.0),
        "none": np.zeros((0, 2)),
        "another size": np.zeros((20, 3)),
        "not finite": np.full((20, 2), np.nan),
    }
    folder = sound_run()
    sound = dict(np.load(folder.snapshot))
    for name in sound:
        for kind, array in wrong.items():
            if name != "epoch" or kind != "scalar":
                found[f"{name} {kind}"] = _npz(sound | {name: array})
    return found


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()
