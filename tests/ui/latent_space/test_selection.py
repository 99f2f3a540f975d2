"""Which images an outline holds, and what is written about them."""

import csv
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.pages.helpers import loaded
from ui.canvas.events import Selection
from ui.latent_space.selection import (
    _form,
    _Kept,
    images_in,
    inside,
    simplified,
    table_csv,
    table_npz,
)
from vae_core.evaluation.encodings import Encodings
from vae_core.planes.projections import identity_plane

STAR = [(np.sin(n * 4 * np.pi / 5), np.cos(n * 4 * np.pi / 5)) for n in range(5)]
SQUARE = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]


def crossings_of_a_ray_upwards(polygon, place) -> int:
    """The definition in exact arithmetic of signs: edges met by a vertical ray, one by one."""
    count = 0
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if min(x1, x2) <= place[0] < max(x1, x2):
            side = (x2 - x1) * (place[1] - y1) - (y2 - y1) * (place[0] - x1)
            count += side * np.sign(x2 - x1) < 0
    return count


@pytest.mark.parametrize("polygon", [SQUARE, STAR, SQUARE[::-1], SQUARE[:3]])
def test_inside_is_an_odd_number_of_crossings(polygon):
    places = np.random.default_rng(0).uniform(-1.5, 1.5, (2000, 2))
    expected = [crossings_of_a_ray_upwards(polygon, place) % 2 == 1 for place in places]
    np.testing.assert_array_equal(inside(polygon, places), expected)
    assert 0 < sum(expected) < len(places)


def test_inside_a_long_lasso_agrees_with_a_filled_drawing():
    angle = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    radius = 200 + 90 * np.sin(5 * angle) + 30 * np.cos(11 * angle)
    lasso = np.stack([400 + radius * np.cos(angle), 400 + radius * np.sin(angle)], axis=1)
    picture = Image.new("1", (800, 800))
    corners = [(x, y) for x, y in lasso.tolist()]
    ImageDraw.Draw(picture).polygon(corners, fill=1)
    filled = np.asarray(picture)
    rows, columns = np.mgrid[:800:7, :800:7]
    found = inside(corners, np.stack([columns.ravel(), rows.ravel()], axis=1))
    differing = found != filled[rows, columns].ravel()
    assert differing.mean() < 0.01  # pixels on the outline itself
    assert found.mean() > 0.1


def test_a_lasso_with_fewer_corners_holds_nearly_the_same():
    angle = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    radius = 2 + 0.9 * np.sin(5 * angle) + 0.1 * np.cos(11 * angle)
    lasso = list(zip(radius * np.cos(angle), radius * np.sin(angle), strict=True))
    short = simplified(list(lasso), 60)
    assert len(short) == 60
    assert set(short) < set(lasso)
    places = np.random.default_rng(0).uniform(-3, 3, (4000, 2))
    assert (inside(short, places) != inside(lasso, places)).mean() < 0.01


def test_a_selection_comes_back_through_the_link():
    model = loaded()
    form = _form(model, "identity")
    for classes in ((1, 4), tuple(range(10))):
        outline = Selection(0, ((0.5, -1.25), (2.0, 0.0), (0.0, 1e-3)), classes)
        kept = _Kept(model.digest, "identity", outline)
        assert form.read(form.write(kept)) == kept
        assert form.write(_Kept("another", "identity", outline)) == ""
    for text in ("0_0~1_1", "0_0~1_1~nan_0", "0_0~1_1~2_0c-1", "x"):
        with pytest.raises(ValueError, match=r"\S"):
            form.read(text)


def encodings(count: int) -> Encodings:
    random = np.random.default_rng(1)
    return Encodings(
        mu_NZ=random.normal(size=(count, 2)).astype(np.float32),
        logvar_NZ=random.normal(size=(count, 2)).astype(np.float32),
        label_N=np.arange(count) % 3,
        reconstruction_nll_N=np.arange(count, dtype=np.float32),
        kl_N=np.ones(count, np.float32),
        kl_Z=np.ones(2, np.float32),
        active_Z=np.array([True, True]),
    )


def test_a_selection_heeds_the_legend():
    encoded = encodings(600)
    plane = identity_plane(encoded.mu_NZ)
    corners = tuple(SQUARE)
    everything = images_in(Selection(0, corners, (0, 1, 2)), plane, encoded.label_N)
    some = images_in(Selection(0, corners, (1,)), plane, encoded.label_N)
    in_square = np.abs(encoded.mu_NZ).max(axis=1) < 1
    np.testing.assert_array_equal(everything, np.flatnonzero(in_square))
    np.testing.assert_array_equal(some, np.flatnonzero(in_square & (encoded.label_N == 1)))


def test_nothing_is_selected_where_no_image_lies():
    encoded = encodings(50)
    far = tuple((x + 100, y) for x, y in SQUARE)
    chosen = images_in(Selection(0, far, (0, 1, 2)), identity_plane(encoded.mu_NZ), encoded.label_N)
    assert len(chosen) == 0


def test_both_downloads_hold_the_same_rows():
    encoded, chosen = encodings(20), np.array([3, 17])
    rows = list(csv.DictReader(io.StringIO(table_csv(encoded, chosen))))
    with np.load(io.BytesIO(table_npz(encoded, chosen))) as arrays:
        assert [int(row["index"]) for row in rows] == arrays["index"].tolist() == [3, 17]
        for name in ("label", "reconstruction_nll", "kl", "elbo"):
            assert [float(row[name]) for row in rows] == pytest.approx(arrays[name].tolist())
        for j in range(2):
            assert [float(row[f"mu_{j + 1}"]) for row in rows] == arrays["mu"][:, j].tolist()
            assert [float(row[f"logvar_{j + 1}"]) for row in rows] == arrays["logvar"][
                :, j
            ].tolist()
        assert arrays["elbo"].tolist() == [-4.0, -18.0]
