"""The browser component that shows a run: the plane as it forms, and the curves beside it.

``st.plotly_chart`` builds its chart anew whenever a number in it changes and is blank meanwhile,
so a chart that is fed twice a second is drawn here, and the points move from epoch to epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ui.canvas.component import canvas_component
from ui.common.tabular import blocks_csv
from ui.runs.figures import CURVES
from vae_core.data import DATASETS
from vae_core.jobs import RunView, Snapshot, TrainRequest
from vae_core.planes.projections import default_plane
from vae_core.provenance import Line

_component = canvas_component("run_canvas", "run")


def run_canvas(*, key: str, data: Mapping[str, object]) -> None:
    """Draw the plane after an epoch and the curves so far.

    Args:
        key: of the component; the same key lets the points move from one epoch to the next.
        data: from ``run_data``.
    """
    _component(key=key, data=dict(data))


def canvas_key(run_id: str) -> str:
    """The key of a run's canvas."""
    return f"run_canvas_{run_id}"


def run_csv(run: RunView, snapshot: Snapshot | None, about: Iterable[Line]) -> str:
    """The numbers of the canvas: the curves, and the plane after the epoch that is shown."""
    kl_by_epoch = run.dimension_kl
    parts = [f"KL of z{n + 1}, nats" for n in range(len(kl_by_epoch[0]) if kl_by_epoch else 0)]
    heads = ["epoch", *(f"{title}, nats per image" for _, title in CURVES), *parts]
    rows = [
        [point["epoch"], *(point[name] for name, _ in CURVES), *kl_Z]
        for point, kl_Z in zip(run.curve, kl_by_epoch or ((),) * len(run.curve), strict=False)
    ]
    blocks: list[Sequence[Sequence[object]]] = [[heads, *rows]]
    if snapshot is not None:
        assert isinstance(run.request, TrainRequest)
        names = DATASETS[run.request.train.dataset].class_names
        plane = default_plane(snapshot.mu_NZ)
        axes = [title or name for title, name in zip(plane.axis_titles, "xy", strict=True)]
        places = zip(snapshot.label_N, plane.xy_N2, strict=True)
        blocks.append(
            [
                ["epoch", "label", *axes],
                *([snapshot.epoch, names[label], *xy_2.tolist()] for label, xy_2 in places),
            ]
        )
    return blocks_csv(blocks, about)
