"""Figures that are built once for all sessions.

Plotly checks every property it is given: a figure takes it 5 to 30 ms to build, where what a click
changed is mostly in another one.
"""

from __future__ import annotations

import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from threading import Lock
from typing import ParamSpec

import plotly.graph_objects as go

P = ParamSpec("P")

MOST = 256
"""Figures that are kept, the last ones asked for."""

_figures: OrderedDict[bytes, go.Figure] = OrderedDict()
_lock = Lock()


def drawn_once(build: Callable[P, go.Figure]) -> Callable[P, go.Figure]:
    """Keep the figures of a function that makes them of its arguments alone.

    Arguments count by their content, arrays by every byte. What is returned is everybody's: nobody
    may change it.
    """

    @wraps(build)
    def kept(*args: P.args, **kwargs: P.kwargs) -> go.Figure:
        named = (build.__module__, build.__qualname__, args, kwargs)
        content = pickle.dumps(named, protocol=pickle.HIGHEST_PROTOCOL)
        key = hashlib.blake2b(content, digest_size=32).digest()
        with _lock:
            if (figure := _figures.get(key)) is not None:
                _figures.move_to_end(key)
                return figure
        figure = build(*args, **kwargs)
        with _lock:
            _figures[key] = figure
            while len(_figures) > MOST:
                _figures.popitem(last=False)
        return figure

    return kept


def annotate(figure: go.Figure, annotations: Iterable[Mapping[str, object]]) -> None:
    """Add them all at once: one by one Plotly checks those that are there anew each time."""
    figure.layout.annotations = [*figure.layout.annotations, *map(dict, annotations)]
