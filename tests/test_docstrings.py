"""Every example in a docstring runs, and every public name has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import shapiq_spex

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(shapiq_spex.__path__, "shapiq_spex.")
    if not module.name.endswith("__main__")
)

FRONT_DOORS = [
    "shapiq_spex",
    *(f"shapiq_spex.{room}" for room in ("ablation", "games", "optimisation", "plots", "reports")),
]


def public_names(door):
    """The classes and functions that a package exports."""
    return [
        name
        for name, thing in vars(importlib.import_module(door)).items()
        if not name.startswith("_") and (inspect.isclass(thing) or inspect.isroutine(thing))
    ]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0


@pytest.mark.parametrize("name", [name for name in vars(shapiq_spex) if name[0].isupper()])
def test_public_classes_are_documented(name):
    documentation = getattr(shapiq_spex, name).__doc__
    assert documentation
    assert "Args:" in documentation or "Attributes:" in documentation


@pytest.mark.parametrize("door", FRONT_DOORS)
def test_public_names_have_examples(door):
    exported = importlib.import_module(door)
    without = [
        name for name in public_names(door) if ">>>" not in (getattr(exported, name).__doc__ or "")
    ]
    assert without == []
