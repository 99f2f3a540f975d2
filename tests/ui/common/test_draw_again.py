"""One button for other draws."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import address


def page() -> None:
    import streamlit as st

    from ui.common import links
    from ui.common.draw_again import draw_again

    def tell(seed):
        st.toast(f"drawn {seed}")

    with links.page():
        seed = draw_again("dice", first=3, on_draw=tell)
        other = draw_again("other", label="Draw ε")
        st.text(f"{seed} {other}")


def test_each_button_moves_its_own_seed_which_the_link_has():
    app = AppTest.from_function(page, default_timeout=120).run()
    assert [button.label for button in app.button] == ["Draw again", "Draw ε"]
    assert app.text[0].value == "3 0"
    assert address(app) == {}
    app.button(key="dice").click().run()
    app.button(key="dice").click().run()
    assert not app.exception
    assert app.text[0].value == "5 0"
    assert [toast.value for toast in app.toast] == ["drawn 5"]
    assert address(app) == {"dice_seed": "5"}


@pytest.mark.parametrize(("text", "seed"), [("7", 7), ("-1", 3), ("x", 3), ("9" * 20, 3)])
def test_a_seed_from_the_link(text: str, seed: int):
    app = AppTest.from_function(page, default_timeout=120)
    app.query_params["dice_seed"] = text
    app.run()
    assert not app.exception
    assert app.text[0].value == f"{seed} 0"
    app.button(key="dice").click().run()
    assert app.text[0].value == f"{seed + 1} 0"
