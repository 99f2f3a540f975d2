"""Modules become one text, or one sentence says why not; node runs what came out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.vae_core.web.helpers import node
from vae_core.web import bundle as bundling
from vae_core.web.bundle import BundleError, bundle

WEB = Path(bundling.__file__).parent
ENTRIES = sorted(WEB.glob("*/streamlit.js"))


def write(folder: Path, **texts: str) -> Path:
    """Files ``name.js``; the path of the first."""
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text, "utf-8")
    return folder / f"{next(iter(texts))}.js"


def run(entry: Path, tmp_path: Path) -> Any:
    """What the bundle exports by default, as JSON."""
    (tmp_path / "bundle.mjs").write_text(bundle(entry), "utf-8")
    script = 'import found from "./bundle.mjs"; console.log(JSON.stringify(found));'
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_names_come_from_where_they_are_declared(tmp_path):
    entry = write(
        tmp_path,
        entry='import { one, Two, three, four } from "./a.js";\n'
        "export default [one, new Two().value, three(), typeof four()];\n",
        a="export const one = 1;\nexport class Two {\n  value = 2;\n}\n"
        "export function three() {\n  return 3;\n}\nexport async function four() {}\n",
    )
    assert run(entry, tmp_path) == [1, 2, 3, "object"]


def test_two_modules_may_use_one_name(tmp_path):
    entry = write(
        tmp_path,
        entry='import { a } from "./a.js";\nimport { b } from "./b.js";\n'
        "const hidden = 3;\nexport default [a, b, hidden];\n",
        a="const hidden = 1;\nexport const a = hidden;\n",
        b="const hidden = 2;\nexport const b = hidden;\n",
    )
    assert run(entry, tmp_path) == [1, 2, 3]


def test_a_module_that_two_import_runs_once_and_before_them(tmp_path):
    entry = write(
        tmp_path,
        entry='import { left } from "./left.js";\nimport { right } from "./right.js";\n'
        "export default [left, right];\n",
        left='import { next } from "./count.js";\nexport const left = next();\n',
        right='import { next } from "./count.js";\nexport const right = next();\n',
        count="let count = 0;\nexport function next() {\n  return ++count;\n}\n",
    )
    assert sorted(run(entry, tmp_path)) == [1, 2]
    assert bundle(entry).count("let count") == 1


def test_an_import_over_several_lines(tmp_path):
    entry = write(
        tmp_path,
        entry='import {\n  a,\n  // the second\n  b,\n} from "./a.js";\nexport default a + b;\n',
        a="export const a = 1;\nexport const b = 2;\n",
    )
    assert run(entry, tmp_path) == 3


def test_an_import_below_code_that_needs_it(tmp_path):
    entry = write(
        tmp_path,
        entry='const twice = 2 * a;\nimport { a } from "./a.js";\nexport default twice;\n',
        a="export const a = 4;\n",
    )
    assert run(entry, tmp_path) == 8


def test_code_in_comments_and_strings_is_no_code(tmp_path):
    entry = write(
        tmp_path,
        entry='// import { x } from "./none.js";\n'
        '/*\nimport { x } from "./none.js";\nexport const x = 1;\n*/\n'
        '/** @import { X } from "./none.js" */\n'
        'const text = "export const y = 1; // import";\n'
        'const address = "https://example.org/* no comment */";\n'
        "export default [text, address];\n",
    )
    assert run(entry, tmp_path) == [
        "export const y = 1; // import",
        "https://example.org/* no comment */",
    ]


def test_a_folder_above_and_a_missing_last_newline(tmp_path):
    (tmp_path / "room").mkdir()
    write(tmp_path, shared="export const a = 1")
    entry = write(
        tmp_path / "room", entry='import { a } from "../shared.js";\nexport default { a };'
    )
    assert run(entry, tmp_path) == {"a": 1}
    assert str(tmp_path) not in bundle(entry), "a visitor has no business with the server's folders"


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"entry": 'import { a } from "./a.js";\n'}, "There is no module .*a.js"),
        (
            {"entry": 'import { b } from "./a.js";\n', "a": "export const a = 1;\n"},
            "imports b from",
        ),
        (
            {
                "entry": 'import { a } from "./a.js";\n',
                "a": 'import { b } from "./b.js";\nexport const a = b;\n',
                "b": 'import { a } from "./a.js";\nexport const b = a;\n',
            },
            "in a circle: .*a.js.*b.js",
        ),
        (
            {"entry": 'import { entry } from "./entry.js";\nexport const entry = 1;\n'},
            "in a circle",
        ),
        ({"entry": 'import a from "./a.js";\n', "a": ""}, "an import is not of the form"),
        ({"entry": 'import * as a from "./a.js";\n', "a": ""}, "an import is not of the form"),
        ({"entry": 'import "./a.js";\n', "a": ""}, "an import is not of the form"),
        ({"entry": 'import { a as b } from "./a.js";\n', "a": ""}, "an import is not of the form"),
        ({"entry": 'import { a } from "a";\n'}, "an import is not of the form"),
        (
            {"entry": 'import { a } from "./a.js"\nlet b;\n', "a": ""},
            "an import is not of the form",
        ),
        ({"entry": "export let a = 1;\n"}, "an export is neither"),
        ({"entry": "const a = 1;\nexport { a };\n"}, "an export is neither"),
        ({"entry": 'export * from "./a.js";\n', "a": ""}, "an export is neither"),
        ({"entry": "export const { a } = b;\n"}, "an export is neither"),
        (
            {
                "entry": 'import { a } from "./a.js";\n',
                "a": "export const a = 1;\nexport default a;\n",
            },
            "default export, which only an entry may have",
        ),
        ({"entry": "const a = `\nimport`;\n"}, "a template literal spans lines"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path, texts, sentence):
    with pytest.raises(BundleError, match=sentence):
        bundle(write(tmp_path, **texts))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.parent.name)
def test_every_canvas_is_one_module_that_exports_how_it_is_mounted(entry, tmp_path):
    text = bundle(entry)
    assert "import " not in text.replace("important", "")
    (tmp_path / "bundle.mjs").write_text(text, "utf-8")
    script = 'import mount from "./bundle.mjs"; console.log(typeof mount);'
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "function"


def test_every_module_is_part_of_a_canvas():
    found: set[str] = set()
    for entry in ENTRIES:
        text = bundle(entry)
        found |= {line[3:] for line in text.splitlines() if line.startswith("// ")}
    files = {f"{path.parent.name}/{path.name}" for path in WEB.glob("*/*.js")}
    assert files - found == {f"{entry.parent.name}/{entry.name}" for entry in ENTRIES}


def test_only_the_edges_know_streamlit():
    named = ("Streamlit", "setStateValue", "parentElement")
    knowing = {
        path.relative_to(WEB).as_posix()
        for path in WEB.glob("*/*.js")
        if any(word in path.read_text("utf-8") for word in named)
    }
    edges = {entry.relative_to(WEB).as_posix() for entry in ENTRIES}
    assert knowing == {"shared/mount.js", *edges}
