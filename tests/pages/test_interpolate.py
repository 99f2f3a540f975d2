"""The Interpolate page's paths and ends, and the planes of models with many dimensions."""

from __future__ import annotations

import io
from base64 import b64decode

from PIL import Image, ImageSequence
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import open_page

MANY = "mnist-16d-beta-1"


def captions(app) -> str:
    return " ".join(caption.value for caption in app.caption)


def test_the_geodesic_is_compared_with_the_straight_path() -> None:
    app = open_page("interpolate.py")
    assert not app.exception
    assert app.radio(key="walk_kind").options == ["geodesic", "straight"]
    assert "The strips" in [subheader.value for subheader in app.subheader]
    assert "On the geodesic path every step has a length of about" in captions(app)
    assert "On the straight path steps have lengths from" in captions(app)
    app.radio(key="walk_kind").set_value("straight").run()
    assert not app.exception
    assert "The strip" in [subheader.value for subheader in app.subheader]
    assert "geodesic path" not in captions(app)


def test_many_dimensions_offer_the_spherical_path() -> None:
    app = open_page("interpolate.py", walk_kind="spherical")
    app.selectbox(key="model").set_value(MANY).run()
    app.radio(key="walk_kind").set_value("spherical").run()
    assert not app.exception
    assert "On the spherical path" in captions(app)
    assert "On the straight path" in captions(app)


def test_a_walk_between_pins() -> None:
    app = open_page("interpolate.py", pins="A17~C0.5000_-1.2500")
    assert not app.exception
    assert app.segmented_control(key="walk_between").value == "pins", (
        "two pins are meant to be ends"
    )
    assert app.selectbox(key="walk_start_pin").value == "A"
    assert app.selectbox(key="walk_end_pin").value == "C"
    assert "On the geodesic path" in captions(app)
    app.selectbox(key="walk_end_pin").set_value("A").run()
    assert not app.exception, "a walk that goes nowhere"


def test_no_letter_of_a_pin_names_an_image() -> None:
    app = open_page("interpolate.py", pins="A17~B0.5000_-1.2500", walk_between="images")
    assert not app.exception
    choosers = [box.label for box in [*app.selectbox, *app.number_input]]
    assert {"End 1: class", "End 2: number"} <= set(choosers)
    assert not any(label.startswith(("A:", "B:")) for label in choosers)
    assert " from 1 (left) to 2 (right)" in "".join(_captions_of_images(app))


def test_there_and_back_moves() -> None:
    app = open_page("interpolate.py")
    [moving] = [
        image.url
        for block in app.get("image")
        for image in block.proto.imgs
        if image.caption == "there and back"
    ]
    kind, content = moving.split(",", 1)
    assert kind == "data:image/gif;base64"
    with Image.open(io.BytesIO(b64decode(content))) as gif:
        assert len(list(ImageSequence.Iterator(gif))) > 10
        assert gif.info["loop"] == 0, "for ever"


def _captions_of_images(app: AppTest) -> list[str]:
    return [image.caption for block in app.get("image") for image in block.proto.imgs]


def test_axes_are_two_different_dimensions_the_active_ones_first() -> None:
    app = open_page("latent_space.py")
    app.selectbox(key="model").set_value(MANY).run()
    app.radio(key="projection").set_value("axes").run()
    assert not app.exception
    assert "two of 16 latent dimensions" in captions(app)
    x, y = app.selectbox(key="axis_x"), app.selectbox(key="axis_y")
    assert len(x.options) == 16
    assert y.value == x.options[1], "the second by KL"
    x.set_value(y.value).run()
    assert not app.exception
    assert app.selectbox(key="axis_y").value != app.selectbox(key="axis_x").value


def test_many_dimensions_have_a_traversal_and_two_have_none() -> None:
    app = open_page("latent_space.py")
    assert "Traversal" not in [subheader.value for subheader in app.subheader]
    app.selectbox(key="model").set_value(MANY).run()
    assert "Traversal" in [subheader.value for subheader in app.subheader]
    assert "10 of 16 are active" in captions(app)


def test_other_umap_settings_are_offered_as_a_job() -> None:
    app = open_page("latent_space.py")
    app.selectbox(key="model").set_value(MANY).run()
    app.radio(key="projection").set_value("umap").run()
    assert not app.exception
    assert not app.info, "the bundled plane is that of the default settings"
    app.select_slider(key="umap_neighbours").set_value(30).run()
    app.select_slider(key="umap_min_dist").set_value(0.25).run()
    assert not app.exception
    assert "30 neighbours and a smallest distance of 0.25" in app.info[0].value
