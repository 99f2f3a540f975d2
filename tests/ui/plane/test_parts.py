"""What of a plane is looked at, as it stands in a link."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.canvas.events import Part
from ui.plane.parts import _form

places = st.floats(-1e5, 1e5)
views = st.none() | st.tuples(places, places, st.floats(0.125, 400))
parts = st.builds(
    Part,
    st.lists(views, min_size=1, max_size=3).map(tuple),
    st.lists(st.integers(0, 255), max_size=9).map(tuple),
)


@given(parts)
def test_a_part_comes_back_to_five_digits_and_is_written_one_way(part: Part) -> None:
    form = _form("planes")
    text = form.write(("planes", part))
    of_planes, again = form.read(text)
    assert (of_planes, again.hidden) == ("planes", part.hidden)
    seen = [view for view in part.views if view]
    assert len([view for view in again.views if view]) == len(seen)
    for view, other in zip(part.views, again.views, strict=bool(seen)):
        assert (view is None) == (other is None)
        if view and other:
            assert other == pytest.approx(view, rel=1e-4, abs=1e-300)
    assert form.write((of_planes, again)) == text


def test_the_whole_of_a_plane_and_a_part_of_another_are_not_in_the_link() -> None:
    assert _form("planes").write(("planes", Part((None, None)))) == ""
    assert _form("planes").write(("others", Part(((1.0, 2.0, 3.0),), (4,)))) == ""


@pytest.mark.parametrize("text", ["x", "1_2", "1_2_0", "1_2_nan", "inf_2_3", "1_2_3hx", "1_2_3~4"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        _form("planes").read(text)
