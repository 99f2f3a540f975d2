"""Every way in which a checkpoint's file was ever seen, or could be made, to be no checkpoint."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

Bytes = Callable[[bytes], bytes]


def split(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and data of a safetensors file, by its published layout."""
    (size,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def join(header: str, data: bytes) -> bytes:
    return struct.pack("<Q", len(header.encode())) + header.encode() + data


def _header(change: Callable[[dict[str, Any]], object]) -> Bytes:
    def damaged(content: bytes) -> bytes:
        header, data = split(content)
        change(header)
        return join(json.dumps(header), data)

    return damaged


def _metadata(**values: object) -> Bytes:
    return _header(lambda header: header["__metadata__"].update(values))


def _config(part: str, **values: object) -> Bytes:
    def change(header: dict[str, Any]) -> None:
        config = json.loads(header["__metadata__"]["config"])
        config[part].update(values)
        header["__metadata__"]["config"] = json.dumps(config)

    return _header(change)


def _tensor(**values: object) -> Bytes:
    """Another entry for the first tensor of the header."""
    return _header(lambda header: header[_first(header)].update(values))


def _first(header: dict[str, Any]) -> str:
    return next(name for name in header if name != "__metadata__")


def _filled(value: float) -> Bytes:
    def damaged(content: bytes) -> bytes:
        tensors = {
            name: np.full_like(tensor, value)
            for name, tensor in safetensors.numpy.load(content).items()
        }
        return safetensors.numpy.save(tensors, split(content)[0]["__metadata__"])

    return damaged


_CURVE = '[{"epoch": 0, "elbo": -9.0}, {"epoch": 1, "elbo": -8.0}]'  # without the terms

CONTENT: dict[str, Bytes] = {
    "empty": lambda _: b"",
    "seven bytes": lambda content: content[:7],
    "half a header": lambda content: content[:200],
    "one byte short": lambda content: content[:-1],
    "more at the end": lambda content: content + bytes(16),
    "zeros": lambda _: bytes(4096),
    "text": lambda _: b"hello\n" * 100,
    "zip": lambda _: b"PK\x03\x04" * 100,
    "endless header": lambda content: b"\xff" * 8 + content[8:],
    "huge header": lambda content: join(json.dumps(split(content)[0]) + " " * 2**20, b""),
    "header no JSON": lambda _: join("{", b""),
    "header a list": lambda _: join("[]", b""),
    "header not UTF-8": lambda _: struct.pack("<Q", 4) + b'{"\xff"',
    "deep header": lambda _: join("[" * 100_000, b""),
    "key twice": lambda content: join('{"__metadata__": {}, "__metadata__": {}}', content),
    "no metadata": _header(lambda header: header.pop("__metadata__")),
    "metadata a list": _header(lambda header: header.update(__metadata__=[1])),
    "config a list": _metadata(config=["vae"]),
    "other program": _metadata(format="pt"),
    "version a list": _metadata(format_version=["2"]),
    "config no JSON": _metadata(config="{"),
    "config deep": _metadata(config="[" * 100_000),
    "unknown kind": _config("model", model="gan"),
    "kind a list": _config("model", model=["vae"]),
    "kind a table": _config("model", model={}),
    "no dimensions": _config("model", latent_dim=0),
    "layers as text": _config("model", hidden="256"),
    "endless layers": _config("model", hidden=[10**400]),
    "endless beta": _config("train", beta=float("inf")),
    "data set a list": _config("train", dataset=[1]),
    "history of numbers": _metadata(history="[1, 2]"),
    "history without terms": _metadata(history=_CURVE),
    "history not finite": _metadata(history='[{"epoch": 1e400}]'),
    "changes no table": _metadata(changes='["beta"]'),
    "odd ending": _metadata(ended=["done"]),
    "versions a list": _metadata(**{"library versions": "[]"}),
    "created missing": _header(lambda header: header["__metadata__"].pop("created")),
    "dtype a list": _tensor(dtype=["F32"]),
    "dtype a table": _tensor(dtype={}),
    "dtype unknown": _tensor(dtype="F8"),
    "shape as text": _tensor(shape="16"),
    "outside the data": _tensor(data_offsets=[10**12, 10**12 + 4]),
    "offsets as text": _tensor(data_offsets=["0", "4"]),
    "entry a list": _header(lambda header: header.update({_first(header): []})),
    "tensor missing": _header(lambda header: header.pop(_first(header))),
    "weights not finite": _filled(np.nan),
}
"""Name -> the bytes of a whole checkpoint -> what lies there instead."""


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**40)


FILES: dict[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a socket": _socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link through a file": lambda path: path.symlink_to(Path(__file__) / "below"),
    "a terabyte": _sparse,
}
"""Name -> makes what is no file of a model."""
