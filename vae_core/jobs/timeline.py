"""A run as a moving picture: the plane and the decoded sheet, epoch by epoch.

Shape suffixes: N images, S pictures.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from vae_core.jobs.run_view import Snapshot
from vae_core.pictures.image_files import to_sheet
from vae_core.planes.projections import default_plane
from vae_core.storage.record import epoch_in_words

_SIZE = 420  # pixels, of the plane and of the sheet
_RADIUS = 2.5
_LAST_MS = 1500
_BACKGROUND, _INK = "#ffffff", "#1c2430"


def timeline_gif(
    snapshots: Sequence[Snapshot],
    image_shape: tuple[int, int],
    colours: Sequence[str],
    *,
    milliseconds: int = 250,
) -> bytes:
    """Every snapshot a frame, the last one held, as a colour GIF that repeats.

    The axes hold the widest cloud and stay. Latents of more than two dimensions are seen along the
    principal directions of the last snapshot, in every frame.

    Args:
        snapshots: of one run, by epoch; at least one.
        image_shape: (height, width) of the decoded pictures.
        colours: "#rrggbb" for each class.
        milliseconds: how long a frame is shown.

    Raises:
        ValueError: there is no snapshot.
    """
    if not snapshots:
        raise ValueError("a timeline needs at least one snapshot, got none")
    last = snapshots[-1].mu_NZ
    latent_dim = last.shape[1]
    plane = default_plane(last)
    spread_N = plane.xy_N2[:, 1]
    places = [
        np.stack([s.mu_NZ[:, 0], spread_N], axis=1)
        if latent_dim == 1
        else plane.place(s.mu_NZ, last)
        for s in snapshots
    ]
    limit = max(2.2, *(float(np.quantile(np.abs(xy_N2), 0.998)) for xy_N2 in places))
    frames = []
    for snapshot, xy_N2 in zip(snapshots, places, strict=True):
        frame = Image.new("RGB", (2 * _SIZE, _SIZE), _BACKGROUND)
        draw = ImageDraw.Draw(frame)
        pixels_N2 = (1 + np.array([1, -1]) * xy_N2 / limit) * _SIZE / 2
        for (x, y), label in zip(pixels_N2, snapshot.label_N, strict=True):
            box = [x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS]
            draw.ellipse(box, fill=colours[int(label) % len(colours)])
        if latent_dim == 2:
            reach = 2 / limit * _SIZE / 2
            middle = _SIZE / 2
            draw.ellipse(
                [middle - reach, middle - reach, middle + reach, middle + reach], outline=_INK
            )
        frame.paste(_sheet(snapshot, image_shape), (_SIZE, 0))
        draw.text((10, 8), f"epoch {epoch_in_words(snapshot.epoch)}", fill=_INK, font_size=20)
        frames.append(frame)
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[milliseconds] * (len(frames) - 1) + [_LAST_MS],
        loop=0,
    )
    return buffer.getvalue()


def _sheet(snapshot: Snapshot, image_shape: tuple[int, int]) -> Image.Image:
    samples_SD = snapshot.samples_SD
    sheet = to_sheet(samples_SD, image_shape, columns=math.isqrt(len(samples_SD)))
    return Image.fromarray(sheet).resize((_SIZE, _SIZE), Image.Resampling.NEAREST).convert("RGB")
