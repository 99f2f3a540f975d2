"""The Overlap page: its figures are those of vae_core, and every control leads somewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import loaded, metrics, number, number_and_error, open_page, text
from ui.library.loaded import encodings_of, held_out
from ui.overlap import measured
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
    value, error = number_and_error(shown["Equivocation H(n|z)"])
    both = math.hypot(error, expected.equivocation.error) + 0.0005
    assert abs(value - expected.equivocation.value) < 4 * both
    information = number(shown["Mutual information MI(n;z)"])
    assert information + value == pytest.approx(math.log(5000), abs=0.002)
    assert f"{math.log(5000):.3f}" in text(app)


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
        return [number(values[name]) for name in names]

    seen = []
    for scale in (0.25, 1.0, 4.0):
        app.select_slider(key="overlap_scale").set_value(scale).run()
        assert not app.exception
        seen.append(shown())
    assert np.all(np.diff(np.array(seen), axis=0) > 0)


def test_pairs_within_and_across_classes() -> None:
    """Six of them are shown, with the overlap of two Gaussians by its integral, per dimension."""
    encoded, grid = encodings_of(loaded()), np.linspace(-12, 12, 200_001)
    across, any_classes = (measured.confusable_pairs(loaded(), only) for only in (True, False))

    def root(n: int, axis: int) -> np.ndarray:
        mu, sigma = encoded.mu_NZ[n, axis], math.exp(encoded.logvar_NZ[n, axis] / 2)
        return np.sqrt(norm.pdf(grid, mu, sigma))

    for pair in (*across[:2], *any_classes[:2]):
        parts = [np.trapezoid(root(pair.first, z) * root(pair.second, z), grid) for z in (0, 1)]
        assert pair.coefficient == pytest.approx(math.prod(parts), abs=1e-5)
    label_N = encoded.label_N
    assert all(label_N[pair.first] != label_N[pair.second] for pair in across)
    values, others = ([pair.coefficient for pair in pairs] for pairs in (any_classes, across))
    assert all(any_ >= other for any_, other in zip(values, others, strict=True))
    assert values != others

    def shown(app: AppTest, expected: list[float]) -> bool:
        cells = [part.value for part in app.markdown]
        return all(any(f"**{value:.4f}**" in cell for cell in cells) for value in expected)

    def lens_at(app: AppTest) -> list[float]:
        [told] = [part.value for part in app.markdown if part.value.startswith("z = (")]
        return [number(part) for part in told[5:].partition(")")[0].split(", ")]

    app = open_page("overlap.py")
    assert shown(app, others[:6])
    assert not shown(app, values[:6])
    assert lens_at(app) == pytest.approx(across[0].meeting_Z, abs=0.006)
    app.button_group(key="overlap_pairs").set_value("of any classes").run()
    assert not app.exception
    assert shown(app, values[:6])
    assert lens_at(app) == pytest.approx(any_classes[0].meeting_Z, abs=0.006)


@pytest.mark.parametrize("projection", ["pca", "umap"])
def test_many_dimensions_and_hardly_any_overlap(projection: str) -> None:
    app = open_page("overlap.py")
    app.selectbox(key="model").set_value("mnist-16d-beta-1").run()
    app.radio(key="projection").set_value(projection).run()
    assert not app.exception
    assert not app.error
    assert number(metrics(app)["Equivocation H(n|z)"]) < 0.1
    cost = measured.cost(loaded("mnist-16d-beta-1"))
    assert cost.collision.value < 0.02
    assert f"{cost.model_squared_error.value:.1f}" in text(app)
    assert "hardly collide" in text(app)


def test_a_lost_dimension_and_nearly_full_overlap() -> None:
    app = open_page("overlap.py")
    app.selectbox(key="model").set_value("mnist-2d-beta-20").run()
    assert not app.exception
    assert number(metrics(app)["Equivocation H(n|z)"]) > 7
