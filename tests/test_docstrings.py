"""Every example in a docstring runs, and every public name has one."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import textwrap
from importlib.util import find_spec

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


TORCH = all(find_spec(name) for name in ("torch", "transformers"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder().find(importlib.import_module(name)):
        source = "".join(example.source for example in test.examples)
        if TORCH or not re.search("import torch|from transformers", source):
            runner.run(test)
    assert runner.failures == 0


def raised(function):
    """The names of the exceptions that the code of a function raises itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raises = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    calls = [exc.func for exc in raises if isinstance(exc, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)}


def functions_of(name, thing):
    """A function, or the public methods and the constructors of a class, and their docstrings."""
    if not inspect.isclass(thing):
        return [(name, thing, thing.__doc__)]
    members = [
        (key, getattr(member, "fget", None) or getattr(member, "__func__", member))
        for kind in thing.__mro__
        if kind.__module__.startswith("shapiq_spex")
        for key, member in vars(kind).items()
    ]
    return [
        (f"{name}.{key}", member, thing.__doc__ if key.startswith("__") else member.__doc__)
        for key, member in members
        if inspect.isfunction(member)
        and (not key.startswith("_") or key in ("__init__", "__post_init__"))
        and member.__code__.co_filename != "<string>"  # which dataclasses write
    ]


@pytest.mark.parametrize("door", FRONT_DOORS)
def test_what_is_raised_is_documented(door):
    undocumented = [
        (label, error)
        for name in public_names(door)
        for label, function, documentation in functions_of(
            name, getattr(importlib.import_module(door), name)
        )
        for error in raised(function)
        if not re.search(rf"Raises:.*\b{error}:", documentation or "", re.DOTALL)
    ]
    assert undocumented == []


REFERENCE = re.compile(
    r":(?:mod|func|class|data|meth|attr|exc):`(?:[^`<]*<)?~?([\w.\s]+)>?`|``(shapiq_spex(?:\.\w+)+)``"
)


def leads_somewhere(target, module):
    """Whether a reference names something: by its full name, in the module or in its classes."""
    if target.startswith("shapiq_spex."):
        try:
            pkgutil.resolve_name(target)
        except (ImportError, AttributeError):
            return False
        return True
    first, *rest = target.split(".")
    for place in (module, *filter(inspect.isclass, vars(module).values())):
        if hasattr(place, first) or first in getattr(place, "__annotations__", {}):
            return not rest or hasattr(getattr(place, first), rest[0])
    return f"self.{first} = " in inspect.getsource(module)


@pytest.mark.parametrize("name", MODULES)
def test_references_lead_somewhere(name):
    module = importlib.import_module(name)
    found = ["".join(pair) for pair in REFERENCE.findall(inspect.getsource(module))]
    own = [target for target in found if not target.startswith(("shapiq.", "joblib."))]
    assert [target for target in own if not leads_somewhere(target, module)] == []


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
