"""The Compare page: nothing to compare, two runs of this session, a link, a broken link."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.helpers import (
    choose_tiny,
    labels,
    linked,
    open_page,
    open_train,
    press,
    run_until,
    text,
)


def open_compare(**query: str) -> AppTest:
    app = open_page("compare.py", **query)
    assert not app.exception
    return app


def test_without_a_run_it_says_what_to_do():
    assert "no run to compare yet" in text(open_compare())


def test_a_run_that_is_gone_is_one_sentence():
    app = open_compare(runs="0" * 16)
    assert [w.value for w in app.warning] == [
        f"There is no run {'0' * 16}; it may have been removed."
    ]


def test_the_same_seed_with_the_kl_term_off_in_one_click():
    app = press(choose_tiny(open_train(), epochs=2), "Train")
    first = linked(app, "run")
    run_until(app, lambda: "Run again with KL off" in labels(app))
    press(app, "Run again with KL off")
    second = linked(app, "run")
    assert second != first
    run_until(app, lambda: "Run again with KL on (β = 1)" in labels(app))

    app.switch_page("../../pages/compare.py").run()
    assert not app.exception
    [table] = [part.value for part in app.markdown if "setting" in part.value]
    assert table.splitlines()[2:] == ["| β | 1.0 | 0.0 |"]
    assert first[:4] in text(app)
    assert second[:4] in text(app)
    assert len(app.get("plotly_chart")) == 3

    other = open_compare(runs=f"{first},{second}")  # another visitor
    assert len(other.get("plotly_chart")) == 3
