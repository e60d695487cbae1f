"""Compiled functions where numba finds no folder to keep them in."""

from __future__ import annotations

import subprocess
import sys

import pytest

NOWHERE = """
from numba.core import caching
for kind in (caching.CacheImpl, *caching.CacheImpl.__subclasses__()):
    kind._locator_classes = []
"""
"""As with a home and packages that can only be read. (Permissions do not bind every user.)"""

UNIMPORTABLE = """
import sys
class Broken:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "shapiq":
            raise RuntimeError("MESSAGE")
sys.meta_path.insert(0, Broken)
import shapiq_spex
"""


def run(script):
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )


def test_they_are_compiled_anew_and_one_warning_says_what_to_set():
    done = run(
        f"import shapiq_spex\n{NOWHERE}\n"
        "import shapiq_spex.coding.decoder\n"
        "import shapiq_spex.estimators.sparse.lasso\n"
        "import shapiq_spex.estimators.trees.tree_fourier\n"
        "from shapiq_spex._compiled import compiled\n"
        "print(compiled(lambda number: 2 * number)(3))\n"
    )
    assert (done.returncode, done.stdout) == (0, "6\n"), done.stderr
    assert done.stderr.count("RuntimeWarning: numba cannot keep compiled functions") == 1
    assert "set the environment variable NUMBA_CACHE_DIR" in done.stderr


def test_a_shapiq_that_cannot_be_imported_for_that_reason_says_what_to_set():
    done = run(UNIMPORTABLE.replace("MESSAGE", "cannot cache function 'f': no locator available"))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: shapiq cannot be imported")
    assert "NUMBA_CACHE_DIR" in last


def test_other_errors_of_shapiq_stay_what_they_are():
    done = run(UNIMPORTABLE.replace("MESSAGE", "something else"))
    assert done.stderr.splitlines()[-1] == "RuntimeError: something else"


@pytest.mark.parametrize("error", ["RuntimeError", "ValueError"])
def test_other_errors_of_numba_stay_what_they_are(error, monkeypatch):
    from shapiq_spex import _compiled

    def broken(cache=False):
        raise {"RuntimeError": RuntimeError, "ValueError": ValueError}[error]("something else")

    monkeypatch.setattr(_compiled, "njit", broken)
    with pytest.raises((RuntimeError, ValueError), match="something else"):
        _compiled.compiled(len)
