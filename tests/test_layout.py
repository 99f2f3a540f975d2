"""The map of the tree, held by its imports. Read from the source, whatever runs or not.

``pages -> ui -> vae_core``; the shared rooms of ``ui/`` import downwards only, a page's room
imports no other page's, nothing goes round in a circle, and what serves one page alone lies in
that page's room.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Shared rooms of ui/ from the ground up; rooms on one storey do not know one another.
STOREYS = [{"canvas"}, {"common"}, {"library"}, {"runs"}, {"plane"}]
SHELL = "shell"  # it frames the pages, and may know every room

FORBIDDEN = {
    "vae_core": {"ui", "pages", "app", "streamlit", "plotly"},
    "ui": {"pages", "app"},
    "pages": {"app", "torch"},
}

Graph = Mapping[str, set[str]]


@cache
def imports_of(source: str) -> tuple[str, ...]:
    """Dotted names that a module imports, those inside functions too: ``a.b`` and ``a.b.name``."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides where it leads"
            assert node.module is not None
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


def tree(root: Path = ROOT) -> dict[str, str]:
    """Dotted name -> source of every module of the product."""
    files = [root / "app.py", *(p for top in FORBIDDEN for p in sorted((root / top).rglob("*.py")))]
    found = {}
    for path in files:
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path.read_text("utf-8")
    return found


def graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Which module of the tree imports which; a package's own modules may sit beside it."""
    edges = {}
    for name, source in sources.items():
        named = {found for found in imports_of(source) if found in sources}
        # ``from a import b`` names the module a.b, where there is one, and not a.
        packages = {one for one in named for deeper in named if deeper.startswith(f"{one}.")}
        edges[name] = named - packages - {name}
    return edges


SOURCES = tree()
GRAPH = graph(SOURCES)


def room(name: str) -> str | None:
    """The room of a module of ``ui/``."""
    parts = name.split(".")
    return parts[1] if parts[0] == "ui" and len(parts) > 1 else None


def page_rooms(names: Graph) -> set[str]:
    """A page's room has the name of the page's file."""
    return {name.split(".")[1] for name in names if name.startswith("pages.")}


def storey(of: str) -> int:
    """0 is the ground; a page's room stands on the shared ones, the shell on all."""
    for height, rooms in enumerate(STOREYS):
        if of in rooms:
            return height
    return len(STOREYS) + (of == SHELL)


def wrong_imports(edges: Graph) -> list[str]:
    """Imports from a room into one that stands beside it or above."""
    found = []
    for name, targets in edges.items():
        here = room(name)
        for there in filter(None, map(room, targets)):
            if here is not None and there != here and storey(there) >= storey(here):
                found.append(f"{name} imports from ui/{there}")
            if name.startswith("pages.") and there in page_rooms(edges) - {name.split(".")[1]}:
                found.append(f"{name} composes ui/{there}, the room of another page")
    return sorted(set(found))


def cycle(edges: Graph) -> list[str]:
    """Modules that import one another in a circle; empty if there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def pages_served(edges: Graph) -> dict[str, set[str]]:
    """For each shared module of ``ui/``: which pages reach it, over however many imports."""
    importers: dict[str, set[str]] = defaultdict(set)
    for name, targets in edges.items():
        for target in targets:
            importers[target].add(name)
    rooms = page_rooms(edges)
    served = {}
    for name in edges:
        if room(name) in (None, SHELL, *rooms) or SOURCES.get(name, "").count("\n") < 2:
            continue
        reached, frontier = {name}, [name]
        while frontier:
            new = importers[frontier.pop()] - reached
            reached |= new
            frontier += new
        served[name] = {
            page for one in reached if (page := room(one) or one.removeprefix("pages.")) in rooms
        }
    return served


def test_the_reader_sees_every_kind_of_import():
    source = "import a.b, c as d\nfrom e.f import g\ndef h():\n    import i\n"
    assert sorted(imports_of(source)) == ["a.b", "c", "e.f", "e.f.g", "i"]


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_point_inward(folder):
    wrong = [
        f"{name} imports {found}"
        for name, source in SOURCES.items()
        if name.split(".")[0] == folder
        for found in imports_of(source)
        if found.split(".")[0] in FORBIDDEN[folder]
    ]
    assert wrong == []


def test_figures_know_neither_streamlit_nor_torch():
    wrong = [
        f"{name} imports {found}"
        for name, source in SOURCES.items()
        if name.startswith("ui.") and name.split(".")[-1].endswith(("figures", "figure"))
        for found in imports_of(source)
        if found.split(".")[0] in ("streamlit", "torch")
    ]
    assert wrong == []


def test_every_page_has_a_room_with_panels():
    for name in page_rooms(GRAPH):
        assert (ROOT / "ui" / name / "__init__.py").is_file()


def test_rooms_import_downwards_only():
    assert wrong_imports(GRAPH) == []


def test_nothing_goes_round_in_a_circle():
    assert cycle(GRAPH) == []


def test_what_serves_one_page_lies_in_its_room():
    lonely = {name: pages for name, pages in pages_served(GRAPH).items() if len(pages) < 2}
    assert lonely == {}, "import graph: " + str({name: sorted(GRAPH[name]) for name in lonely})


def test_config_is_a_leaf():
    assert {found for found in GRAPH["vae_core.config"] if found.startswith("vae_core")} == set()
    assert "TYPE_CHECKING" not in SOURCES["vae_core.config"]


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("ui.common.text", "ui.library.loaded"),
        ("ui.canvas.latent", "ui.common.state"),
        ("ui.library.loaded", "ui.plane.planes"),
        ("ui.elbo.headline", "ui.overlap.panels"),
        ("ui.plane.places", "ui.elbo.headline"),
        ("ui.train.watch", "ui.shell.frame"),
        ("pages.elbo", "ui.overlap.panels"),
    ],
)
def test_each_rule_is_seen_when_it_is_broken(module, imported):
    broken = {**GRAPH, module: GRAPH[module] | {imported}}
    assert len(wrong_imports(broken)) == 1


def test_a_circle_is_seen():
    broken = {**GRAPH, "vae_core.config": {"vae_core.storage.checkpoints"}}
    assert "vae_core.config" in cycle(broken)


def test_a_lonely_module_is_seen():
    lonely = {name: targets - {"ui.common.pictures"} for name, targets in GRAPH.items()}
    lonely["ui.elbo.headline"] = lonely["ui.elbo.headline"] | {"ui.common.pictures"}
    assert pages_served(lonely)["ui.common.pictures"] == {"elbo"}


def test_no_test_takes_from_another():
    """What two of them need lies in helpers.py or conftest.py: a test file can be read alone."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {found}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for found in imports_of(path.read_text("utf-8"))
        if found.startswith("tests.")
        and any(part.startswith("test_") or part == "conftest" for part in found.split("."))
    ]
    assert wrong == []
