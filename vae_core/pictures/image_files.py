"""Images as files: mean images in [0, 1] become PNG and GIF bytes, pixel by pixel.

As in MNIST, 0 is the black background and 1 is white ink.

Shape suffixes: N images, T frames in time, D pixels, H and W height and width of a picture.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

_TOLERANCE = 1e-6  # a mean of images in float32 may leave [0, 1] by its last digit, no further
_SHORTEST_MS = 20  # browsers slow a GIF down when its frames are shorter


def to_png(
    images_ND: ArrayLike,
    image_shape: tuple[int, int],
    *,
    columns: int | None = None,
    scale: int = 1,
) -> bytes:
    """A sheet of images in reading order, without gaps, as a grey 8-bit PNG.

    Args:
        images_ND: values in [0, 1], shape (N, D), or (D,) for one image.
        image_shape: (height, width) with height * width = D.
        columns: images in a row, by default all of them: a strip. Places left over are black.
        scale: side of the square that each pixel becomes.

    Raises:
        ValueError: the shape does not fit, or a value lies outside [0, 1].
    """
    return _save([_enlarged(to_sheet(images_ND, image_shape, columns=columns), scale)], "PNG")


def to_sheet(
    images_ND: ArrayLike, image_shape: tuple[int, int], *, columns: int | None = None
) -> NDArray[np.uint8]:
    """The pixels of ``to_png``'s sheet, 0..255, shape (H, W). Arguments and errors are its own."""
    tiles_NHW = _grey_bytes(images_ND, image_shape)
    count, height, width = tiles_NHW.shape
    columns = count if columns is None else columns
    _require_positive("columns", columns)
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, height, width), np.uint8)
    sheet[:count] = tiles_NHW
    return (
        sheet.reshape(rows, columns, height, width)
        .swapaxes(1, 2)
        .reshape(rows * height, columns * width)
    )


def to_gif(
    frames_TD: ArrayLike,
    image_shape: tuple[int, int],
    *,
    scale: int = 1,
    milliseconds: int = 80,
) -> bytes:
    """Frames in the given order, repeated for ever, as a grey GIF.

    Equal neighbouring frames are stored as one that is shown for as long as both.

    Args:
        frames_TD: values in [0, 1], shape (T, D).
        image_shape: (height, width) with height * width = D.
        scale: side of the square that each pixel becomes.
        milliseconds: how long each frame is shown, at least 20; a GIF counts in steps of 10.

    Raises:
        ValueError: the shape does not fit, a value lies outside [0, 1], or a frame is too short.
    """
    if milliseconds < _SHORTEST_MS:
        raise ValueError(
            f"a frame must last at least {_SHORTEST_MS} milliseconds, got {milliseconds!r}"
        )
    frames = [_enlarged(frame_HW, scale) for frame_HW in _grey_bytes(frames_TD, image_shape)]
    # One palette of all greys for all frames: a palette for each takes longer and more bytes.
    return _save(frames, "GIF", duration=milliseconds, loop=0, optimize=False)


def _grey_bytes(images_ND: ArrayLike, image_shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Values in [0, 1] -> bytes 0..255, shape (N, height, width)."""
    values_ND = np.atleast_2d(np.asarray(images_ND, dtype=np.float64))
    height, width = image_shape
    if values_ND.ndim != 2 or values_ND.shape[1] != height * width or not len(values_ND):
        raise ValueError(
            f"images must have shape (N, {height * width}) for {height} x {width} pixels, "
            f"got {np.shape(images_ND)}"
        )
    # Written so that NaN fails too.
    if not ((values_ND >= -_TOLERANCE) & (values_ND <= 1 + _TOLERANCE)).all():
        raise ValueError("the values of an image must lie in [0, 1]")
    grey_ND: NDArray[np.uint8] = np.rint(255 * values_ND).astype(np.uint8)
    return grey_ND.reshape(len(grey_ND), height, width)


def _enlarged(picture_HW: NDArray[np.uint8], scale: int) -> Image.Image:
    _require_positive("scale", scale)
    return Image.fromarray(picture_HW.repeat(scale, axis=0).repeat(scale, axis=1))


def _require_positive(name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}")


def _save(pictures: list[Image.Image], kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    pictures[0].save(
        buffer, format=kind, save_all=len(pictures) > 1, append_images=pictures[1:], **options
    )
    return buffer.getvalue()
