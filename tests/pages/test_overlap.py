"""The Overlap page: its figures are those of vae_core, and every control leads somewhere."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import loaded, metrics, open_page
from ui.library.loaded import held_out
from vae_core.aggregate.overlap import measure_overlap
from vae_core.evaluation.encodings import encode_images


def test_the_headline_is_that_of_the_whole_set() -> None:
    app = open_page("overlap.py")
    assert not app.exception
    checkpoint = loaded().checkpoint
    encoded = encode_images(checkpoint.vae, held_out(checkpoint.dataset))
    expected = measure_overlap(
        encoded.mu_NZ, encoded.logvar_NZ, encoded.label_N, classes=10, samples=2, seed=5
    )
    shown = metrics(app)
    value, error = map(float, shown["Equivocation H(n|z)"].removesuffix(" nats").split("±"))
    both = math.hypot(error, expected.equivocation.error) + 0.0005
    assert abs(value - expected.equivocation.value) < 4 * both
    information = float(shown["Mutual information MI(n;z)"].split("±")[0])
    assert information + value == pytest.approx(math.log(5000), abs=0.002)
    assert any("log N = 8.517" in caption.value for caption in app.caption)


def test_two_classes_from_the_link_are_shown_and_equal_ones_explained() -> None:
    app = open_page("overlap.py", overlap_from="3", overlap_to="5")
    assert app.selectbox(key="overlap_from").value == "3"
    assert any("of class 3 that lie deepest in class 5" in text.value for text in app.markdown)
    app.selectbox(key="overlap_to").set_value("3").run()
    assert not app.exception
    assert "two different classes" in app.info[0].value


def test_the_slider_moves_both_figures_together() -> None:
    app = open_page("overlap.py")

    def shown() -> list[float]:
        values = metrics(app)
        names = ("H(n|z), from 600 draws", "NLL, best decoder")
        return [float(values[name].split()[0]) for name in names]

    seen = []
    for scale in (0.25, 1.0, 4.0):
        app.select_slider(key="overlap_scale").set_value(scale).run()
        assert not app.exception
        seen.append(shown())
    assert np.all(np.diff(np.array(seen), axis=0) > 0)


def test_pairs_within_and_across_classes() -> None:
    def coefficients(app: AppTest) -> list[float]:
        return [float(n) for t in app.markdown for n in re.findall(r"BC \*\*([\d.]+)", t.value)]

    app = open_page("overlap.py")
    across = coefficients(app)
    app.button_group(key="overlap_pairs").set_value("of any classes").run()
    assert not app.exception
    any_classes = coefficients(app)
    assert len(across) == len(any_classes) == 6
    assert all(any_ >= other for any_, other in zip(any_classes, across, strict=True))
    assert any_classes != across


@pytest.mark.parametrize("projection", ["pca", "umap"])
def test_many_dimensions_and_hardly_any_overlap(projection: str) -> None:
    app = open_page("overlap.py")
    app.selectbox(key="model").set_value("mnist-16d-beta-1").run()
    app.radio(key="projection").set_value(projection).run()
    assert not app.exception
    assert not app.error
    assert float(metrics(app)["Equivocation H(n|z)"].split()[0]) < 0.1
    assert any("hardly collide" in text.value for text in app.markdown)


def test_a_lost_dimension_and_nearly_full_overlap() -> None:
    app = open_page("overlap.py")
    app.selectbox(key="model").set_value("mnist-2d-beta-20").run()
    assert not app.exception
    assert float(metrics(app)["Equivocation H(n|z)"].split()[0]) > 7
