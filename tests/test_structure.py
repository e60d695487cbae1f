"""The architecture, kept by a test: imports run downward only, and heavy things come late."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import shapiq_spex

PACKAGE = Path(shapiq_spex.__file__).parent

BELOW = {  # what each room may import from this package, beside itself
    "fourier": set(),
    "coding": {"fourier"},
    "estimators": {"fourier"},
    "ablation": {"fourier"},
    "optimisation": {"fourier"},
    "intervals": {"estimators", "fourier"},
    "reports": {"ablation", "fourier", "intervals"},
    "approximators": {"ablation", "coding", "estimators", "fourier", "intervals", "reports"},
}
KNOWS_SHAPIQ = {
    "_registry",
    "ablation",
    "approximators",
    "benchmark",
    "__main__",
    "games",
    "plots",
    "reports",
}


def imports(path):
    """The absolute names a file imports, wherever the statement stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} uses a relative import"
            yield node.module


@pytest.mark.parametrize("room", BELOW)
def test_rooms_import_only_what_lies_below_them(room):
    for path in (PACKAGE / room).rglob("*.py"):
        for name in imports(path):
            if name.startswith("shapiq_spex."):
                assert name.split(".")[1] in BELOW[room] | {room}, f"{path.name} imports {name}"


def test_the_picture_in_the_contributing_guide_is_the_code():
    guide = (Path(__file__).parents[1] / ".github" / "CONTRIBUTING.md").read_text()
    arrows = set(re.findall(r"^ +(\w+) --> (\w+)$", guide, re.MULTILINE))
    used = {
        (path.relative_to(PACKAGE).parts[0], name.split(".")[1])
        for path in PACKAGE.glob("*/**/*.py")
        for name in imports(path)
        if name.startswith("shapiq_spex.")
    }
    used = {(room, other) for room, other in used if room != other}
    assert arrows <= used, "the picture has arrows that no import needs"
    reached = set(arrows)
    while further := {(a, d) for a, b in reached for c, d in arrows if b == c} - reached:
        reached |= further
    assert used <= reached, "the picture lacks arrows"
    assert not any(room == other for room, other in reached), "imports run in a circle"


def test_only_some_rooms_know_shapiq():
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in KNOWS_SHAPIQ:
            assert not {n for n in imports(path) if n.split(".")[0] == "shapiq"}, path


def test_nothing_heavy_is_imported_before_it_is_needed():
    """Beyond what shapiq imports itself."""
    script = (
        "import sys, shapiq; before = set(sys.modules); import shapiq_spex; "
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numba", "galois", "lightgbm", "xgboost", "torch", "dask", "ray"} & set(loaded)
