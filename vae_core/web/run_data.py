"""What the canvas that shows a run is given.

Shape suffixes: N images, Z latent dimensions, S decoded pictures, D pixels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vae_core.config import Change
from vae_core.pictures.image_files import to_sheet
from vae_core.planes.projections import Plane
from vae_core.web.packing import in_base64

_CURVES = (("reconstruction_nll", "Reconstruction NLL"), ("kl", "KL"), ("elbo", "ELBO (β = 1)"))

# Half-widths of the plane: few steps, so that the axes seldom change while the cloud grows.
_LIMITS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024)


def run_data(
    *,
    plane: Plane | None,
    label_N: NDArray[np.integer],
    latent_dim: int,
    image_shape: tuple[int, int],
    logvar_NZ: NDArray[np.floating] | None,
    pictures_SD: NDArray[np.floating] | None,
    shown_epoch: float,
    class_names: Sequence[str],
    colours: Sequence[str],
    curve: Sequence[Mapping[str, float]],
    dimension_kl: Sequence[Sequence[float]],
    changes: Sequence[Change],
    epochs: int,
    height: int,
) -> dict[str, object]:
    """As JSON; ``run/types.d.ts`` names the same fields.

    Args:
        plane: where the images are; None before the first snapshot.
        label_N: their classes.
        latent_dim: of the model; the prior's circle is drawn for two.
        logvar_NZ: log-variances of the posteriors where the plane is the latent space itself:
            each is drawn as its 1-sigma ellipse, at the scale of the axes.
        pictures_SD: decodes in [0, 1], a square number of them, shown as a sheet.
        shown_epoch: the epoch that the plane is of.
        colours: "#rrggbb" for each class.
        curve: one entry per epoch, see ``EpochReport.curve_point``.
        dimension_kl: by epoch: the KL of each latent dimension, nats; thin lines in the KL's panel.
        changes: what was changed by hand: a labelled line each in the curves.
        epochs: how many there will be: the axis keeps its length while the run goes on.
        height: in pixels, at least: it grows with the window, and on a narrow screen the curves
            stand below the plane.
    """
    return {
        "plane": None if plane is None else pack_plane(plane, label_N, latent_dim, logvar_NZ),
        "sheet": None if pictures_SD is None else _pack_sheet(pictures_SD, image_shape),
        "sheet_title": "decoded over the prior's middle 90%"
        if latent_dim == 2
        else "decoded from draws of the prior",
        "changes": [{"epoch": change.epoch, "text": change_text(change)} for change in changes],
        "shown_epoch": shown_epoch,
        "class_names": list(class_names),
        "colours": list(colours[: len(class_names)]),
        "epochs": epochs,
        "epoch": [point["epoch"] for point in curve],
        "panels": [
            {
                "title": title,
                "values": [float(point[name]) for point in curve],
                "parts": np.transpose(dimension_kl).tolist() if name == "kl" else [],
            }
            for name, title in _CURVES
        ],
        "height": height,
    }


def change_text(change: Change) -> str:
    """A label of a few characters."""
    if change.name == "learning_rate":
        return "rate back" if change.value is None else f"rate {change.value:g}"
    if change.value is None:
        return "β back"
    return f"β = {change.value:g}" if change.value else "KL off"


def _pack_sheet(
    pictures_SD: NDArray[np.floating], image_shape: tuple[int, int]
) -> dict[str, object]:
    sheet = to_sheet(pictures_SD, image_shape, columns=math.isqrt(len(pictures_SD)))
    height, width = sheet.shape
    return {"width": width, "height": height, "pixels": in_base64(sheet, "u1")}


def pack_plane(
    plane: Plane,
    label_N: NDArray[np.integer],
    latent_dim: int,
    logvar_NZ: NDArray[np.floating] | None = None,
) -> dict[str, object]:
    """Places, standard deviations (none without ``logvar_NZ``), classes, and what the axes show."""
    strip = latent_dim == 1
    sigma = [] if logvar_NZ is None else np.exp(0.5 * logvar_NZ)
    return {
        "sigma": in_base64(sigma, "<f4"),
        "xy": in_base64(plane.xy_N2, "<f4"),
        "label": in_base64(label_N, "u1"),
        "limit": plane_limit(plane.xy_N2[:, :1] if strip else plane.xy_N2),
        "strip": strip,
        "prior": not plane.projected,
        "titles": list(plane.axis_titles),
    }


def plane_limit(values: NDArray[np.floating]) -> float:
    """Half the plane's width: the smallest step that holds all but the outermost 0.2%."""
    reach = float(np.quantile(np.abs(values), 0.998))
    return next((float(limit) for limit in _LIMITS if reach <= 0.97 * limit), 1.1 * reach)
