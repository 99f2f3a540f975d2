"""The browser component that shows a run: the plane as it forms, and the curves beside it.

``st.plotly_chart`` builds its chart anew whenever a number in it changes and is blank meanwhile,
so a chart that is fed twice a second is drawn here, and the points move from epoch to epoch.
"""

from __future__ import annotations

from collections.abc import Mapping

from ui.canvas.component import canvas_component

_component = canvas_component("run_canvas", "run")


def run_canvas(*, key: str, data: Mapping[str, object]) -> None:
    """Draw the plane after an epoch and the curves so far.

    Args:
        key: of the component; the same key lets the points move from one epoch to the next.
        data: from ``run_data``.
    """
    _component(key=key, data=dict(data))
