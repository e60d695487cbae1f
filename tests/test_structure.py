"""The architecture, kept by a test: imports run downward, parts are small, names are unique."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import shapiq_spex

PACKAGE = Path(shapiq_spex.__file__).parent
MODULES = {
    ".".join(("shapiq_spex", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in PACKAGE.rglob("*.py")
}
"""Every module of the package by its name."""

BELOW = {  # what each room may import from this package, beside itself
    "fourier": set(),
    "estimators": {"fourier"},
    "coding": {"estimators", "fourier"},
    "ablation": {"fourier"},
    "optimisation": {"fourier"},
    "plots": {"fourier"},
    "designs": {"coding", "estimators", "fourier"},
    "intervals": {"designs", "estimators", "fourier"},
    "surrogate": {"designs", "estimators", "fourier"},
    "reports": {"ablation", "designs", "estimators", "fourier", "intervals"},
    "approximators": {
        "ablation",
        "coding",
        "designs",
        "estimators",
        "fourier",
        "intervals",
        "reports",
        "surrogate",
    },
    "games": {"ablation", "approximators", "fourier", "reports"},
}
KNOW_SHAPIQ = {"ablation", "approximators", "benchmark", "games", "plots", "reports"}

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
MOST_METHODS = 15

LARGER = {
    "coding/decoder.py _propose": "a compiled kernel, parts of which would share a dozen arrays",
    "coding/decoder.py _solve": "a compiled kernel, parts of which would share a dozen arrays",
    "fourier/conversion.py convert": "its documentation is longer than its code",
}
"""What is larger than that, and why it is better so."""


def room_of(path):
    """The first folder inside the package, or the name of a file beside the rooms."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module_named(name):
    """The module that a dotted name leads to, or None if it is not of this package."""
    while name not in MODULES and "." in name:
        name = name.rpartition(".")[0]
    return name if name in MODULES else None


@cache
def imports(path):
    """The dotted names that a file imports, wherever the statement stands."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} uses a relative import"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def imported_modules(path):
    """The modules of this package that a file imports, without itself."""
    found = {module_named(name) for name in imports(path)}
    return {name for name in found if name is not None and MODULES[name] != path}


def rooms_imported(path):
    """The rooms that a file imports from."""
    rooms = {room_of(MODULES[name]) for name in imported_modules(path)}
    return {room for room in rooms if (PACKAGE / room).is_dir()}


def test_every_folder_of_modules_is_a_package():
    folders = {path.parent for path in MODULES.values()}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_room_is_known():
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms == {*BELOW, "benchmark"}


@pytest.mark.parametrize("room", BELOW)
def test_rooms_import_only_what_lies_below_them(room):
    needed = {room}
    for path in (PACKAGE / room).rglob("*.py"):
        found = rooms_imported(path)
        assert found <= BELOW[room] | {room}, path
        needed |= found
    assert needed == BELOW[room] | {room}, "it may import more than it does"


@pytest.mark.parametrize("room", BELOW)
def test_files_beside_the_rooms_are_above_them_unless_they_import_none(room):
    for path in (PACKAGE / room).rglob("*.py"):
        for name in imported_modules(path):
            if MODULES[name].parent == PACKAGE:
                assert name != "shapiq_spex"
                assert not rooms_imported(MODULES[name]), f"{path} imports {name}"


def test_no_modules_import_each_other_in_a_circle():
    """... whether at once, late or for the types alone."""
    imported = {name: imported_modules(path) for name, path in MODULES.items()}
    assert len(list(TopologicalSorter(imported).static_order())) == len(MODULES)


def test_modules_of_different_rooms_have_different_names():
    """A stranger knows the room from the name; the benchmark's rooms have a test of their own."""
    rooms = defaultdict(set)
    for path in MODULES.values():
        if path.stem not in ("__init__", "__main__") and room_of(path) != "benchmark":
            rooms[path.stem].add(path.parent)
    assert {name: folders for name, folders in rooms.items() if len(folders) > 1} == {}


@pytest.mark.parametrize("room", ["fourier", "coding", "designs", "surrogate", "intervals"])
def test_every_module_of_a_mathematical_room_has_a_test_file_of_its_name(room):
    modules = {path.stem for path in (PACKAGE / room).glob("*.py")} - {"__init__"}
    tests = (Path(__file__).parent / room).glob("test_*.py")
    assert {path.stem.removeprefix("test_") for path in tests} == modules


