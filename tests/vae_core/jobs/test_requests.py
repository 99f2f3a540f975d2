"""Requests and run ids as they are read back: a value, or a ValueError."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import json_values, records
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import TrainRequest, UmapRequest
from vae_core.jobs.requests import MAX_EPOCHS, from_json, to_json
from vae_core.jobs.run_folder import RunFolder, new_run_id

TRAIN = st.builds(
    TrainConfig,
    epochs=st.integers(1, MAX_EPOCHS),
    beta=st.floats(0, 1e6),
    seed=st.integers(0, 2**31),
)
REQUESTS = st.builds(
    TrainRequest, st.builds(ModelConfig, latent_dim=st.integers(1, 64)), TRAIN, st.text()
) | st.builds(
    UmapRequest,
    st.text(),
    st.text(),
    st.integers(2, 200),
    st.floats(0, 0.99),
    st.integers(0, 99),
)


@given(REQUESTS)
def test_a_request_comes_back_through_json(request):
    assert from_json(json.loads(json.dumps(to_json(request)))) == request


@given(
    st.dictionaries(st.text(), json_values, max_size=3)
    | records(
        kind=st.sampled_from(["train", "umap"]),
        model=records(**{name: st.just(value) for name, value in asdict(ModelConfig()).items()}),
        train=records(**{name: st.just(value) for name, value in asdict(TrainConfig()).items()}),
        checkpoint=st.text(),
        output=st.text(),
    )
)
def test_a_damaged_request_is_a_value_error(values):
    with suppress(ValueError):
        assert isinstance(from_json(values), TrainRequest | UmapRequest)


@given(st.text() | st.from_regex(r"[0-9a-f]{15,17}\n?", fullmatch=True))
def test_a_run_id_is_sixteen_digits_and_nothing_else(text):
    if len(text) == 16 and set(text) <= set("0123456789abcdef"):
        assert RunFolder.of(text).run_id == text
    else:
        with pytest.raises(ValueError, match="is not the name of a run"):
            RunFolder.of(text)


def test_a_new_run_id_is_one():
    first, second = new_run_id(), new_run_id()
    assert RunFolder.of(first).run_id == first != second
