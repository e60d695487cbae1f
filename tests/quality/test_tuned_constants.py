"""The study of tuned constants finds every one, and changes one number at a time."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import shapiq_spex
from tests.quality.tuned_constants import (
    FACTORS,
    ROOMS,
    SCORES,
    Score,
    _kind,
    table,
    tuned_constants,
)

PACKAGE = Path(shapiq_spex.__file__).parent
FOUND = tuned_constants(PACKAGE)


def documented(room):
    """The constants of a room whose docstring, or that of their class, says that they are tuned."""
    for path in (PACKAGE / room).rglob("*.py"):
        module = path.relative_to(PACKAGE).as_posix()
        names = {c.name.split(" ")[0].split(".")[0] for c in FOUND if c.module == module}
        if path.name != "__init__.py":
            yield module, path.read_text(encoding="utf-8").count("Tuned"), len(names)


@pytest.mark.parametrize("room", ROOMS)
def test_every_constant_that_is_called_tuned_is_found(room):
    for module, mentions, names in documented(room):
        assert mentions == names, module


@pytest.mark.parametrize("factor", FACTORS)
def test_scaling_changes_one_number(factor):
    for constant in FOUND:
        source = (PACKAGE / constant.module).read_text(encoding="utf-8")
        before, after = (
            [n.value for n in ast.walk(ast.parse(s)) if isinstance(n, ast.Constant)]
            for s in (source, constant.scaled(source, factor))
        )
        changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        if isinstance(constant.value, float):
            assert changed == [(constant.value, factor * constant.value)]
        elif constant.value > 1:
            assert changed == [(constant.value, round(factor * constant.value))]


def test_constants_are_judged_where_they_matter():
    kinds = {c.name: _kind(Score(c.module, c.name)) for c in FOUND}
    assert {name for name, kind in kinds.items() if kind == "range"} == {
        "_FRUITLESS_ROUNDS",
        "_GROWTH_DEVIATION, _LARGEST_GROWTH [0]",
        "_GROWTH_DEVIATION, _LARGEST_GROWTH [1]",
        "_TERMS_OFF_CENTRE",
    }
    assert {name.split(" [")[0] for name, kind in kinds.items() if kind == "informed"} == {
        "_INFORMED_WIDTH",
        "_INFORMED_STEPS",
        "_LOG_TAU, _TAU_DEVIATION",
    }
    assert set(kinds.values()) <= set(SCORES)


def test_the_table_compares_each_version_with_the_package_as_it_is():
    scores = [
        Score("estimators", r_squared=0.9, shapley_error=0.1, seconds=10.0),
        Score("estimators/x.py", "A", 4.0, 0.5, 0.8, 0.2, 5.0),
        Score("estimators/x.py", "A", 4.0, 2.0, 0.95, 0.1, 20.0),
    ]
    line = table(scores).splitlines()[-1]
    assert line == "| `A` (estimators/x) | 4 | -0.1000 | +0.0500 | 2.00 | 1.00 | 0.50 | 2.00 |"
