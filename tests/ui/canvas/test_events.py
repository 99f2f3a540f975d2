"""What the canvas may send back as a selection."""

import math
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import json_values, records
from tests.ui.canvas.helpers import PLANE
from ui.canvas.events import (
    Click,
    Part,
    Selection,
    parse_click,
    parse_part,
    parse_selection,
)

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
        {"polygon": [[0, 0], [1, 0], [0, 10**400]]},
        {"classes": None},
        {"classes": [-1]},
        {"classes": [1.5]},
    ],
)
def test_what_the_canvas_would_not_send_is_no_selection(change):
    assert parse_selection(VALUE | change, [PLANE]) is None


PART = {"views": [None, [0.5, -1, 3]], "hidden": [0, 3], "time": 12.5}


def test_a_part_of_the_planes_is_read():
    assert parse_part(PART, [PLANE, PLANE]) == Part((None, (0.5, -1.0, 3.0)), (0, 3))


@pytest.mark.parametrize(
    "change",
    [
        {"views": [None]},
        {"views": None},
        {"views": [None, [0, 0]]},
        {"views": [None, [0, 0, 0]]},
        {"views": [None, [0, math.inf, 1]]},
        {"views": [None, "001"]},
        {"hidden": [-1]},
        {"hidden": None},
    ],
)
def test_what_the_canvas_would_not_send_is_no_part(change):
    assert parse_part(PART | change, [PLANE, PLANE]) is None


@pytest.mark.parametrize("value", [None, [], "selection", {}])
def test_no_selection_yet(value):
    assert parse_selection(value, [PLANE]) is None


FINITE = st.floats(allow_nan=False, allow_infinity=False)
CORNER = st.lists(st.floats(-9, 9) | json_values, min_size=2, max_size=2)
EVENTS = records(
    plane=st.just(0),
    x=st.floats(),
    y=st.floats(),
    point=st.integers(0, 12),
    polygon=st.lists(CORNER, min_size=3, max_size=5),
    classes=st.lists(st.integers(0, 300), max_size=4),
)


@given(EVENTS | json_values)
def test_whatever_the_browser_sends_is_an_event_or_none(value):
    click = parse_click(value, [PLANE])
    assert click is None or (
        math.isfinite(click.x) and math.isfinite(click.y) and (click.point or 0) < 10
    )
    selection = parse_selection(value, [PLANE])
    if selection is not None:
        assert len(selection.polygon) >= 3
        assert all(math.isfinite(number) for corner in selection.polygon for number in corner)
        assert set(selection.classes) <= set(range(256))


@given(
    st.builds(Click, st.just(0), FINITE, FINITE, st.none() | st.integers(0, 9)),
    st.lists(st.tuples(FINITE, FINITE), min_size=3, max_size=6),
)
def test_what_the_canvas_sends_comes_back(click, polygon):
    assert parse_click(asdict(click), [PLANE]) == click
    sent = {"plane": 0, "polygon": [list(corner) for corner in polygon], "classes": [1]}
    assert parse_selection(sent, [PLANE]) == Selection(0, tuple(polygon), (1,))
