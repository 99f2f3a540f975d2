"""The Sweep page: lists that are none, a sweep from the button to its table, its link."""

from __future__ import annotations

from statistics import mean, stdev

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import (
    labels,
    linked,
    number_and_error,
    open_page,
    press,
    run_until,
    table,
)
from vae_core.jobs import read_run


def open_sweep(**query: str) -> AppTest:
    app = open_page("sweep.py", **query)
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("betas", "seeds", "said"),
    [
        ("a", "0", "The list of β must be numbers with commas between them, got 'a'."),
        (
            "1",
            "0.5",
            "The list of seeds must be whole numbers with commas between them, got '0.5'.",
        ),
        ("-1", "0", "Beta must be a finite number >= 0, got -1.0."),
        ("0,1,2,3,4,5", "0,1,2,3,4,5", "36 runs; at most 30 fit into the queue."),
    ],
)
def test_lists_that_cannot_be_run_are_one_sentence(betas: str, seeds: str, said: str):
    app = open_sweep()
    app.text_input(key="sweep_betas").set_value(betas)
    app.text_input(key="sweep_seeds").set_value(seeds).run()
    assert not app.exception
    [error] = app.error
    assert error.value.replace("\\", "").endswith(said)
    assert "Start" not in labels(app)


def test_from_the_button_to_the_table():
    app = open_sweep()
    app.selectbox(key="sweep_dataset").set_value("digits")
    app.text_input(key="sweep_betas").set_value("0, 4")
    app.text_input(key="sweep_seeds").set_value("0, 1")
    app.number_input(key="sweep_epochs").set_value(1).run()
    press(app, "Start 4 runs")

    runs = linked(app, "sweep").split(",")
    run_until(app, lambda: not any(read_run(run_id).unfinished for run_id in runs))
    app.run()
    assert "Stop" not in labels(app)
    rows = table(app, "the_sweep_in_numbers")
    assert [row[:2] for row in rows] == [["0", "2"], ["4", "2"]]
    for row, of_beta in zip(rows, (runs[:2], runs[2:]), strict=True):
        ends = [read_run(run_id).curve[-1] for run_id in of_beta]
        for cell, name in zip(row[2:], ("reconstruction_nll", "kl", "elbo"), strict=True):
            values = [end[name] for end in ends]
            assert number_and_error(cell) == pytest.approx((mean(values), stdev(values)), abs=0.006)

    other = open_sweep(sweep=linked(app, "sweep"))
    assert table(other, "the_sweep_in_numbers") == rows


def test_a_link_to_runs_that_are_gone_is_one_sentence():
    app = open_sweep(sweep="0" * 16)
    assert [error.value for error in app.error] == [
        f"There is no run {'0' * 16}; it may have been removed."
    ]
