"""The moving picture of a run, read back with PIL."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from vae_core.jobs.run_view import Snapshot
from vae_core.jobs.timeline import timeline_gif


def snapshot(epoch: int, place: tuple[float, ...], ink: float) -> Snapshot:
    mu_NZ = np.tile(np.array(place, np.float32), (50, 1))
    return Snapshot(
        epoch=epoch,
        mu_NZ=mu_NZ + 1e-3 * np.random.default_rng(0).normal(size=mu_NZ.shape).astype(np.float32),
        logvar_NZ=np.zeros_like(mu_NZ),
        label_N=np.zeros(50, np.int64),
        samples_SD=np.full((4, 6), ink, np.float32),
    )


def frames_of(gif: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(gif)) as picture:
        frames = ImageSequence.Iterator(picture)
        return [np.asarray(frame.convert("RGB")).astype(int) for frame in frames]


def test_the_cloud_moves_and_the_sheet_changes():
    run = [snapshot(0, (-1.1, 0.0), 0.0), snapshot(1, (1.1, 1.1), 1.0)]
    first, second = frames_of(timeline_gif(run, (2, 3), ["#ff0000"]))
    assert first.shape == (420, 840, 3)
    for frame, x, y in ((first, -1.1, 0.0), (second, 1.1, 1.1)):
        red = (np.abs(frame - [255, 0, 0]).sum(axis=2) < 60).nonzero()
        # The axes reach to 2.2 at least; z2 rises upwards.
        assert np.median(red[1]) == pytest.approx(210 * (1 + x / 2.2), abs=2)
        assert np.median(red[0]) == pytest.approx(210 * (1 - y / 2.2), abs=2)
    assert (first[:, 430:] < 20).all()
    assert (second[:, 430:] > 235).all()


@pytest.mark.parametrize("place", [(0.5,), (0.1, -0.3, 2.0)])
def test_other_dimensions_than_two(place: tuple[float, ...]):
    assert len(frames_of(timeline_gif([snapshot(e, place, 0.1 * e) for e in range(3)], (2, 3),
                                      ["#ff0000"]))) == 3  # fmt: skip


def test_no_snapshot_is_refused():
    with pytest.raises(ValueError, match="at least one snapshot"):
        timeline_gif([], (2, 3), ["#ff0000"])
