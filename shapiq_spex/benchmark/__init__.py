"""The benchmark: games x methods x budgets x seeds -> one results file -> tables and figures.

``python -m shapiq_spex.benchmark run results.csv`` runs what is missing in the file; ``table``,
``claims`` and ``plot`` show what is in it, and ``record`` makes a small file of it to keep.
``run --suite players``, ``ten-thousand``, ``thousands`` and ``scaling``, ``sparsity`` and
``coldstart`` are experiments with files of their own. ``all FOLDER`` does all of it, and measures
decoding, intervals and forecasts as well. What was last recorded is in the folder ``recorded``, and
``publish`` makes its figures, its page of all tables and those of the README.

On the machine of the recorded results ``all`` takes some 17 CPU-hours, about nine and a half hours
on two cores (``--jobs 2``): twelve for the test suite, nearly three for the experiments, the others
for decoding, intervals and forecasts. (These are sums of recorded times, with a twentieth added for
what has none: training the games, compiling, judging.) ``run --quick`` takes half a minute.
"""

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST
from shapiq_spex.benchmark.measuring.cells import Limits
from shapiq_spex.benchmark.measuring.results_file import Row, read_rows
from shapiq_spex.benchmark.measuring.runner import run
from shapiq_spex.benchmark.methods.all_methods import METHODS
from shapiq_spex.benchmark.methods.method import Ceiling, Explanation, Method

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
