"""The product's source as the tests of its documents look names up in it.

Read, not imported: to import a page is to run it.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def find(dotted: str) -> ast.AST | None:
    """The module, function, class, constant, method or field of that name; None without one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.exists():
                return _within(tree_of(file), parts[length:])
    return None


def _within(node: ast.AST, names: list[str]) -> ast.AST | None:
    for name in names:
        body = node.body if isinstance(node, ast.Module | ast.ClassDef) else []
        found = [statement for statement in body if name in _names_given(statement)]
        if not found:
            return None
        node = found[0]
    return node


def _names_given(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case ast.Assign(targets=targets):
            # ``A, B = ...`` gives both.
            return {
                node.id for one in targets for node in ast.walk(one) if isinstance(node, ast.Name)
            }
    return set()


def constant(dotted: str) -> object:
    """The value of a constant that is written as a literal."""
    node = find(dotted)
    assert isinstance(node, ast.Assign | ast.AnnAssign), f"{dotted} is no constant"
    assert node.value is not None
    return ast.literal_eval(node.value)
