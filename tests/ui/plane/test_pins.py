"""Pins in a link: what is written is read, and whatever else stands there is left out."""

from __future__ import annotations

from string import ascii_uppercase
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ui.plane import pins
from ui.plane.pins import Pin

# Of 5,000 held-out images.
LOADED: Any = SimpleNamespace(digest="d", dataset="mnist-55k")
PLACE = st.floats(-1e4, 1e4).map(lambda value: round(value, 4))
ANY_PIN = st.tuples(PLACE, PLACE, st.none() | st.integers(0, 99))


@given(st.dictionaries(st.sampled_from(ascii_uppercase), ANY_PIN))
def test_pins_come_back_from_their_link(kept):
    link = pins.encode([Pin(name, *place) for name, place in kept.items()], "identity")
    found = pins.decode(link, LOADED)
    assert found.keys() == kept.keys()
    for name, (x, y, point) in kept.items():
        place = found[name].place
        assert place.image == point
        if point is None:
            assert (place.x, place.y) == (x, y)


@given(st.text() | st.lists(st.text(alphabet="ABpcaxes:0123456789._-~")).map("~A".join))
def test_any_link_gives_pins_or_none(link):
    for name, spot in pins.decode(link, LOADED).items():
        assert name in ascii_uppercase
        assert np.isfinite([spot.place.x, spot.place.y]).all()
        assert spot.place.image is None or 0 <= spot.place.image < 5000
