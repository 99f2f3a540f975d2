"""Checkpoints: what is saved is what is loaded, and nothing broken gets through."""

from __future__ import annotations

import json
import pickle
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import records
from tests.vae_core.storage.damage import join, split
from vae_core.storage import checkpoints
from vae_core.storage.checkpoints import (
    load_checkpoint,
    parse_checkpoint,
)
from vae_core.storage.header import CheckpointError


@pytest.fixture
def content(checkpoint_path: Path) -> bytes:
    return checkpoint_path.read_bytes()


# --- nothing broken gets through


def assert_refused(content: bytes, words: str) -> None:
    with pytest.raises(CheckpointError, match=words) as caught:
        parse_checkpoint(content, "a.safetensors")
    sentence = str(caught.value)
    assert "a.safetensors" in sentence
    assert "\n" not in sentence
    assert len(sentence) < 300


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(CheckpointError, match="there is no checkpoint"):
            load_checkpoint(path)


def test_a_file_over_the_size_cap_is_not_opened(content, checkpoint_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "MAX_FILE_BYTES", len(content) - 1)
    assert_refused(content, "larger than")
    with checkpoint_path.open("ab") as file:
        file.truncate(2**40)  # more than there is memory to read it into
    with pytest.raises(CheckpointError, match="larger than"):
        load_checkpoint(checkpoint_path)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100, -1000, -1])
def test_a_truncated_file(content, length):
    assert_refused(content[:length], "cut short|broken")


def test_bytes_after_the_end(content):
    assert_refused(content + b"\0" * 16, "broken")


@pytest.mark.parametrize(
    "junk", [b"PK\x03\x04" + b"zip" * 100, b"\x89PNG\r\n\x1a\n" + bytes(500), bytes(64)]
)
def test_another_kind_of_file(junk):
    assert_refused(junk, "not a safetensors file|broken header")


def test_a_pickle_is_refused_and_never_run(tmp_path):
    trace = tmp_path / "it-ran"

    class Bomb:
        def __reduce__(self):
            return Path.touch, (trace,)

    assert_refused(pickle.dumps(Bomb()), "not a safetensors file")
    torch.save({"weights": Bomb()}, tmp_path / "model.pt")
    assert_refused((tmp_path / "model.pt").read_bytes(), "not a safetensors file")
    assert not trace.exists()


def test_a_huge_header(content):
    header, data = split(content)
    assert_refused(join(json.dumps(header) + " " * 2**20, data), "header of more than 1 MB")


@pytest.mark.parametrize("header", ["{", "[]", "1", "\xff", "[" * 5000, "{}"])
def test_a_header_that_is_no_table_of_ours(header):
    assert_refused(join(header, b""), "broken header|not one of Latent Explorer")


def test_too_many_tensors():
    header: dict[str, dict[str, object]] = {f"t{i}": {} for i in range(502)}
    assert_refused(join(json.dumps(header), b""), "more than 500 tensors")


def test_duplicate_keys(content):
    header, data = split(content)
    name = next(name for name in header if name != "__metadata__")
    text = json.dumps(header)
    assert_refused(join(f'{{"{name}": {json.dumps(header[name])}, {text[1:]}', data), "twice")
    assert_refused(join('{"__metadata__": {}, ' + text[1:], data), "twice")


def change_metadata(content: bytes, **changes: object) -> bytes:
    header, data = split(content)
    header["__metadata__"].update(changes)
    return join(json.dumps(header), data)


def test_a_file_of_another_program(content):
    header, data = split(content)
    del header["__metadata__"]
    assert_refused(join(json.dumps(header), data), "not one of Latent Explorer")
    assert_refused(change_metadata(content, format="pt"), "not one of Latent Explorer")


def test_a_format_of_the_future(content):
    assert_refused(change_metadata(content, format_version="3"), "'3'.* up to version 2")


