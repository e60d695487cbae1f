"""The benchmark's rooms: imports run in one direction, and modules have names of their own."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import shapiq_spex
from shapiq_spex import benchmark

PACKAGE = Path(shapiq_spex.__file__).parent
BENCHMARK = Path(benchmark.__file__).parent

ORDER = ["games", "methods", "measuring", "studies", "reporting"]
"""Each room imports only itself and the rooms before it."""


def imported_rooms(path):
    """The rooms of the benchmark that a file imports, wherever the statement stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.startswith("shapiq_spex.benchmark"):
                yield [*name.split("."), ""][2]


def test_rooms_import_only_the_rooms_before_them():
    assert {path.name for path in BENCHMARK.iterdir() if (path / "__init__.py").exists()} == set(
        ORDER
    )
    for place, room in enumerate(ORDER):
        for path in (BENCHMARK / room).glob("*.py"):
            assert set(imported_rooms(path)) <= set(ORDER[: place + 1]), path


def test_no_module_of_the_benchmark_shares_its_name_with_another_module():
    names = Counter(path.stem for path in PACKAGE.rglob("*.py"))
    mine = {path.stem for path in BENCHMARK.rglob("*.py")} - {"__init__", "__main__"}
    assert {name for name in mine if names[name] > 1} == set()
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert mine & rooms == set()