def sizes():
    """Every file, function and class: its name, its size and the largest size of its kind."""
    for path in MODULES.values():
        text, name = path.read_text(), str(path.relative_to(PACKAGE))
        yield name, text.count("\n"), MOST_LINES_OF_A_FILE
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1 - _lines_of_reference(node)
                yield f"{name} {node.name}", lines, MOST_LINES_OF_A_FUNCTION
            elif isinstance(node, ast.ClassDef):
                yield f"{name} {node.name}", len(_methods(node)), MOST_METHODS


def _lines_of_reference(function):
    """Of a function that users import from the package: its documentation is a reference page."""
    if function.name.startswith("_") or function.name not in _EXPORTED:
        return 0
    documentation = function.body[0]
    return documentation.end_lineno - documentation.lineno + 1


def _methods(definition):
    """Without properties and operators, which are read as attributes and symbols."""
    return [
        node
        for node in definition.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
        and (node.name == "__init__" or not node.name.startswith("__"))
    ]


FRONT_DOORS = [
    "shapiq_spex",
    "shapiq_spex.ablation",
    "shapiq_spex.approximators",
    "shapiq_spex.benchmark",
    "shapiq_spex.games",
    "shapiq_spex.optimisation",
    "shapiq_spex.plots",
    "shapiq_spex.reports",
]


@pytest.mark.parametrize("door", FRONT_DOORS)
def test_front_doors_say_what_they_offer(door):
    """``__all__`` has every name that the file imports for users, and each of them exists."""
    module, tree = importlib.import_module(door), ast.parse(MODULES[door].read_text())
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(imported, key=_constants_first) == module.__all__
    here: dict[str, object] = {}
    exec(f"from {door} import *", here)
    assert set(module.__all__) <= set(here)
    for name in module.__all__:
        assert here[name] is getattr(module, name)


def _constants_first(name):
    """The order that the linter keeps: constants, classes, functions."""
    return 0 if name.isupper() else 1 if name[0].isupper() else 2, name


def test_other_rooms_offer_nothing_to_users():
    for room in BELOW.keys() - {door.rpartition(".")[2] for door in FRONT_DOORS}:
        name = f"shapiq_spex.{room}"
        found = {*imports(MODULES[name])} - {"__future__.annotations"}
        assert found == set(), "a front door, which belongs into FRONT_DOORS"


_EXPORTED = {
    alias.name
    for door in ("", "plots/", "optimisation/", "games/")
    for node in ast.parse((PACKAGE / f"{door}__init__.py").read_text()).body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}


def test_files_functions_and_classes_are_small():
    larger = {name for name, size, most in sizes() if size > most}
    assert larger == set(LARGER), "either too large, or not any more"


def test_the_picture_in_the_contributing_guide_is_the_code():
    guide = (Path(__file__).parents[1] / ".github" / "CONTRIBUTING.md").read_text()
    arrows = set(re.findall(r"^ +(\w+) --> (\w+)$", guide, re.MULTILINE))
    used = {
        (room_of(path), room) for path in PACKAGE.glob("*/**/*.py") for room in rooms_imported(path)
    }
    used = {(room, other) for room, other in used if room != other}
    assert arrows <= used, "the picture has arrows that no import needs"
    reached = reachable(arrows)
    assert used <= reached, "the picture lacks arrows"
    assert not any(room == other for room, other in reached), "imports run in a circle"
    for arrow in arrows:
        assert arrow not in reachable(arrows - {arrow}), f"{arrow} follows from the others"
    table = set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE))
    assert table == {*BELOW, "benchmark"} == {room for arrow in arrows for room in arrow}


def reachable(arrows):
    """The arrows and all that follow from them."""
    reached = set(arrows)
    while further := {(a, d) for a, b in reached for c, d in arrows if b == c} - reached:
        reached |= further
    return reached


def test_only_some_rooms_know_shapiq():
    knowing = {
        room_of(path)
        for path in MODULES.values()
        if any(name.split(".")[0] == "shapiq" for name in imports(path))
    }
    assert {room for room in knowing if (PACKAGE / room).is_dir()} == KNOW_SHAPIQ


def test_nothing_needs_galois():
    """Its functions cannot be imported where numba finds no folder to keep compiled ones in."""
    users = [
        path for path in MODULES.values() if "galois" in {n.split(".")[0] for n in imports(path)}
    ]
    assert users == []


def test_nothing_heavy_is_imported_before_it_is_needed():
    """Beyond what shapiq imports itself."""
    script = (
        "import sys, shapiq; before = set(sys.modules); import shapiq_spex; "
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "shapiq_spex" in loaded
    assert not {"numba", "galois", "lightgbm", "xgboost", "torch", "dask", "ray"} & set(loaded)
