"""What the page tells the canvas to draw: plain frozen records that travel as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Bounds = tuple[float, float, float, float]
"""left, right, bottom, top of a part of the plane."""


@dataclass(frozen=True)
class ValuesSpec:
    """A number for each image, to colour the points by.

    Attributes:
        url: where ``pack_floats``'s bytes are, float32 (N,).
        title, unit: of the colour bar, plain text; a unit may be "".
        low, high: values at the ends of the scale; what lies outside takes the nearer end.
    """

    url: str
    title: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class FieldSpec:
    """A number for each place of the plane, drawn as a heat map under the points.

    Attributes:
        url: where ``pack_floats``'s bytes are, float32 (H, W), row 0 at the bottom; NaN is left
            blank.
        width, height: number of cells.
        bounds: of the whole grid, that is the outer edges of its cells.
        title, unit: of the colour bar, plain text.
        palette: "diverging" has the page's own background in the middle.
        low, high: values at the ends of the scale.
    """

    url: str
    width: int
    height: int
    bounds: Bounds
    title: str
    unit: str
    palette: Literal["sequential", "diverging"]
    low: float
    high: float


@dataclass(frozen=True)
class Level:
    """A value of a field to draw a line at, and the line's label ("" for none)."""

    value: float
    text: str


@dataclass(frozen=True)
class ContourSpec:
    """Contour lines of a field.

    Attributes:
        url, width, height, bounds: as of a ``FieldSpec``; values belong to the cells' centres.
        levels: where the lines run.
        colour: "#rrggbb"; None takes the theme's text colour.
        label: the class that the lines belong to: the legend hides them with it. None: always.
    """

    url: str
    width: int
    height: int
    bounds: Bounds
    levels: tuple[Level, ...]
    colour: str | None = None
    label: int | None = None


@dataclass(frozen=True)
class PlaneSpec:
    """One pane: a model's plane.

    Attributes:
        title: plain text above the pane, for example "KL on (β = 1)".
        decoder_url: where ``pack_decoder``'s bytes are, see ``assets.Asset``.
        points_url: where ``pack_points``'s bytes are.
        layers: widths of the decoder, (Z, 256, ..., D).
        activation: between the layers: silu, gelu, relu or tanh.
        likelihood: a key of ``vae_core.likelihoods.LIKELIHOODS``: what the output becomes.
        count: N, the number of images.
        latent_dim: Z.
        projected: False where the plane is the latent space itself: x is z1 and y is z2 (with
            Z = 1, y only spreads the points). True: a place is decoded through the latents of
            the nearest images, as ``vae_core.planes.projections.plane_to_latent`` does.
        axis_titles: of x and y; an axis with an empty title gets no ticks.
        posteriors_url: where ``pack_floats``'s bytes of the covariances of q(z|x) on the plane
            are, float32 (N, 3) as xx, xy, yy; None: no ellipses and no samples.
        images_url: where the images themselves are, uint8 (N, D), fetched when the pointer first
            comes to a point; None: the card shows none.
        values: None colours the points by class.
        field: the heat map; None for none.
        contours: drawn over the points.
    """

    title: str
    decoder_url: str
    points_url: str
    layers: tuple[int, ...]
    activation: str
    likelihood: str
    count: int
    latent_dim: int
    projected: bool
    axis_titles: tuple[str, str]
    posteriors_url: str | None = None
    images_url: str | None = None
    values: ValuesSpec | None = None
    field: FieldSpec | None = None
    contours: tuple[ContourSpec, ...] = ()


@dataclass(frozen=True)
class Look:
    """How all panes are drawn.

    Attributes:
        points: posterior means, one draw from each posterior, a new draw every second (one draw
            where the browser asks for little motion), or no points.
        ellipses: 1 and 2 standard deviations of q(z|x) for the image under the pointer; beside
            it also for the selected images, or for all.
        rings: the prior's rings, in standard deviations.
        shapes: a shape for each class.
        manifold: decoded images behind the points, on a regular grid or on one whose cells hold
            equal shares of the prior.
        manifold_opacity: 0..1.
    """

    points: Literal["means", "sample", "resample", "none"] = "means"
    ellipses: Literal["none", "pointer", "selection", "all"] = "pointer"
    rings: tuple[float, ...] = (2,)
    shapes: bool = False
    manifold: Literal["none", "regular", "quantiles"] = "none"
    manifold_opacity: float = 0.5


@dataclass(frozen=True)
class Marker:
    """A labelled pin on the plane.

    Attributes:
        x, y: its place.
        label: a letter or a short word; plain text.
        colour: "#rrggbb"; None takes the theme's text colour.
        plane: index of the pane that shows it; None shows it in all.
    """

    x: float
    y: float
    label: str
    colour: str | None = None
    plane: int | None = None
