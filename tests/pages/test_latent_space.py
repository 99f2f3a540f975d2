"""The Latent space page with each of its options, its selection and its pins."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.helpers import address
from tests.pages.helpers import loaded, open_page, text
from ui.canvas.events import Selection
from ui.latent_space import view
from ui.latent_space.layers import HEAT_MAPS, VALUES
from ui.latent_space.selection import _Kept
from ui.library.loaded import decode, encodings_of
from ui.plane.places import Place, Spot

OPTIONS = {
    "colour": [title for title, _, _ in VALUES.values()],
    "points": ["one sample per image", "new samples each second", "no points"],
    "ellipses": ["of the selection", "of all images", "none"],
    "backdrop": ["decoded images", *(row.title for row in HEAT_MAPS.values())],
    "contours": ["q(z)", "each class"],
    "rings": ["1σ, 2σ, 3σ", "none"],
}


@pytest.mark.parametrize(
    ("key", "option"), [(key, option) for key, options in OPTIONS.items() for option in options]
)
def test_each_option_comes_from_the_link(key: str, option: str) -> None:
    app = open_page("latent_space.py", **{key: option})
    assert not app.exception
    assert not app.error
    chosen = app.selectbox(key=key)
    assert chosen.format_func(chosen.value) == option


def test_a_projection_has_no_heat_map_and_umap_no_ellipses() -> None:
    app = open_page("latent_space.py")
    app.selectbox(key="model").set_value("mnist-16d-beta-1").run()
    assert not app.exception
    assert app.selectbox(key="backdrop").options == ["none", "decoded images"]
    assert app.selectbox(key="ellipses").options
    app.radio(key="projection").set_value("umap").run()
    assert not app.exception
    assert not [box for box in app.selectbox if box.key == "ellipses"]
    assert any("no ellipse" in caption.value for caption in app.caption)


def keep_selection(app: AppTest, polygon: tuple[tuple[float, float], ...]) -> None:
    selection = Selection(0, polygon, tuple(range(10)))
    kept = _Kept(loaded().digest, "identity", selection)
    app.session_state["selection"] = kept
    app.run()
    assert not app.exception


def test_a_selection_is_counted_and_can_be_cleared() -> None:
    app = open_page("latent_space.py")
    keep_selection(app, ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)))
    mu_NZ = encodings_of(loaded()).mu_NZ
    count = int((np.abs(mu_NZ) < 1).all(axis=1).sum())
    assert f"{count:,} of 5,000" in text(app)
    next(button for button in app.button if button.label == "Clear").click().run()
    assert f"{count:,} of 5,000" not in text(app)


def test_an_empty_selection_is_one_sentence() -> None:
    app = open_page("latent_space.py")
    keep_selection(app, ((90.0, 90.0), (91.0, 90.0), (91.0, 91.0)))
    assert sum("no image of a class that is shown" in text.value for text in app.caption) == 1


def test_pins_come_from_the_link_and_junk_in_it_is_left_out() -> None:
    app = open_page("latent_space.py", pins="A17~B0.5000_-1.2500~C999999~dx~E~Fpca1.0_1.0~G")
    assert not app.exception
    labels = [button.label for button in app.button]
    assert "A · image 17" in labels
    assert "B · (0.50, −1.25)" in labels
    assert not [label for label in labels if label[:3] in ("C ·", "E ·", "F ·", "G ·")]


def test_a_chosen_place_can_be_pinned_and_the_pin_removed() -> None:
    app = open_page("latent_space.py")
    spot = Spot(loaded().digest, "mnist-55k", "identity", Place(0.25, 0.5, None))
    app.session_state["place"] = spot
    app.run()
    app.button(key="pin_here").click().run()
    assert address(app)["pins"] == "A0.2500_0.5000"
    app.button(key="unpin_A").click().run()
    assert "pins" not in address(app)


def test_the_manifold_sheet_shows_the_prior_s_quantiles_upwards() -> None:
    model = loaded()
    sheet = np.asarray(Image.open(io.BytesIO(view.manifold_sheet(model, 5))))
    assert sheet.shape == (140, 140)
    middle = decode(model, np.zeros((1, 2)))[0]
    np.testing.assert_allclose(sheet[56:84, 56:84].ravel() / 255, middle, atol=0.003)
    top = decode(model, np.array([[0.0, 1.6448536]]))[0]
    assert np.abs(sheet[:28, 56:84].ravel() / 255 - top).max() < 0.05
