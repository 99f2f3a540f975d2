"""The browser component that shows a discrete code, and decodes what a person makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ui.canvas.component import canvas_component
from ui.common.state import Slot
from ui.common.tabular import blocks_csv
from vae_core.provenance import Line

_component = canvas_component("code_canvas", "code")

Code = tuple[int, ...]


def code_canvas(
    *,
    key: str,
    data: Mapping[str, object],
    shape: tuple[int, int],
    on_code: Callable[[Code | None], None],
) -> None:
    """Draw q(z|x) of one image as a table of cells; a click on one decodes with that category.

    Args:
        key: of the component.
        data: from ``code_data``.
        shape: how many variables there are, and how many categories each has.
        on_code: called with what was made of the code, before the page runs again; None for the
            likeliest one.
    """

    def changed() -> None:
        state = Slot[object](key, None).get()
        value = state.get("code") if isinstance(state, Mapping) else None
        if not isinstance(value, Mapping) or "code" not in value:
            return
        code = value["code"]
        if code is None or is_code(code, shape):
            on_code(None if code is None else tuple(code))

    _component(key=key, data=dict(data), on_code_change=changed)


def is_code(value: object, shape: tuple[int, int]) -> bool:
    """Whether it is a category for each variable."""
    variables, categories = shape
    return (
        isinstance(value, list | tuple)
        and len(value) == variables
        and all(type(k) is int and 0 <= k < categories for k in value)
    )


def code_csv(probability_NK: NDArray[np.floating], about: Iterable[Line]) -> str:
    """The numbers of the canvas: the probability of every category of every variable."""
    rows = [[f"z{n + 1}", k, float(p)] for (n, k), p in np.ndenumerate(probability_NK)]
    return blocks_csv([[["variable", "category", "q(z|x)"], *rows]], about)
