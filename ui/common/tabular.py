"""What a figure or a table shows, as CSV and LaTeX."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.common.text import JOINER
from vae_core.provenance import Line

Rows = list[list[str]]


def figure_csv(figure: go.Figure, about: Iterable[Line]) -> str:
    """The numbers of a figure: one block for each pair of axes, headed by their titles.

    Traces follow one another, each row has the name of its own. Lines of ``about`` stand
    above, each after a "#".
    """
    blocks: dict[tuple[str, str], list[Any]] = {}
    for trace in figure.data:
        # A trace with nothing drawn, as a legend's entry, has None or nulls for places.
        axes = (getattr(trace, "xaxis", None) or "x", getattr(trace, "yaxis", None) or "y")
        blocks.setdefault(axes, []).append(trace)
    text = _head(about)
    for place, (axes, traces) in enumerate(blocks.items()):
        if place:
            text += "\n"
        text += _csv(_block(figure, axes, traces))
    return text


def _block(figure: go.Figure, axes: tuple[str, str], traces: Sequence[Any]) -> Rows:
    x_title, y_title = (_axis_title(figure, axis) for axis in axes)
    heat = any(getattr(trace, "z", None) is not None for trace in traces)
    # A column that no trace fills is left out.
    extra: dict[str, Callable[[Any], Any]] = {
        "from": lambda trace: getattr(trace, "base", None),
        "error of x": lambda trace: _error(trace, "error_x"),
        "error of y": lambda trace: _error(trace, "error_y"),
        "text": lambda trace: getattr(trace, "text", None),
    }
    used = [name for name, of in extra.items() if any(of(trace) is not None for trace in traces)]
    value = [_plain(_bar_title(traces)) or "value"] if heat else []
    rows = [["series", x_title, y_title, *value, *used]]
    for trace in traces:
        name = _plain(trace.name or "")
        if getattr(trace, "z", None) is not None:
            rows += _heat_rows(trace, name, len(used))
            continue
        x, y = _cells(trace.x), _cells(trace.y)
        x, y = x or [str(n) for n in range(len(y))], y or [str(n) for n in range(len(x))]
        if getattr(trace, "base", None) is not None:  # Plotly's y is then the bar's length
            y = _cells(np.asarray(trace.y, float) + np.asarray(trace.base, float))
        more = [_column(extra[column](trace), len(x)) for column in used]
        for n, (left, right) in enumerate(zip(x, y, strict=False)):
            rows.append([name, left, right, *[""] * len(value), *(column[n] for column in more)])
    return rows


def _heat_rows(trace: Any, name: str, more: int) -> Rows:
    z = np.asarray(trace.z)
    x = _cells(trace.x) or [str(n) for n in range(z.shape[1])]
    y = _cells(trace.y) or [str(n) for n in range(z.shape[0])]
    return [
        [name, left, top, _cell(z[row, column]), *[""] * more]
        for row, top in enumerate(y)
        for column, left in enumerate(x)
    ]


def _axis_title(figure: go.Figure, axis: str) -> str:
    """Its title, which has the unit, after that of its panel where there are several."""
    found = figure.layout[f"{axis[0]}axis{axis[1:]}"]
    return _plain(found.title.text or "") or axis[0]


def _bar_title(traces: Sequence[Any]) -> str:
    for trace in traces:
        bar = getattr(trace, "colorbar", None)
        if bar is not None and bar.title.text:
            return str(bar.title.text)
    return ""


def _error(trace: Any, name: str) -> Any:
    error = getattr(trace, name, None)
    return None if error is None else error.array


def _column(values: Any, length: int) -> list[str]:
    if values is None:
        return [""] * length
    if isinstance(values, str) or np.ndim(values) == 0:
        return [_cell(values)] * length
    return (_cells(values) + [""] * length)[:length]


def _cells(values: Any) -> list[str]:
    return [] if values is None else [_cell(value) for value in np.asarray(values, dtype=object)]


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating):
        return repr(float(value))
    return _plain(str(value))


def blocks_csv(blocks: Iterable[Sequence[Sequence[Any]]], about: Iterable[Line]) -> str:
    """Numbers that no chart and no table shows: blocks of rows, each below its head."""
    return _head(about) + "\n".join(
        _csv([[_cell(value) for value in row] for row in block]) for block in blocks
    )


def table_csv(titles: Sequence[str], rows: Iterable[Sequence[str]], about: Iterable[Line]) -> str:
    """A table of Markdown cells: "a ± b" makes two columns, a minus sign becomes a hyphen."""
    cells = [[_number(unmarked(cell)) for cell in row] for row in rows]
    split = [any(" ± " in row[n] for row in cells) for n in range(len(titles))]
    head: list[str] = []
    for title, two in zip(titles, split, strict=True):
        head += [unmarked(title), f"± of {unmarked(title)}"] if two else [unmarked(title)]
    found = [head]
    for row in cells:
        found.append([])
        for cell, two in zip(row, split, strict=True):
            value, _, error = cell.partition(" ± ")
            found[-1] += [value, error] if two else [cell]
    return _head(about) + _csv(found)


def table_latex(
    titles: Sequence[str],
    right: Sequence[bool],
    rows: Iterable[Sequence[str]],
    about: Iterable[Line],
) -> str:
    r"""A ``tabular`` with the rules of the package booktabs."""
    lines = [*(f"% {name}: {_one_line(value)}" for name, value in about), "% needs booktabs"]
    lines += [rf"\begin{{tabular}}{{{''.join('r' if one else 'l' for one in right)}}}", r"\toprule"]
    body = [" & ".join(latex(unmarked(cell)) for cell in row) + r" \\" for row in (titles, *rows)]
    return "\n".join(
        [*lines, body[0], r"\midrule", *body[1:], r"\bottomrule", r"\end{tabular}", ""]
    )


def unmarked(cell: str) -> str:
    """A Markdown cell as it is read: without stars, backslashes and addresses of links."""
    text = re.sub(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\([^)]*\)", r"\1", cell)
    text = re.sub(r"(?<!\\)(?:\*\*|`)", "", text)
    text = re.sub(r"\\([\\`*_{}\[\]()<>#+!|~$:])", r"\1", text)
    return text.replace("\u00a0", " ").replace(JOINER, "")


_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
        "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "|": r"$|$", "<": r"$<$", ">": r"$>$", "−": "$-$", "±": r"$\pm$", "×": r"$\times$",
        "·": r"$\cdot$", "β": r"$\beta$", "σ": r"$\sigma$", "μ": r"$\mu$", "λ": r"$\lambda$",
        "ε": r"$\varepsilon$", "τ": r"$\tau$", "Σ": r"$\sum$", "π": r"$\pi$", "√": r"$\surd$",
        "∂": r"$\partial$", "≥": r"$\ge$", "≤": r"$\le$", "≈": r"$\approx$", "→": r"$\to$",
        "∞": r"$\infty$", "²": "$^2$", "₁": "$_1$", "₂": "$_2$", "ₙ": "$_n$", "∇": r"$\nabla$",
        "–": "--", "…": r"\dots{}", "½": r"$\tfrac12$",
    }
)  # fmt: skip


def latex(text: str) -> str:
    """Text that LaTeX prints as it stands."""
    return text.translate(_LATEX)


def _number(cell: str) -> str:
    return re.sub(r"−(?=[\d.])", "-", cell)


def _plain(text: str) -> str:
    """Without the tags that Plotly reads."""
    return html.unescape(re.sub(r"<[a-z/][^>]*>", " ", text)).replace("  ", " ").strip()


def _head(about: Iterable[Line]) -> str:
    return "".join(f"# {name}: {_one_line(value)}\n" for name, value in about)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _csv(rows: Rows) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
