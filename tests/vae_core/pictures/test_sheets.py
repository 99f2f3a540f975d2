import io

import numpy as np
import pytest
from PIL import Image

from vae_core.pictures.sheets import labelled_sheet, traversal_latents


def test_a_traversal_changes_one_dimension_a_row() -> None:
    base = np.array([0.5, -1.0, 2.0])
    z = traversal_latents(base, [2, 0], [-3.0, 0.0, 3.0])
    expected = [
        [0.5, -1.0, -3.0],
        [0.5, -1.0, 0.0],
        [0.5, -1.0, 3.0],
        [-3.0, -1.0, 2.0],
        [0.0, -1.0, 2.0],
        [3.0, -1.0, 2.0],
    ]
    np.testing.assert_array_equal(z, expected)
    np.testing.assert_array_equal(base, [0.5, -1.0, 2.0])


def test_a_sheet_holds_every_image_pixel_for_pixel_right_of_its_labels() -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 20 * 10)) / 255
    png = labelled_sheet(images, (20, 10), ["first", "second"], ["a", "b", "c"], scale=2)
    sheet = np.array(Image.open(io.BytesIO(png)))
    tiles = sheet[-2 * 40 :, -3 * 20 :]
    for n, image in enumerate(images):
        row, column = divmod(n, 3)
        tile = tiles[40 * row : 40 * (row + 1), 20 * column : 20 * (column + 1)]
        np.testing.assert_array_equal(tile[::2, ::2], np.rint(255 * image).reshape(20, 10))
    for row in range(2):  # ink of a label beside each row, and above each column
        assert sheet[-80 + 40 * row :][:40, : -3 * 20].max() > 100
    for column in range(3):
        assert sheet[:-80, sheet.shape[1] - 60 + 20 * column :][:, :20].max() > 100


def test_labels_must_fit_the_images() -> None:
    with pytest.raises(ValueError, match="2 x 3 labels need 6 images, got 5"):
        labelled_sheet(np.zeros((5, 4)), (2, 2), ["a", "b"], ["1", "2", "3"])
