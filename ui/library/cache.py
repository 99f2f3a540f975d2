"""The one cache of what is computed for all sessions: by digest, name and number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import streamlit as st

from vae_core.exact.posteriors import GaussianQ
from vae_core.storage.checkpoints import Checkpoint

P = ParamSpec("P")
R = TypeVar("R")


def cached(
    spinner: str = "", *, max_entries: int | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the results of a function for all sessions, the last ``max_entries`` asked for.

    A model counts as its file's digest, a Gaussian as its numbers. Arrays are no arguments for
    such a function: Streamlit hashes those of 500,000 elements and more by a sample of them.

    Args:
        spinner: what a page says meanwhile; "" for nothing.
        max_entries: None for a function of which there can be few results.
    """
    keep: Callable[[Callable[P, R]], Callable[P, R]] = st.cache_resource(
        show_spinner=spinner or False, max_entries=max_entries, hash_funcs=_KEYS
    )
    return keep


def _digest(model: Any) -> str:
    digest: str = model.digest
    if not digest:
        raise ValueError("a model that was never saved has no digest to be cached by")
    return digest


# By name, as Streamlit keeps them itself: the module of the first uses this one.
_KEYS: dict[str | type, Callable[[Any], object]] = {
    "ui.library.loaded.LoadedModel": _digest,
    Checkpoint: _digest,
    GaussianQ: lambda q: (tuple(q.mu_Z.tolist()), tuple(q.logvar_Z.tolist())),
}
