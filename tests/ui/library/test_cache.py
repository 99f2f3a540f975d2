"""What the cache takes for the same question, and what it never is asked by."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from ui.library.cache import cached
from ui.library.loaded import LoadedModel, load_model
from vae_core.exact.posteriors import GaussianQ
from vae_core.storage.library import list_models

ROOT = Path(__file__).resolve().parents[3]
CALLS: list[object] = []


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    CALLS.clear()
    st.cache_resource.clear()


@cached(max_entries=2)
def kept(loaded: LoadedModel, number: float) -> list[float]:
    CALLS.append((loaded, number))
    return [number]


@cached("Looking …")
def of_gaussian(q: GaussianQ) -> float:
    CALLS.append(q)
    return float(q.mu_Z[0])


def model(digest: str) -> LoadedModel:
    loaded = load_model(next(e for e in list_models("vae") if e.name == "mnist-2d-beta-1"))
    return LoadedModel(loaded.entry, replace(loaded.checkpoint, digest=digest))


def test_a_model_counts_as_its_digest():
    first = kept(model("a"), 1.0)
    assert kept(model("a"), 1.0) is first
    assert len(CALLS) == 1
    assert kept(model("b"), 1.0) is not first
    assert kept(model("a"), 2.0) == [2.0]
    assert len(CALLS) == 3


def test_only_the_last_asked_for_are_kept():
    first = kept(model("a"), 1.0)
    kept(model("a"), 2.0), kept(model("a"), 3.0)
    assert kept(model("a"), 1.0) is not first


def test_a_gaussian_counts_as_its_numbers():
    q = GaussianQ(np.array([0.1, 0.2]), np.array([-1.0, -2.0]))
    assert of_gaussian(q) == of_gaussian(GaussianQ(q.mu_Z.copy(), q.logvar_Z.copy())) == 0.1
    assert len(CALLS) == 1
    of_gaussian(GaussianQ(q.mu_Z, np.nextafter(q.logvar_Z, 0)))
    of_gaussian(GaussianQ(q.logvar_Z, q.mu_Z))
    assert len(CALLS) == 3


def test_a_model_without_a_digest_is_refused():
    with pytest.raises(Exception, match="no digest"):
        kept(model(""), 1.0)
    assert CALLS == []


def cached_functions(source: str) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(call, ast.Call) and ast.unparse(call.func) == "cached"
            for call in node.decorator_list
        ):
            yield node


SOURCES = {
    path: path.read_text("utf-8") for top in ("ui", "pages") for path in (ROOT / top).rglob("*.py")
}


def test_there_is_one_cache():
    others = [
        str(path)
        for path, source in SOURCES.items()
        if path.name != "cache.py" and ("cache_resource" in source or "cache_data" in source)
    ]
    assert others == []


def test_no_array_is_a_key_and_no_argument_is_left_out_of_it():
    functions = [f for source in SOURCES.values() for f in cached_functions(source)]
    assert len(functions) > 30
    for function in functions:
        for argument in function.args.args:
            assert not argument.arg.startswith("_"), function.name
            kind = ast.unparse(argument.annotation)
            assert not any(word in kind for word in ("NDArray", "Tensor", "Array")), function.name
