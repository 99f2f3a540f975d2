"""Pages as AppTest runs them: opened in their frame, pressed, waited for, and read."""

from __future__ import annotations

import ast
import json
import re
import time
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from tests.helpers import address
from ui.library.loaded import LoadedModel, load_model
from vae_core.jobs import read_run
from vae_core.paths import runs_folder
from vae_core.storage.library import list_models

FRAME = Path(__file__).resolve().parents[2] / "ui" / "shell" / "frame.py"
DEADLINE = 120.0  # seconds for a condition on a busy machine; nearly always met at once


def pages_table() -> dict[str, list[tuple[str, str, str]]]:
    """PAGES of ui/shell/frame.py, read as text: importing the frame would run it."""
    for node in ast.parse(FRAME.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGES":
            table: dict[str, list[tuple[str, str, str]]] = ast.literal_eval(node.value)
            return table
    raise AssertionError("ui/shell/frame.py has no table PAGES")


def open_page(file: str, **query: str) -> AppTest:
    """A page in its frame, as a visitor with this link sees it."""
    app = AppTest.from_file(str(FRAME), default_timeout=DEADLINE)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"../../pages/{file}").run()
    return app


def open_train(run_id: str | None = None) -> AppTest:
    app = open_page("train.py", **({} if run_id is None else {"run": run_id}))
    assert not app.exception
    return app


def choose_tiny(app: AppTest, epochs: int) -> AppTest:
    """The Train page set to a data set that trains in a moment."""
    app.selectbox(key="train_dataset").set_value("digits")
    app.number_input(key="train_epochs").set_value(epochs)
    return app


def press(app: AppTest, label: str) -> AppTest:
    [button] = [button for button in app.button if button.label == label]
    assert not button.disabled
    button.click().run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    """Labels of the buttons that can be pressed."""
    return [button.label for button in app.button if not button.disabled]


def linked(app: AppTest, name: str) -> str:
    """The value of a parameter of the page's address."""
    value = address(app)[name]
    return value if isinstance(value, str) else value[0]


def text(app: AppTest) -> str:
    """All that the page says."""
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(part.value for part in parts)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def figure(app: AppTest, key: str) -> dict[str, Any]:
    """The plotly figure that the page drew under this key, its arrays as NumPy's."""
    [spec] = [c.proto.spec for c in app.get("plotly_chart") if c.proto.id.endswith(f"-{key}")]

    def array(value: dict[str, Any]) -> Any:
        if "bdata" not in value:
            return value
        flat = np.frombuffer(b64decode(value["bdata"]), value["dtype"])
        return flat.reshape([int(n) for n in str(value.get("shape", -1)).split(",")])

    found: dict[str, Any] = json.loads(spec, object_hook=array)
    return found


def traces(app: AppTest, key: str) -> dict[str, dict[str, Any]]:
    """The named traces of that figure."""
    return {trace["name"]: trace for trace in figure(app, key)["data"] if "name" in trace}


def table(app: AppTest, key: str) -> list[list[str]]:
    """The cells of a table by its key, row by row without its head, marks of boldness left out."""
    return [[cell.strip(" *") for cell in row] for row in _cells(app, key)]


def bold_rows(app: AppTest, key: str) -> list[list[str]]:
    """The rows of that table that stand out."""
    bold = [row[0].startswith("**") for row in _cells(app, key)]
    return [row for row, stands_out in zip(table(app, key), bold, strict=True) if stands_out]


def _cells(app: AppTest, key: str) -> list[list[str]]:
    """As they are written, in Markdown."""
    [block] = [
        node for node in app.main if isinstance(node, Block) and node.key == f"saved_table_{key}"
    ]
    _, _, *lines = block.markdown[0].value.splitlines()
    rows = (re.split(r"(?<!\\)\|", line)[1:-1] for line in lines)
    return [[cell.replace("\u00a0", " ").strip() for cell in row] for row in rows]


def number(text: str) -> float:
    """The number that a cell or a metric begins with."""
    return float(text.split()[0].strip("*").replace("−", "-").replace(",", ""))


def number_and_error(text: str) -> tuple[float, float]:
    """Both numbers of "1.2 ± 0.1"."""
    value, error = text.split("±")
    return number(value), number(error)


def run_until(app: AppTest, condition: Callable[[], bool]) -> AppTest:
    """Run the page again whenever a run has something new to show, until the condition holds.

    Without a break between its runs the page would take the time from the training it waits for.
    """
    deadline = time.monotonic() + DEADLINE
    shown = None
    while not condition():
        while (news := _files_of_runs()) == shown:
            assert time.monotonic() < deadline, text(app)
            time.sleep(0.02)
        shown = news
        app.run()
        assert not app.exception
    return app


def _files_of_runs() -> set[tuple[Path, int]]:
    """What lies in the folders of all runs, and since when; not that somebody has looked."""
    found = set()
    for path in runs_folder().glob("*/*"):
        with suppress(FileNotFoundError):  # it is being replaced
            if path.name != "seen":
                found.add((path, path.stat().st_mtime_ns))
    return found


def wait_for(run_ids: list[str]) -> None:
    """Until the last of the runs has ended."""
    deadline = time.monotonic() + DEADLINE
    while any(read_run(run_id).unfinished for run_id in run_ids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def loaded(name: str = "mnist-2d-beta-1") -> LoadedModel:
    """A bundled model, as the pages hold it."""
    return load_model(next(entry for entry in list_models() if entry.name == name))
