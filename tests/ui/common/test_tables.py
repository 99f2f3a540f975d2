"""A table as Markdown: what a reader of Markdown gets out is what was put in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui.common.tables import Column, as_markdown, numbers
from ui.common.text import plain

ROOT = Path(__file__).resolve().parents[3]


def read(table: str) -> list[list[str]]:
    """The cells as a reader of Markdown splits them: a bar after a backslash is a letter."""
    rows = []
    for line in table.splitlines():
        cells, escaped = [""], False
        for char in line:
            if char == "|" and not escaped:
                cells.append("")
            elif char == "\\" and not escaped:
                escaped = True
                continue
            else:
                cells[-1] += char
            escaped = False
        assert cells[0] == cells[-1] == ""
        rows.append([cell.strip() for cell in cells[1:-1]])
    return rows


def test_titles_alignment_and_cells():
    table = as_markdown(
        [Column("q"), *numbers("log p(x|z)", "KL", unit="nats"), Column("about")],
        [("encoder's", "−1.2 ± 0.1", "3", ""), ("a|b", "4", "5", "two\nlines")],
    )
    assert read(table) == [
        ["q", "log p(x|z), nats", "KL, nats", "about"],
        [":--", "--:", "--:", ":--"],
        ["encoder's", "−1.2 ± 0.1", "3", ""],
        ["a|b", "4", "5", "two lines"],
    ]


@pytest.mark.parametrize("text", ["a|b", r"a\|b", r"a\\|b", "|", r"\ ", "[x](y)|*z*"])
def test_what_a_person_wrote_stays_in_its_cell(text):
    assert read(as_markdown([Column("run")], [(plain(text),)]))[2] == [text.strip()]


def test_what_is_escaped_already_is_not_escaped_again():
    assert as_markdown([Column(r"p(x\|z)")], []).splitlines()[0] == r"| p(x\|z) |"


def test_bold_rows_and_columns():
    columns = [Column("a"), Column("b", right=True, bold=True), Column("c")]
    rows = read(as_markdown(columns, [("1", "2", ""), ("3", "4", "")], bold_rows=[1]))
    assert rows[2:] == [["1", "**2**", ""], ["**3**", "**4**", ""]]


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="row 1 has 1 cells, the table 2 columns"):
        as_markdown([*numbers("a", "b")], [("1", "2"), ("1",)])


def test_it_stands_where_it_is_told():
    def page() -> None:
        import streamlit as st

        from ui.common.tables import Column, show_table
        from vae_core.provenance import Unmeasured

        _, right = st.columns(2)
        show_table([Column("a")], [("1",)], about=Unmeasured("A table", "By hand."), at=right)

    app = AppTest.from_function(page, default_timeout=120).run()
    assert not app.exception
    assert [len(column.markdown) for column in app.columns] == [0, 1]
    assert read(app.markdown[0].value) == [["a"], [":--"], ["1"]]


def test_no_page_draws_its_bars_by_hand():
    by_hand = {
        path.name
        for folder in ("ui", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\|:?--", path.read_text("utf-8"))
    }
    assert by_hand == set()
