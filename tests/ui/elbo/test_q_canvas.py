"""What comes back from the canvas where q is moved: a q, or nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import json_values, records
from ui.elbo.q_canvas import parse_q

GOOD = {"image": "a-1", "mu": [0.5, -1], "sigma": [0.1, 2.0]}


def test_a_q_comes_back_as_it_was_let_go() -> None:
    q = parse_q({"q": GOOD}, "a-1")
    assert q is not None
    np.testing.assert_allclose(q.mu_Z, [0.5, -1])
    np.testing.assert_allclose(q.sigma_Z, [0.1, 2.0])


def test_a_q_of_another_image_has_lapsed() -> None:
    assert parse_q({"q": GOOD}, "a-2") is None


@pytest.mark.parametrize(
    "bad",
    [
        {"mu": [0.5]},
        {"mu": [0.5, float("nan")]},
        {"mu": [0.5, "1"]},
        {"mu": "12"},
        {"mu": [0.5, 1e9]},
        {"sigma": [0.1, 0]},
        {"sigma": [0.1, -1]},
        {"sigma": None},
        {"sigma": [True, 1.0]},
    ],
)
def test_what_is_no_q_is_ignored(bad: dict) -> None:
    assert parse_q({"q": GOOD | bad}, "a-1") is None


@pytest.mark.parametrize("state", [None, {}, {"q": None}, {"q": [1, 2]}, 7])
def test_no_state_is_no_q(state: object) -> None:
    assert parse_q(state, "a-1") is None


def test_widths_stay_within_those_of_an_encoder() -> None:
    q = parse_q({"q": GOOD | {"sigma": [1e-9, 1e9]}}, "a-1")
    assert q is not None
    np.testing.assert_array_equal(q.logvar_Z, [-12, 6])


PAIR = st.lists(st.floats() | st.just(10**400) | st.integers(), min_size=2, max_size=2)


@given(st.fixed_dictionaries({"q": records(image=st.just("a-1"), mu=PAIR, sigma=PAIR)}))
def test_whatever_the_browser_sends_is_a_q_or_none(state: object) -> None:
    q = parse_q(state, "a-1")
    assert q is None or np.isfinite([*q.mu_Z, *q.logvar_Z]).all()


@given(json_values)
def test_anything_else_is_none(state: object) -> None:
    assert parse_q(state, "a-1") is None
