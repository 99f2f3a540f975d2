"""The Surgery page: its parts are those of vae_core and add up, for every model."""

from __future__ import annotations

import re

import pytest

from tests.pages.helpers import open_page


def test_the_parts_of_every_model_add_up() -> None:
    app = open_page("surgery.py")
    for name in ("mnist-2d-beta-1", "mnist-2d-beta-20", "mnist-16d-beta-1"):
        app.selectbox(key="model").set_value(name).run()
        assert not app.exception
        assert not app.error
        kl, information, marginal = map(float, re.findall(r"\{(\d+\.\d+)\}", app.latex[0].value))
        assert kl == pytest.approx(information + marginal, abs=0.1)
        assert 0 <= information <= 8.518


def test_without_the_term_the_encoder_memorises() -> None:
    app = open_page("surgery.py")
    text = next(text.value for text in app.markdown if "memorises" in text.value)
    information, log_n = re.search(r"= ([\d.]+) of at most ([\d.]+) nats", text).groups()
    assert float(information) > 0.9 * float(log_n)
    assert any("lies in holes" in text.value for text in app.markdown)


def test_many_dimensions_name_their_estimator() -> None:
    app = open_page("surgery.py")
    app.selectbox(key="model").set_value("mnist-16d-beta-1").run()
    assert any("total correlation" in text.value for text in app.markdown)
    assert any("no minibatch" in text.value for text in app.caption)
