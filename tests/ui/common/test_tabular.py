"""Figures and tables as files: another reader gets out what was drawn."""

from __future__ import annotations

import csv
import io

import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from ui.common.tabular import figure_csv, latex, table_csv, table_latex, unmarked
from ui.common.text import plain

ABOUT = [("model", "a\nb"), ("cite", "x")]


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(line for line in io.StringIO(text) if not line.startswith("#")))


def test_points_with_errors_under_the_titles_of_their_axes():
    figure = go.Figure()
    figure.add_scatter(x=[1, 2], y=[-0.1, 3.25], error_y={"array": [0.5, 0.25]}, name="<b>a</b>")
    figure.add_scatter(x=[5], y=[6], name="b")
    figure.update_xaxes(title="K, samples").update_yaxes(title="log p(x), nats")
    text = figure_csv(figure, ABOUT)
    assert text.startswith("# model: a b\n# cite: x\n")
    assert rows_of(text) == [
        ["series", "K, samples", "log p(x), nats", "error of y"],
        ["a", "1", "-0.1", "0.5"],
        ["a", "2", "3.25", "0.25"],
        ["b", "5", "6", ""],
    ]


def test_each_pair_of_axes_has_a_block_of_its_own():
    figure = make_subplots(1, 2)
    figure.add_bar(x=["p"], y=[1.5], row=1, col=1)
    figure.add_bar(x=["q"], y=[2.5], row=1, col=2)
    figure.update_yaxes(title="KL, nats", col=2)
    assert rows_of(figure_csv(figure, [])) == [
        ["series", "x", "y"], ["", "p", "1.5"], [], ["series", "x", "KL, nats"], ["", "q", "2.5"],
    ]  # fmt: skip


def test_a_bar_that_floats_has_both_its_ends():
    figure = go.Figure(go.Bar(x=["a"], y=[2.0], base=[-5.0]))
    assert rows_of(figure_csv(figure, []))[1] == ["", "a", "-3.0", "-5.0"]


def test_a_heat_map_has_a_row_for_each_cell():
    bar = {"title": {"text": "density, nats"}}
    figure = go.Figure(go.Heatmap(x=["a", "b"], y=[0.5], z=[[1.0, 2.0]], colorbar=bar))
    assert rows_of(figure_csv(figure, [])) == [
        ["series", "x", "y", "density, nats"], ["", "a", "0.5", "1.0"], ["", "b", "0.5", "2.0"],
    ]  # fmt: skip


def test_a_tables_numbers_can_be_calculated_with():
    text = table_csv(["run", "ELBO, nats"], [("**a**", "−1.50 ± 0.25"), ("b", "2")], ABOUT)
    assert rows_of(text) == [
        ["run", "ELBO, nats", "± of ELBO, nats"], ["a", "-1.50", "0.25"], ["b", "2", ""],
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["a|b", "*x* _y_", "[a](b)", r"back\slash", "$5 ~ `c`"])
def test_what_a_person_wrote_comes_out_as_it_was(text):
    assert unmarked(plain(text)) == text


def test_latex_has_as_many_cells_as_columns_and_nothing_that_tex_would_run():
    text = table_latex(["β", "KL_1"], [False, True], [("50% & more", r"\input{x} −2 ± 1")], ABOUT)
    assert r"\begin{tabular}{lr}" in text
    assert r"$\beta$ & KL\_1 \\" in text
    assert r"50\% \& more & \textbackslash{}input\{x\} $-$2 $\pm$ 1 \\" in text
    assert text.startswith("% model: a b\n% cite: x\n")


def test_letters_that_latex_knows_stay():
    assert latex("Plain text, 3.5") == "Plain text, 3.5"
