"""The browser component that shows a discrete code, and decodes what a person makes of it."""

from __future__ import annotations

from collections.abc import Mapping

from ui.canvas.component import canvas_component

_component = canvas_component("code_canvas", "code")


def code_canvas(*, key: str, data: Mapping[str, object]) -> None:
    """Draw q(z|x) of one image as a table of cells; a click on one decodes with that category.

    Args:
        key: of the component.
        data: from ``code_data``.
    """
    _component(key=key, data=dict(data))
