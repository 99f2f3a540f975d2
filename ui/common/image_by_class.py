"""The chooser of an image by its class and its number among those."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from ui.common import controls
from ui.common.state import Slot


def choose_by_class(
    columns: Sequence[DeltaGenerator],
    label_N: NDArray[np.integer],
    class_names: Sequence[str],
    key: str,
    *,
    of: str = "",
    default: int = 0,
    default_number: int = 0,
    help: str | None = None,
) -> int:
    """Index of an image, chosen by its class and its number among those; kept, and in the link.

    Args:
        columns: where the two choosers stand.
        key: ``key_class`` and ``key_number`` are those of the choosers.
        of: what they choose an image for.
        default, default_number: the class and the number that are shown at first.
    """
    by_class, by_number = columns
    name = controls.selectbox(
        f"{of}: class" if of else "Image of class",
        class_names,
        default=class_names[default % len(class_names)],
        key=f"{key}_class",
        at=by_class,
    )
    of_class = np.flatnonzero(label_N == list(class_names).index(name))
    number = controls.number_input(
        f"{of}: number" if of else "Number",
        0,
        len(of_class) - 1,
        min(default_number, len(of_class) - 1),
        key=f"{key}_number",
        at=by_number,
        help=help,
    )
    return int(of_class[number])


def choose_this_image(
    image: int, label_N: NDArray[np.integer], class_names: Sequence[str], key: str
) -> None:
    """Have ``choose_by_class`` show an image; before it is drawn."""
    label = label_N[image]
    Slot(f"{key}_class", "").set(class_names[label])
    Slot(f"{key}_number", 0).set(int((label_N[:image] == label).sum()))
