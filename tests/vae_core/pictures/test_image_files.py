"""Pictures: every pixel where it belongs and exactly as bright as it should be."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from vae_core.pictures.image_files import to_gif, to_png


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def pixels(content: bytes) -> np.ndarray:
    with opened(content) as picture:
        assert picture.format == "PNG"
        assert picture.mode == "L"
        return np.asarray(picture)


def test_black_is_zero_white_is_one_and_values_between_are_rounded():
    row = [0.0, 1.0, 0.5, 0.1, 254.4 / 255, 254.6 / 255]
    assert pixels(to_png(row, (1, 6))).tolist() == [[0, 255, 128, 26, 254, 255]]


def test_all_256_grey_levels_survive():
    levels = np.arange(256)
    assert pixels(to_png(levels / 255, (16, 16))).ravel().tolist() == levels.tolist()
    assert pixels(to_png(torch.arange(256) / 255, (16, 16))).ravel().tolist() == levels.tolist()


def test_a_sheet_fills_rows_in_reading_order_and_leaves_the_rest_black():
    images_ND = np.repeat(np.arange(1, 6)[:, None] / 255, 6, axis=1)  # image n is all n + 1
    sheet = pixels(to_png(images_ND, (3, 2), columns=2))
    assert sheet.shape == (9, 4)
    assert sheet[::3, ::2].tolist() == [[1, 2], [3, 4], [5, 0]]
    for row, column in np.ndindex(3, 2):
        block = sheet[3 * row : 3 * row + 3, 2 * column : 2 * column + 2]
        assert len(np.unique(block)) == 1


def test_an_image_keeps_its_orientation_and_a_strip_is_the_default():
    images_ND = np.arange(12).reshape(2, 6) / 255
    assert pixels(to_png(images_ND, (2, 3))).tolist() == [
        [0, 1, 2, 6, 7, 8],
        [3, 4, 5, 9, 10, 11],
    ]


def test_scaling_repeats_pixels():
    assert pixels(to_png([0.0, 1.0], (1, 2), scale=2)).tolist() == [[0, 0, 255, 255]] * 2


def test_a_gif_shows_its_frames_exactly_in_order_and_for_ever():
    frames_TD = np.random.default_rng(0).random((6, 12))
    with opened(to_gif(frames_TD, (3, 4), scale=2, milliseconds=120)) as gif:
        assert gif.format == "GIF"
        assert len(list(ImageSequence.Iterator(gif))) == 6
        assert gif.info["loop"] == 0
        for t, frame_D in enumerate(frames_TD):
            gif.seek(t)
            assert gif.info["duration"] == 120
            shown = np.asarray(gif.convert("L"))
            expected = np.floor(255 * frame_D + 0.5).reshape(3, 4)
            np.testing.assert_array_equal(shown, np.kron(expected, np.ones((2, 2))))


def test_a_still_gif():
    with opened(to_gif([[0.0, 1.0]], (1, 2))) as gif:
        assert np.asarray(gif.convert("L")).tolist() == [[0, 255]]


@pytest.mark.parametrize("value", [-0.001, 1.001, np.nan, np.inf])
def test_values_outside_the_unit_interval_are_refused(value):
    for draw in (to_png, to_gif):
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            draw([[0.5, value]], (1, 2))


def test_rounding_errors_at_the_ends_are_forgiven():
    assert pixels(to_png([-1e-7, 1 + 1e-7], (1, 2))).tolist() == [[0, 255]]


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 2), (0, 4), (0,)])
def test_images_that_do_not_fit_their_shape_are_refused(shape):
    for draw in (to_png, to_gif):
        with pytest.raises(ValueError, match="must have shape"):
            draw(np.zeros(shape), (2, 2))


def test_sizes_and_times_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="scale must be at least 1, got 0"):
        to_png([0.0], (1, 1), scale=0)
    with pytest.raises(ValueError, match="columns must be at least 1, got 0"):
        to_png([0.0], (1, 1), columns=0)
    with pytest.raises(ValueError, match="at least 20 milliseconds, got 10"):
        to_gif([[0.0]], (1, 1), milliseconds=10)
