"""Every example in a docstring runs, and every public name has one where it can."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import shapiq_spex

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(shapiq_spex.__path__, "shapiq_spex.")
    if not module.name.endswith("__main__")
)


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
