"""The benchmark: games x methods x budgets x seeds -> one results file -> tables and figures.

``python -m shapiq_spex.benchmark run results.csv`` runs what is missing in the file; ``table`` and
``plot`` show what is in it.
"""

from shapiq_spex.benchmark.cells import Limits
from shapiq_spex.benchmark.competitors import METHODS
from shapiq_spex.benchmark.games import BenchmarkGame
from shapiq_spex.benchmark.methods import Ceiling, Explanation, Method
from shapiq_spex.benchmark.results import Row, read_rows
from shapiq_spex.benchmark.runner import run
from shapiq_spex.benchmark.suites import DEVELOPMENT, TEST

__all__ = [
    "DEVELOPMENT",
    "METHODS",
    "TEST",
    "BenchmarkGame",
    "Ceiling",
    "Explanation",
    "Limits",
    "Method",
    "Row",
    "read_rows",
    "run",
]