@pytest.mark.parametrize("key", ["config", "history", "created", "library versions"])
def test_missing_metadata(content, key):
    header, data = split(content)
    del header["__metadata__"][key]
    assert_refused(join(json.dumps(header), data), f"broken metadata.*{key}")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": {"latent_dim": 0}}, "latent_dim"),
        ({"model": {"latent_dim": 3}}, "expected F32 or F16 of shape"),
        ({"model": {"layers": 3}}, "no field 'layers'"),
        ({"model": {"model": "gan"}}, "model must be one of"),
        ({"model": {"hidden": [8192] * 13}}, "hidden"),
        ({"train": {"beta": -1}}, "beta"),
        ({"train": {"beta": 10**400}}, "beta"),
        ({"train": {"pickle": "x"}}, "no field 'pickle'"),
        ({"train": {"x" * 10_000: 1}}, "no field 'xxx"),
        ({"train": {"device": "x" * 10_000}}, "device must be one of"),
        ({"train": None}, "JSON object"),
    ],
)
def test_a_config_that_is_no_config_or_not_that_of_the_weights(content, changes, words):
    config = json.loads(split(content)[0]["__metadata__"]["config"])
    for part, fields in changes.items():
        config[part] = None if fields is None else {**config[part], **fields}
    assert_refused(change_metadata(content, config=json.dumps(config)), words)


@pytest.mark.parametrize(
    "metadata",
    [
        {"config": "[]"},
        {"config": "{"},
        {"config": "[" * 100_000},
        {"config": 3},
        {"history": "{}"},
        {"history": '[{"elbo": "high"}]'},
        {"history": '[{"elbo": NaN}]'},
        {"history": '[{"elbo": 1' + "0" * 400 + "}]"},
        {"library versions": "[]"},
    ],
)
def test_metadata_of_the_wrong_kind(content, metadata):
    assert_refused(change_metadata(content, **metadata), "broken metadata")


def forge(content: bytes, **changes: np.ndarray | None) -> bytes:
    """The same file with tensors replaced, added or (None) taken out."""
    tensors = {**safetensors.numpy.load(content), **changes}
    kept = {name: value for name, value in tensors.items() if value is not None}
    return safetensors.numpy.save(kept, split(content)[0]["__metadata__"])


BIAS = "decoder.0.bias"  # 16 values


def test_tensors_extra_or_missing(content):
    assert_refused(forge(content, spy=np.zeros(1, np.float32)), "'spy' differs")
    assert_refused(forge(content, **{BIAS: None}), f"{BIAS!r} differs")


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(17, np.float32),
        np.zeros((16, 1), np.float32),
        np.zeros((), np.float32),
        np.zeros(16, np.float64),
        np.zeros(16, np.int32),
    ],
)
def test_a_tensor_of_another_shape_or_type(content, value):
    assert_refused(forge(content, **{BIAS: value}), f"{BIAS} as .* expected F32 or F16")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(content, bad):
    assert_refused(forge(content, **{BIAS: np.full(16, bad, np.float32)}), f"{BIAS} .* not finite")


def test_tensors_that_overlap_or_lie_outside_the_data(content):
    header, data = split(content)
    start, end = header[BIAS]["data_offsets"]
    size = end - start
    for first in (start + 4, start + size, len(data), 10**12, -size):
        offsets = [first, first + size]
        header[BIAS]["data_offsets"] = offsets
        assert_refused(join(json.dumps(header), data), "broken")


def test_a_forged_file_that_is_fine_is_taken(content):
    """The forger itself breaks nothing, so the refusals above have the reasons they name."""
    assert parse_checkpoint(forge(content), "a.safetensors").model_config.latent_dim == 2


def test_random_damage_is_refused_or_harmless(content):
    random = np.random.default_rng(0)
    header_end = len(content) - len(split(content)[1])
    refusals = []
    for _ in range(400):
        damaged = bytearray(content)
        for place in random.integers(0, header_end, random.integers(1, 4)):
            damaged[place] = random.integers(256)
        try:
            parse_checkpoint(bytes(damaged), "a.safetensors")
        except CheckpointError as error:  # any other error fails the test
            refusals.append(str(error))
    assert len(refusals) > 200
    assert max(map(len, refusals)) < 500


# --- whatever the bytes are


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_sentence(content):
    assert_refused(content, "^a.safetensors ")


@given(records(__metadata__=st.dictionaries(st.text(), st.text(), max_size=3)))
def test_any_header_is_refused_with_a_sentence(header):
    assert_refused(join(json.dumps(header), b""), "^a.safetensors ")


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_checkpoint_with_one_byte_changed_is_refused_or_whole(content, data):
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255))
    damaged = content[:place] + bytes([byte]) + content[place + 1 :]
    with suppress(CheckpointError):
        assert parse_checkpoint(damaged, "x").model_config is not None
