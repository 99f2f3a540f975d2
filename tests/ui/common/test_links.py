"""Texts of links: whatever stands in an address, a control has one of its values."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.helpers import address
from ui.common import forms, links
from ui.common.old_links import OLD_TEXTS, text_of_today

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]

finite = st.floats(allow_nan=False, allow_infinity=False)
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
junk = st.text() | finite.map(str) | st.integers().map(str) | st.sampled_from(["", "nan", "1e999"])


def read_or(form: forms.Form[T], text: str, default: T) -> T:
    """As a page that is opened by a link."""
    try:
        return form.read(text)
    except ValueError:
        return default


def through_an_address(text: str) -> str:
    """What a browser that was given a link sends back."""
    return parse_qs(urlencode({"name": text}), keep_blank_values=True)["name"][0]


@given(st.lists(ids, max_size=6))
def test_a_list_comes_back(parts: list[str]) -> None:
    assert forms.read_list(through_an_address(forms.write_list(parts))) == tuple(parts)


@given(st.integers(-(10**9), 10**9))
def test_a_whole_number_comes_back(number: int) -> None:
    form = forms.number(-(10**9), 10**9)
    assert form.write(number) == str(number)
    assert form.read(form.write(number)) == number


@given(st.floats(-1e6, 1e6))
def test_a_number_comes_back_to_twelve_digits_and_is_written_one_way(number: float) -> None:
    form = forms.number(-1e6, 1e6)
    again = form.read(form.write(number))
    assert again == pytest.approx(number, rel=1e-11, abs=0)
    assert form.write(again) == form.write(number)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.0, "1"), (-0.0, "0"), (0.1 + 0.2, "0.3"), (0.25, "0.25"), (1e-5, "1e-05")],
)
def test_numbers_are_short(number: float, text: str) -> None:
    assert forms.number(-10.0, 10.0).write(number) == text


@given(st.lists(ids, min_size=1, unique=True), st.data())
def test_an_option_comes_back(known: list[str], data: st.DataObject) -> None:
    form, chosen = forms.option(known), data.draw(st.sampled_from(known))
    assert form.read(through_an_address(form.write(chosen))) == chosen


@pytest.mark.parametrize(
    ("text", "value"), [("0.5", 0.5), ("0.50", 0.5), ("1", 1.0), ("5e-1", 0.5)]
)
def test_an_option_that_is_a_number_is_known_however_it_is_written(text: str, value: float) -> None:
    assert forms.option([0.5, 1.0]).read(text) == value


@given(junk)
def test_any_text_leads_to_a_value_that_can_be_had(text: str) -> None:
    whole, real = forms.number(0, 9), forms.number(-1.0, 1.0)
    assert whole.fits(read_or(whole, text, 3))
    assert real.fits(read_or(real, text, 0.5))
    assert read_or(forms.option(["a", "b"]), text, "b") in ("a", "b")
    assert read_or(forms.option([5, 15]), text, 5) in (5, 15)
    chosen: list[str] = read_or(forms.options(["a", "b", "c"], 2), text, ["b"])
    assert set(chosen) <= {"a", "b", "c"}
    assert isinstance(read_or(forms.TOGGLE, text, True), bool)
    assert isinstance(read_or(forms.TEXT, text, ""), str)
    assert len(read_or(forms.names(2), text, ())) <= 2


def test_numbers_that_are_none_are_junk() -> None:
    for text in ("nan", "inf", "-inf", "1e999", "", "1,5"):
        assert read_or(forms.number(-1e300, 1e300), text, 7.0) == 7.0


@given(st.sampled_from(sorted(OLD_TEXTS)), junk)
def test_a_text_of_today_means_itself(name: str, text: str) -> None:
    today = text_of_today(name, text)
    assert text_of_today(name, today) == today


def test_a_saved_model_is_known_by_the_name_in_its_old_title() -> None:
    assert text_of_today("model", "my model 2 (2-D, β = 1)") == "my model 2"
    assert text_of_today("model", "mine (cannot be read)") == "mine"
    assert text_of_today("model", "my model 2") == "my model 2"


# ---- the address, in a page of its own ----


def small_page() -> None:
    """Two controls in the page and one in a fragment, inside the frame that links need."""
    import streamlit as st

    from ui.common import controls, links

    with links.page():
        kind = controls.selectbox("Kind", {"a": "first", "b": "second"}, key="kind")
        if kind == "b":
            controls.slider("Share", 0.0, 1.0, 0.5, 0.1, key="share")

        @links.fragment
        def part() -> None:
            controls.toggle("On", key="on")
            st.caption("drawn")

        part()
        if controls.toggle("Stop", key="stop"):
            links.stop()
        controls.toggle("Below", key="below")


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(small_page)
    for name, text in query.items():
        app.query_params[name] = text
    return app.run()


def test_a_link_has_what_differs_and_nothing_else() -> None:
    app = opened(kind="b", share="0.50", on="false", utm_source="mail")
    assert not app.exception
    assert address(app) == {"kind": "b"}
    app.slider(key="share").set_value(0.3).run()
    app.toggle(key="on").set_value(True).run()
    assert address(app) == {"kind": "b", "share": "0.3", "on": "true"}
    app.selectbox(key="kind").set_value("a").run()
    assert address(app) == {"on": "true"}
    app.selectbox(key="kind").set_value("b").run()
    assert address(app) == {"kind": "b", "share": "0.3", "on": "true"}, "kept while hidden"


def test_a_page_that_stops_has_what_stands_above_in_its_link() -> None:
    app = opened(below="true")
    app.toggle(key="stop").set_value(True).run()
    assert address(app) == {"stop": "true"}
    app.toggle(key="stop").set_value(False).run()
    assert address(app) == {"below": "true"}


def test_what_a_link_names_and_is_not_there_is_said_until_another_view() -> None:
    app = opened(kind="b", share="0,5", on="yes", below="true")
    [said] = app.warning
    assert "**Share** `0,5`, **On** `yes`" in said.value
    assert app.slider(key="share").value == 0.5
    app.run()
    assert len(app.warning) == 1
    app.slider(key="share").set_value(0.3).run()
    assert not app.warning
    assert not opened(kind="b", share="0.30", utm_source="mail").warning


@settings(deadline=None, max_examples=20)  # each is a run of a page
@given(junk, junk, junk)
def test_any_address_opens(kind: str, share: str, on: str) -> None:
    app = opened(kind=kind, share=share, on=on)
    assert not app.exception
    assert set(address(app)) <= {"kind", "share", "on"}


class Browser:
    """As much of a session in a browser as an address looks at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.address = links._Address()
        self.pushed: list[dict[str, str]] = []
        self.replaced: list[dict[str, str]] = []
        monkeypatch.setattr(links, "replace_address", lambda *order: self.replaced.append(order[1]))
        self.monkeypatch = monkeypatch

    def run(self, page: str, view: dict[str, str] | None, back: bool = False, **query: str) -> None:
        """A run of a page whose view is to be in its link; None for one that is broken off."""
        context = SimpleNamespace(page_script_hash=page, is_history_navigation=back)
        params = SimpleNamespace(to_dict=lambda: query, from_dict=self.pushed.append)
        self.monkeypatch.setattr(links, "get_script_run_ctx", lambda: context)
        self.monkeypatch.setattr("streamlit.query_params", params)
        self.address.read()
        for name, text in (view or {}).items():
            self.address.tell(name, text)
        if view is not None:
            self.address.write()


