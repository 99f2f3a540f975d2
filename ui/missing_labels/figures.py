"""Figures of the Missing labels page.

Shape suffixes: N images, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ui.common.drawn_once import annotate, drawn_once

# Okabe & Ito 2008, told apart by colour-blind eyes. Baselines are grey and RBMs orange; within a
# colour, dash and symbol tell lines apart. In the order of METHODS.
_LINES = (
    ("#808080", "solid", "circle"),
    ("#808080", "dash", "square"),
    ("#009E73", "dot", "diamond"),
    ("#CC79A7", "dashdot", "cross"),
    ("#0072B2", "solid", "x"),
    ("#56B4E9", "longdash", "triangle-up"),
    ("#D55E00", "solid", "star"),
    ("#D55E00", "dash", "hexagon"),
    ("#D55E00", "dot", "bowtie"),
)


@drawn_once
def errors_figure(
    kept: Sequence[str],
    curves: Mapping[str, Sequence[tuple[float, float | None] | None]],
    chosen: str,
) -> go.Figure:
    """Test error against how many labels are kept, a line for each method.

    Args:
        kept: labels per class, as text, in the order of the axis.
        curves: title -> (mean, standard deviation) over seeds in per cent, or None, for each kept;
            the deviation is None where there was one seed.
        chosen: the one of ``kept`` to mark.
    """
    figure = go.Figure()
    for place, (title, values) in enumerate(curves.items()):
        colour, dash, symbol = _LINES[place % len(_LINES)]
        there = [(x, value) for x, value in zip(kept, values, strict=True) if value is not None]
        figure.add_scatter(
            x=[x for x, _ in there],
            y=[mean for _, (mean, _) in there],
            error_y={"array": [deviation or 0.0 for _, (_, deviation) in there], "thickness": 1},
            name=title,
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2.5},
            marker={"symbol": symbol, "size": 8},
            hovertemplate="%{x} labels per class: %{y:.1f}% wrong<extra>" + title + "</extra>",
        )
    figure.add_vline(x=kept.index(chosen), line={"color": "#808080", "dash": "dot"})
    figure.update_layout(
        height=400,
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        legend={"x": 1.02, "y": 1},
        dragmode=False,
    )
    figure.update_xaxes(title="labels kept per class", type="category", categoryarray=list(kept))
    figure.update_yaxes(title="test error, %", rangemode="tozero")
    return figure


@drawn_once
def clusters_figure(
    xy_N2: NDArray[np.floating],
    truth_N: NDArray[np.integer],
    cluster_N: NDArray[np.integer],
    name_N: NDArray[np.integer],
    class_names: Sequence[str],
    colours: Sequence[str],
    axis_titles: tuple[str, str],
) -> go.Figure:
    """The same plane by true class, by cluster, and by pseudo-label with the mistakes marked."""
    titles = (
        "true classes",
        "k-means clusters,<br>by the class they are named after",
        "pseudo-labels;<br>× wrong, in its true colour",
    )
    figure = make_subplots(1, 3, subplot_titles=titles, horizontal_spacing=0.03)
    figure.update_annotations(font_size=13)
    for column, group_N in enumerate((truth_N, name_N, name_N), start=1):
        for group in np.unique(group_N):
            inside = group_N == group
            figure.add_scattergl(
                x=xy_N2[inside, 0],
                y=xy_N2[inside, 1],
                mode="markers",
                # Faint, so that the mistakes stand out.
                marker={
                    "size": 4,
                    "color": colours[group],
                    "opacity": 0.25 if column == 3 else 1.0,
                },
                name=class_names[group],
                legendgroup=str(group),
                showlegend=column == 1,
                hovertemplate=class_names[group] + "<extra></extra>",
                row=1,
                col=column,
            )
    centres = {c: np.median(xy_N2[cluster_N == c], axis=0) for c in np.unique(cluster_N)}
    tag = {"xref": "x2", "yref": "y2", "showarrow": False, "bgcolor": "rgba(128, 128, 128, 0.35)"}
    names = ({"x": x, "y": y, "text": f"<b>{c}</b>", **tag} for c, (x, y) in centres.items())
    annotate(figure, names)
    _add_mistakes(figure, xy_N2, truth_N, name_N != truth_N, class_names, colours)
    for column in (1, 2, 3):
        anchor = "x" if column == 1 else f"x{column}"
        figure.update_yaxes(
            title=axis_titles[1] if column == 1 else None,
            scaleanchor=anchor,
            scaleratio=1,
            showticklabels=column == 1,
            col=column,
        )
        figure.update_xaxes(title=axis_titles[0], col=column)
    figure.update_layout(
        height=420,
        margin={"l": 10, "r": 10, "t": 50, "b": 40},
        legend={"itemsizing": "constant", "orientation": "h", "y": -0.2},
        dragmode=False,
    )
    return figure


def _add_mistakes(
    figure: go.Figure,
    xy_N2: NDArray[np.floating],
    truth_N: NDArray[np.integer],
    wrong_N: NDArray[np.bool_],
    class_names: Sequence[str],
    colours: Sequence[str],
) -> None:
    """A cross in its true colour for each wrong pseudo-label, in the third panel."""
    for label in np.unique(truth_N[wrong_N]):
        inside = wrong_N & (truth_N == label)
        figure.add_scattergl(
            x=xy_N2[inside, 0],
            y=xy_N2[inside, 1],
            mode="markers",
            marker={
                "size": 5,
                "symbol": "x-thin",
                "line": {"width": 1.5, "color": colours[label]},
            },
            name="mistakes",
            legendgroup=str(label),
            showlegend=False,
            hovertemplate=f"really {class_names[label]}<extra></extra>",
            row=1,
            col=3,
        )


@drawn_once
def probabilities_figure(
    rows: Mapping[str, NDArray[np.floating]], class_names: Sequence[str]
) -> go.Figure:
    """p(y|x) of one image under several methods, a row of cells for each."""
    titles = list(rows)[::-1]
    values = np.stack([rows[title] for title in titles])
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(class_names),
            y=titles,
            zmin=0,
            zmax=1,
            colorscale="Cividis",
            text=[[f"{value:.2f}" for value in row] for row in values],
            texttemplate="%{text}",
            xgap=2,
            ygap=2,
            showscale=False,
            hovertemplate="%{y}: p(%{x}) = %{z:.4f}<extra></extra>",
        )
    )
    figure.update_layout(
        height=70 + 42 * len(titles),
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        dragmode=False,
    )
    figure.update_xaxes(title="class y; in the cells p(y|x)", type="category")
    figure.update_yaxes(automargin=True)
    return figure


@drawn_once
def energies_figure(energy_K: NDArray[np.floating], class_names: Sequence[str]) -> go.Figure:
    """Free energy of one image under each class, above the lowest, in nats."""
    above_K = energy_K - energy_K.min()
    figure = go.Figure(
        go.Bar(
            x=list(class_names),
            y=above_K,
            marker={"color": "#0072B2"},
            showlegend=False,
            text=["" if value == 0 else f"{value:.1f}" for value in above_K],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="class %{x}: %{y:.2f} nats above the lowest<extra></extra>",
        )
    )
    lowest = int(above_K.argmin())
    figure.add_scatter(  # a bar of no height would not be seen
        x=[class_names[lowest]],
        y=[0],
        mode="markers",
        marker={"symbol": "diamond", "size": 13, "color": "#D55E00"},
        name="the lowest: this class is chosen",
        hoverinfo="skip",
    )
    figure.update_layout(
        height=280,
        margin={"l": 10, "r": 10, "t": 35, "b": 40},
        legend={"orientation": "h", "y": 1.2},
        dragmode=False,
    )
    figure.update_xaxes(title="class y", type="category")
    figure.update_yaxes(title="F(x, y) above the lowest, nats")
    return figure


@drawn_once
def accuracy_figure(
    names: Sequence[str], points: Sequence[Sequence[Mapping[str, float]]]
) -> go.Figure:
    """Test error over the epochs of runs that were started here."""
    figure = go.Figure()
    for place, (name, curve) in enumerate(zip(names, points, strict=True)):
        colour, dash, _ = _LINES[place % len(_LINES)]
        figure.add_scatter(
            x=[point["epoch"] for point in curve],
            y=[100 * (1 - point["accuracy"]) for point in curve],
            name=name,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2},
            hovertemplate="epoch %{x}: %{y:.1f}% wrong<extra>" + name + "</extra>",
        )
    figure.update_layout(
        height=260,
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        legend={"orientation": "h", "y": 1.2},
        showlegend=True,
        dragmode=False,
    )
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="test error, %", rangemode="tozero")
    return figure


@drawn_once
def styles_figure(
    planes: Mapping[str, NDArray[np.floating]],
    label_N: NDArray[np.integer],
    class_names: Sequence[str],
    colours: Sequence[str],
) -> go.Figure:
    """Planes of the same images, each from another latent, coloured by class."""
    figure = make_subplots(1, len(planes), subplot_titles=list(planes), horizontal_spacing=0.08)
    for column, xy_N2 in enumerate(planes.values(), start=1):
        for label, name in enumerate(class_names):
            inside = label_N == label
            figure.add_scattergl(
                x=xy_N2[inside, 0],
                y=xy_N2[inside, 1],
                mode="markers",
                marker={"size": 4, "color": colours[label], "opacity": 1},
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                hovertemplate=f"class {name}<extra></extra>",
                row=1,
                col=column,
            )
        anchor = "x" if column == 1 else f"x{column}"
        figure.update_yaxes(
            title="PC 2" if column == 1 else None,
            scaleanchor=anchor,
            scaleratio=1,
            constrain="domain",
            col=column,
        )
        figure.update_xaxes(title="PC 1", constrain="domain", col=column)
    figure.update_layout(
        height=420,
        margin={"l": 10, "r": 10, "t": 50, "b": 40},
        legend={"itemsizing": "constant", "orientation": "h", "y": -0.2},
        dragmode=False,
    )
    return figure
