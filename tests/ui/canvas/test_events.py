"""What the canvas may send back as a selection."""

import math

import pytest

from tests.ui.canvas.helpers import PLANE
from ui.canvas.events import Selection, parse_selection

VALUE = {"plane": 0, "polygon": [[0, 0], [1.5, 0], [0, 1]], "classes": [0, 3], "time": 12.5}


def test_a_selection_is_read():
    expected = Selection(0, ((0.0, 0.0), (1.5, 0.0), (0.0, 1.0)), (0, 3))
    assert parse_selection(VALUE, [PLANE]) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"plane": 1},
        {"plane": None},
        {"polygon": [[0, 0], [1, 1]]},
        {"polygon": [[0, 0]] * 1001},
        {"polygon": [[0, 0], [1, 0], [0, math.nan]]},
        {"polygon": [[0, 0], [1, 0], [0, "1"]]},
        {"polygon": [[0, 0], [1, 0], [0]]},
        {"polygon": "000"},
        {"classes": None},
        {"classes": [-1]},
        {"classes": [1.5]},
    ],
)
def test_what_the_canvas_would_not_send_is_no_selection(change):
    assert parse_selection(VALUE | change, [PLANE]) is None


@pytest.mark.parametrize("value", [None, [], "selection", {}])
def test_no_selection_yet(value):
    assert parse_selection(value, [PLANE]) is None