def test_only_a_step_of_a_person_is_one_of_history(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(monkeypatch)
    browser.run("a", {"model": "x"}, model="x", junk="1")
    browser.run("a", {"model": "y"}, model="x")
    browser.run("b", {"model": "y"})
    browser.run("b", {"model": "y"}, model="y")
    browser.run("a", {"model": "x"}, back=True, model="x")
    assert browser.replaced == [{"model": "x"}, {"model": "y"}]
    assert browser.pushed == [{"model": "y"}]


def test_back_to_a_page_that_was_left_unread_resets_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser = Browser(monkeypatch)
    browser.run("a", None)
    browser.run("b", {"model": "y"})
    browser.run("a", {"model": "y"}, back=True)
    assert browser.address.take("model") == (False, None)
    assert browser.replaced[-1] == {"model": "y"}


def test_back_to_a_view_of_defaults_has_them_again(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(monkeypatch)
    browser.run("a", {})
    browser.run("a", {"model": "y"})
    browser.run("a", {}, back=True)
    assert browser.address.take("model") == (True, None)


def test_pages_reach_the_session_and_the_address_through_their_homes_alone() -> None:
    """``st.session_state`` is read by state.py, ``st.query_params`` by links.py."""
    homes = {"session_state": {"ui/common/state.py"}, "query_params": {"ui/common/links.py"}}
    # What the canvas reports is the component's own; its room knows no other.
    homes["session_state"].add("ui/canvas/latent.py")
    found: dict[str, set[str]] = {name: set() for name in homes}
    elsewhere = set()  # a page that ended otherwise would not write its address
    for path in [*ROOT.glob("ui/**/*.py"), *ROOT.glob("pages/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in homes:
                found[node.attr].add(str(path.relative_to(ROOT)))
            if isinstance(node, ast.keyword) and node.arg == "bind":
                elsewhere.add(f"bind in {path.relative_to(ROOT)}")
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "st.stop":
                elsewhere.add(f"st.stop in {path.relative_to(ROOT)}")
    assert found == homes
    assert elsewhere == {"st.stop in ui/common/links.py"}
