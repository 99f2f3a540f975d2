"""The way of a gradient through a VAE, with the random node in the path and beside it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from ui.common.drawn_once import drawn_once
from ui.common.palette import BEST, BOUND, OURS
from ui.common.text import minus

RANDOM, COMPUTED, GRADIENT = BEST, OURS, "#0f9468"

# Opaque, under dark text: the same on a light and on a dark page.
_FILL = {RANDOM: "#f4e0cd", COMPUTED: "#dde9f3"}
_INK = "#1c2430"
_MIDDLE, _HALF_WIDTH, _HALF_HEIGHT = 57, 23, 5.2
_BACK = 28  # where the gradient runs
_IMAGE, _ENCODER, _PARAMETERS, _LATENT, _DECODER, _LOSS = 94, 77, 60, 40, 20, 4


@drawn_once
def graph_figure(mu: float, sigma: float, noise: float, *, beside: bool) -> go.Figure:
    """From the image down to the loss, with the gradient on its way back up.

    Args:
        beside: the random node is the noise, beside the path; else z itself, in the path.
    """
    z = mu + sigma * noise
    drawing = _Drawing()
    drawing.node(_MIDDLE, _IMAGE, _HALF_WIDTH, "image x")
    drawing.node(_MIDDLE, _ENCODER, _HALF_WIDTH, "encoder")
    drawing.node(_MIDDLE, _PARAMETERS, _HALF_WIDTH, f"μ = {minus(mu, 2)}, σ = {sigma:.2f}")
    drawing.node(_MIDDLE, _DECODER, _HALF_WIDTH, "decoder")
    drawing.node(_MIDDLE, _LOSS, _HALF_WIDTH, "−log p(x|z) = L")
    for upper, lower in pairwise((_IMAGE, _ENCODER, _PARAMETERS, _LATENT, _DECODER, _LOSS)):
        drawing.arrow((_MIDDLE, upper - _HALF_HEIGHT), (_MIDDLE, lower + _HALF_HEIGHT), BOUND)
    drawing.arrow((_BACK, _LOSS), (_BACK, _DECODER), GRADIENT)
    drawing.arrow((_BACK, _DECODER), (_BACK, _LATENT), GRADIENT)
    drawing.label((_DECODER + _LATENT) / 2, "∂L/∂z")
    between, above = (_LATENT + _PARAMETERS) / 2, (_PARAMETERS + _ENCODER) / 2
    if beside:
        drawing.node(_MIDDLE, _LATENT, _HALF_WIDTH, f"z = μ + σε = {minus(z, 2)}")
        drawing.node(93, _PARAMETERS - 2, 8.5, f"ε<br>{minus(noise, 2)}", random=True)
        drawing.arrow((91, _PARAMETERS - 9), (_MIDDLE + _HALF_WIDTH, _LATENT + 1), BOUND)
        drawing.arrow((_BACK, _LATENT), (_BACK, _PARAMETERS), GRADIENT)
        drawing.arrow((_BACK, _PARAMETERS), (_BACK, _ENCODER), GRADIENT)
        drawing.label(between, "∂z/∂μ = 1<br>∂z/∂σ = ε")
        drawing.label(above, "learns")
    else:
        drawing.node(_MIDDLE, _LATENT, _HALF_WIDTH, f"z drawn: {minus(z, 2)}", random=True)
        drawing.cross(_BACK, _LATENT)
        drawing.label(between + 1, "stops here:<br>no ∂z/∂μ")
        drawing.label(above, "no signal")
    return go.Figure(
        data=drawing.traces(),
        layout={
            "shapes": drawing.shapes,
            "height": 400,
            "margin": {"l": 0, "r": 0, "t": 30, "b": 0},
            "title": {
                "text": "ε beside the path" if beside else "z drawn inside the path",
                "font": {"size": 15},
                "x": 0.5,
                "xanchor": "center",
                "y": 0.99,
                "yanchor": "top",
            },
            "dragmode": False,
            "showlegend": False,
            "hovermode": False,
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "xaxis": {"range": [0, 102], "visible": False, "fixedrange": True},
            "yaxis": {"range": [-3, 101], "visible": False, "fixedrange": True},
        },
    )


class _Drawing:
    """Collects shapes, texts and arrows, to be drawn as few traces.

    Plotly's own arrows and texts, added as annotations, took 100 ms a figure.
    """

    def __init__(self) -> None:
        self.shapes: list[dict[str, Any]] = []
        self._texts: list[tuple[float, float, str]] = []
        self._labels: list[tuple[float, float, str]] = []
        self._arrows: dict[str, list[tuple[float, float, float, float, float]]] = {}

    def node(
        self, x: float, y: float, half_width: float, text: str, *, random: bool = False
    ) -> None:
        colour = RANDOM if random else COMPUTED
        half_height = _HALF_HEIGHT + 1.5 * random
        self.shapes.append(
            {
                "type": "circle" if random else "rect",
                "x0": x - half_width,
                "x1": x + half_width,
                "y0": y - half_height,
                "y1": y + half_height,
                "line": {"color": colour, "width": 2, "dash": "dot" if random else "solid"},
                "fillcolor": _FILL[colour],
                "layer": "below",
            }
        )
        self.text(x, y, text)

    def text(self, x: float, y: float, text: str) -> None:
        self._texts.append((x, y, text))

    def cross(self, x: float, y: float) -> None:
        """Where a gradient ends."""
        ends = ((-2.2, -2.2, 2.2, 2.2), (-2.2, 2.2, 2.2, -2.2))
        self.shapes += [
            {
                "type": "line",
                **{"x0": x + left, "y0": y + low, "x1": x + right, "y1": y + high},
                "line": {"color": GRADIENT, "width": 4},
            }
            for left, low, right, high in ends
        ]

    def label(self, y: float, text: str) -> None:
        """Beside the gradient's way."""
        self._labels.append((_BACK - 2, y, text))

    def arrow(self, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
        """A head points up or down, or down to the left where the ends are apart in both."""
        turn = 0.0 if end[1] > start[1] else 180.0 if end[0] == start[0] else 225.0
        self._arrows.setdefault(colour, []).append((*start, *end, turn))

    def traces(self) -> list[go.Scatter]:
        found = []
        for colour, arrows in self._arrows.items():
            x, y, sizes, turns = [], [], [], []
            for start_x, start_y, end_x, end_y, turn in arrows:
                x += [start_x, end_x, None]
                y += [start_y, end_y, None]
                sizes += [0, 11, 0]
                turns += [0.0, turn, 0.0]
            head = {"symbol": "arrow", "size": sizes, "angle": turns, "opacity": 1}
            found.append(
                go.Scatter(
                    x=x,
                    y=y,
                    name="gradient" if colour == GRADIENT else "forward",
                    mode="lines+markers",
                    line={"color": colour, "width": 2},
                    marker={**head, "color": colour, "line": {"width": 0}},
                )
            )
        for places, look in (
            (
                self._texts,
                {"textposition": "middle center", "textfont": {"size": 12.5, "color": _INK}},
            ),
            (
                self._labels,
                {"textposition": "middle left", "textfont": {"color": GRADIENT, "size": 12}},
            ),
        ):
            x_of, y_of, text = zip(*places, strict=True)
            found.append(go.Scatter(x=x_of, y=y_of, text=text, mode="text", name="text", **look))
        return found
