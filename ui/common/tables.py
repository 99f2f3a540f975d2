"""The one way to show a table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.common.saving import Saved, menu
from ui.common.tabular import table_csv, table_latex
from vae_core.provenance import About


@dataclass(frozen=True)
class Column:
    """The head of a column.

    Attributes:
        unit: of its numbers, said after the title.
        right: whether the cells end at the same place, as numbers should.
        bold: whether its cells stand out.
    """

    title: str
    unit: str = ""
    right: bool = False
    bold: bool = False

    @property
    def titled(self) -> str:
        return f"{self.title}, {self.unit}" if self.unit else self.title


def numbers(*titles: str, unit: str = "") -> Iterator[Column]:
    """The heads of columns that hold numbers of one unit."""
    return (Column(title, unit, right=True) for title in titles)


def show_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    about: About,
    bold_rows: Collection[int] = (),
    at: DeltaGenerator | None = None,
) -> None:
    """A table of cells that are Markdown already; what a person wrote goes through ``plain``.

    Args:
        rows: a text for each column.
        about: where its numbers come from, for the menu; its title is that of no other table on
            the page.
        bold_rows: places in ``rows`` of those that stand out.
        at: where the table stands; where the page is by default.
    """
    key = re.sub(r"[^a-z0-9]+", "_", f"table_{about.title}".lower())
    with (st if at is None else at).container(key=f"saved_{key}"):
        st.markdown(as_markdown(columns, rows, bold_rows))
        titles, right = [column.titled for column in columns], [column.right for column in columns]
        files = {
            "csv": lambda lines: table_csv(titles, rows, lines),
            "tex": lambda lines: table_latex(titles, right, rows, lines),
        }
        menu(Saved(key, about, files=files))


def as_markdown(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], bold_rows: Collection[int] = ()
) -> str:
    """The table as Markdown reads it.

    Raises:
        ValueError: a row has more or fewer cells than there are columns.
    """
    titles = [column.titled for column in columns]
    lines = [_line(titles), _line(["--:" if c.right else ":--" for c in columns])]
    for place, row in enumerate(rows):
        if len(row) != len(columns):
            raise ValueError(f"row {place} has {len(row)} cells, the table {len(columns)} columns")
        lines.append(
            _line(
                f"**{cell}**" if cell and (column.bold or place in bold_rows) else cell
                for column, cell in zip(columns, row, strict=True)
            )
        )
    return "\n".join(lines)


_BAR = re.compile(r"(?<!\\)((?:\\\\)*)\|")  # one that no backslash has made a letter yet


def _line(cells: Iterable[str]) -> str:
    inside = (_BAR.sub(r"\1\\|", " ".join(cell.split("\n"))) for cell in cells)
    return f"| {' | '.join(inside)} |"
