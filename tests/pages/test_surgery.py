"""The Surgery page: its parts are those of vae_core and add up, for every model."""

from __future__ import annotations

import math

import pytest

from tests.pages.helpers import figure, loaded, open_page, text
from ui.library.loaded import encodings_of
from ui.surgery import measured


def test_the_parts_of_every_model_add_up() -> None:
    """The KL is in closed form; its two parts are sampled, against all images."""
    app = open_page("surgery.py")
    for name in ("mnist-2d-beta-1", "mnist-2d-beta-20", "mnist-16d-beta-1"):
        app.selectbox(key="model").set_value(name).run()
        assert not app.exception
        assert not app.error
        parts = measured.operation(loaded(name))
        information, marginal = parts.mutual_information.value, parts.marginal_kl.value
        assert parts.kl == pytest.approx(float(encodings_of(loaded(name)).kl_N.mean()), rel=1e-4)
        assert parts.kl == pytest.approx(information + marginal, abs=5 * parts.sampled_kl.error)
        assert 0 <= information <= math.log(5000)
        for shown in (parts.kl, information, marginal):
            assert f"{{{shown:.2f}}}" in app.latex[0].value


def test_without_the_term_the_encoder_memorises() -> None:
    app = open_page("surgery.py")
    assert not app.exception
    without = measured.operation(loaded("mnist-2d-beta-0"))
    assert without.mutual_information.value > 0.9 * math.log(5000)
    *_, information = figure(app, "surgery_family")["data"][:2]
    assert information["y"][0] == pytest.approx(without.mutual_information.value)
    share = measured.holes(loaded()).share
    assert f"{share.value:.1%} ± {share.error:.1%}" in text(app)


def test_many_dimensions_name_their_estimator() -> None:
    app = open_page("surgery.py")
    app.selectbox(key="model").set_value("mnist-16d-beta-1").run()
    assert not app.exception
    model = loaded("mnist-16d-beta-1")
    split, whole = measured.marginal_split(model), measured.operation(model).marginal_kl
    parts = [split.total_correlation, *split.dimension_kl_Z]
    error = math.hypot(whole.error, *(part.error for part in parts))
    assert sum(part.value for part in parts) == pytest.approx(whole.value, abs=5 * error)
    _, own = figure(app, "surgery_dimensions")["data"]
    assert sorted(own["y"]) == pytest.approx(sorted(part.value for part in parts[1:]))
    assert f"{split.total_correlation.value:.3f}" in text(app)
    assert "no minibatch" in text(app)


def test_what_depends_on_the_number_of_images_is_shown_for_all_of_them() -> None:
    model = loaded()
    *_, last = measured.by_size(model)
    assert last.images == 55_000
    few = measured.operation(model)
    assert last.marginal_kl.value < few.marginal_kl.value - 4 * few.marginal_kl.error
    assert last.holes.value < measured.holes(model).share.value
    sums = [one.mutual_information.value + one.marginal_kl.value for one in (last, few)]
    assert sums[0] == pytest.approx(sums[1], abs=0.15)
