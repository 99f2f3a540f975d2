"""The browser's pure functions, run by node, against values from torch and numpy."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.vae_core.web.expected import EXPECTED
from tests.vae_core.web.helpers import node

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that ``expected.js`` reads."""
    path = tmp_path_factory.mktemp("node") / "expected.json"
    path.write_text(json.dumps({name: made() for name, made in EXPECTED.items()}), "utf-8")
    return path


def run_tests(expected: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [node(), "--test", *map(str, files)],
        env=os.environ | {"EXPECTED": str(expected)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_needs_no_page_works_and_agrees_with_torch_and_numpy(expected):
    done = run_tests(expected, *sorted(HERE.glob("*.test.js")))
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_kind_of_value_is_read_by_a_test_of_its_name():
    assert set(EXPECTED) <= {path.name.removesuffix(".test.js") for path in HERE.glob("*.test.js")}


def test_a_wrong_value_is_noticed(expected, tmp_path):
    values = json.loads(expected.read_text("utf-8"))
    values["decoder"]["cases"][-1]["image"][-1][-1] += 1e-4
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(values), "utf-8")
    done = run_tests(wrong, HERE / "decoder.test.js")
    assert done.returncode == 1, done.stdout
