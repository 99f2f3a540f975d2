"""Sheets of images with labelled rows and columns, and the traversal of latent dimensions.

Shape suffixes: R rows, V columns, Z latent dimensions, D pixels.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vae_core.pictures.image_files import to_png

_INK = 220  # of labels on the black ground of the images
_GAP = 12


def traversal_latents(
    base_Z: NDArray[np.floating], dimensions_R: Sequence[int], values_V: Sequence[float]
) -> NDArray[np.float64]:
    """Latents that leave a base point along one dimension each, row by row, shape (R * V, Z).

    Args:
        base_Z: where all other dimensions stay, shape (Z,).
        dimensions_R: index of the dimension that each row changes.
        values_V: what it is set to, the same in each row.
    """
    z_RVZ = np.tile(np.asarray(base_Z, np.float64), (len(dimensions_R), len(values_V), 1))
    for row, dimension in enumerate(dimensions_R):
        z_RVZ[row, :, dimension] = values_V
    return z_RVZ.reshape(-1, len(base_Z))


def labelled_sheet(
    images_ND: NDArray[np.floating],
    image_shape: tuple[int, int],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    *,
    scale: int = 1,
) -> bytes:
    """A grey PNG of R x V images in reading order, labels to their left and above them.

    Args:
        images_ND: values in [0, 1], shape (R * V, D).
        row_labels, column_labels: R and V short texts.
        scale: side of the square that each pixel becomes.

    Raises:
        ValueError: the labels are not as many as the rows and columns.
    """
    rows, columns = len(row_labels), len(column_labels)
    if rows * columns != len(images_ND):
        raise ValueError(
            f"{rows} x {columns} labels need {rows * columns} images, got {len(images_ND)}"
        )
    tiles = Image.open(io.BytesIO(to_png(images_ND, image_shape, columns=columns, scale=scale)))
    height, width = image_shape[0] * scale, image_shape[1] * scale
    font = ImageFont.load_default(size=max(10, min(14, height // 3)))
    left = round(max(font.getlength(label) for label in row_labels)) + 2 * _GAP
    top = 2 * _GAP
    sheet = Image.new("L", (left + tiles.width, top + tiles.height))
    sheet.paste(tiles, (left, top))
    draw = ImageDraw.Draw(sheet)
    for row, label in enumerate(row_labels):
        draw.text((left - _GAP, top + (row + 0.5) * height), label, _INK, font, anchor="rm")
    for column, label in enumerate(column_labels):
        draw.text((left + (column + 0.5) * width, top / 2), label, _INK, font, anchor="mm")
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG")
    return buffer.getvalue()
