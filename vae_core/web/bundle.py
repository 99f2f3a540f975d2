"""Many ES modules as one text: the browser gets in one piece what it would fetch file by file.

The files are modules that node, a type checker and a browser load as they stand; nothing is built
before the app runs. In the one text each keeps a scope of its own, a function that returns what
the module exports, so that two of them may use the same name.

Only a small part of the syntax is understood, and the rest is refused rather than guessed at::

    import { a, b } from "./other.js";
    export const c = 1;                  // or a function, or a class
    export default a;                    // of the entry alone

each at the beginning of its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*.*?\*/[ \t]*)(?:\n|\Z)", re.MULTILINE | re.DOTALL)
_IMPORT = re.compile(r"^import\b(?P<rest>[^;]*);?[ \t]*\n?", re.MULTILINE)
_NAMES_FROM = re.compile(r'\s*\{(?P<names>[^}]*)\}\s*from\s*"(?P<path>\.{1,2}/[^"]+\.js)"\s*')
_EXPORT = re.compile(r"^export\b[ \t]*(?P<rest>[^\n]*)", re.MULTILINE)
_DECLARED = re.compile(r"(?:const|class|(?:async )?function\*?)\s+(?P<name>[\w$]+)")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")


class BundleError(ValueError):
    """Modules that do not make up one text; the message is one sentence."""


@dataclass(frozen=True)
class _Module:
    """One file, without its comments and import statements.

    Attributes:
        imports: names that it takes, by the file that it takes them from.
        exports: names of its own that others may take.
        default: whether it exports a default.
    """

    body: str
    imports: dict[Path, list[str]]
    exports: list[str]
    default: bool


def bundle(entry: Path) -> str:
    """A module with all that ``entry`` imports, file by file; it exports what ``entry`` does.

    Raises:
        BundleError: a file or a name is missing, files import one another in a circle, or the
            syntax is not of the part that is understood.
    """
    entry = entry.resolve()
    modules: dict[Path, _Module] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path not in modules:
            modules[path] = _read(path)
            waiting += modules[path].imports
    order = _order(modules)
    for path in order:
        _check_names(path, modules)
    scopes = {path: f"$module{n}" for n, path in enumerate(order)}
    parts = []
    for path in order:
        module = modules[path]
        taken = [
            f"const {{ {', '.join(names)} }} = {scopes[source]};\n"
            for source, names in module.imports.items()
        ]
        if path == entry:
            parts.append("".join([*taken, module.body]))
            continue
        body = re.sub(r"^export ", "", module.body, flags=re.MULTILINE)
        returned = f"return {{ {', '.join(module.exports)} }};\n"
        parts.append(
            f"// {_label(path)}\n"
            + "".join([f"const {scopes[path]} = (() => {{\n", *taken, body, returned, "})();\n"])
        )
    return "".join(parts)


def _read(path: Path) -> _Module:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise BundleError(f"There is no module {_label(path)}.") from None
    # They would be two thirds of the text, and code in them must not be taken for code.
    text = _COMMENT.sub("", text if text.endswith("\n") else text + "\n")
    for line in text.splitlines():
        if line.count("`") % 2:
            raise BundleError(
                f"In {_label(path)} a template literal spans lines, which could hide an import "
                f"or a comment: {line.strip()}"
            )
    imports: dict[Path, list[str]] = {}
    for statement in _IMPORT.finditer(text):
        found = _NAMES_FROM.fullmatch(statement["rest"])
        names = [name.strip() for name in found["names"].split(",")] if found else []
        if names and names[-1] == "":
            names.pop()  # a comma may end the list
        if found is None or not names or not all(map(_IDENTIFIER.fullmatch, names)):
            raise BundleError(
                f'In {_label(path)} an import is not of the form import {{ a, b }} from "./x.js"; '
                f"but: {' '.join(statement[0].split())}"
            )
        imports.setdefault((path.parent / found["path"]).resolve(), []).extend(names)
    body = _IMPORT.sub("", text)
    exports, default = [], False
    for statement in _EXPORT.finditer(body):
        declared = _DECLARED.match(statement["rest"])
        if declared:
            exports.append(declared["name"])
        elif statement["rest"].startswith("default "):
            default = True
        else:
            raise BundleError(
                f"In {_label(path)} an export is neither a const, a function, a class nor a "
                f"default: {statement[0]}"
            )
    return _Module(body, imports, exports, default)


def _order(modules: dict[Path, _Module]) -> list[Path]:
    """Each module after those that it imports."""
    graph = {path: list(module.imports) for path, module in modules.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = ", ".join(_label(path) for path in error.args[1])
        raise BundleError(f"Modules import one another in a circle: {circle}.") from None


def _check_names(path: Path, modules: dict[Path, _Module]) -> None:
    for source, names in modules[path].imports.items():
        missing = [name for name in names if name not in modules[source].exports]
        if missing:
            raise BundleError(
                f"{_label(path)} imports {', '.join(missing)} from {_label(source)}, which does "
                "not export it."
            )
        if modules[source].default:
            raise BundleError(
                f"{_label(source)} has a default export, which only an entry may have, but "
                f"{_label(path)} imports it."
            )


def _label(path: Path) -> str:
    """A name for people, without the server's folders."""
    return f"{path.parent.name}/{path.name}"
