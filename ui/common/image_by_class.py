"""The chooser of an image by its class and its number among those."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator


def choose_by_class(
    columns: Sequence[DeltaGenerator],
    label_N: NDArray[np.integer],
    class_names: Sequence[str],
    key: str,
    *,
    of: str = "",
    default: int = 0,
    help: str | None = None,
) -> int:
    """Index of an image, chosen by its class and its number among those; kept, and in the link.

    Args:
        columns: where the two choosers stand.
        key: ``key_class`` and ``key_number`` are those of the choosers.
        of: what they choose an image for.
        default: the class that is shown at first.
    """
    by_class, by_number = columns
    name = by_class.selectbox(
        f"{of}: class" if of else "Image of class",
        class_names,
        index=default % len(class_names),
        key=f"{key}_class",
        bind="query-params",
        persist_state="session",
    )
    of_class = np.flatnonzero(label_N == list(class_names).index(name))
    # Another data set may hold fewer images of a class than the number kept from before.
    if st.session_state.get(f"{key}_number", 0) >= len(of_class):
        st.session_state[f"{key}_number"] = 0
    number = by_number.number_input(
        f"{of}: number" if of else "Number",
        min_value=0,
        max_value=len(of_class) - 1,
        key=f"{key}_number",
        bind="query-params",
        persist_state="session",
        help=help,
    )
    return int(of_class[int(number)])


def choose_this_image(
    index: int, label_N: NDArray[np.integer], class_names: Sequence[str], key: str
) -> None:
    """Have ``choose_by_class`` show an image; before it is drawn."""
    label = label_N[index]
    st.session_state[f"{key}_class"] = class_names[label]
    st.session_state[f"{key}_number"] = int((label_N[:index] == label).sum())
