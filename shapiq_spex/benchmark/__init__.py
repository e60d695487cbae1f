"""The benchmark: games x methods x budgets x seeds -> one results file -> tables and figures.

``python -m shapiq_spex.benchmark run results.csv`` runs what is not in the file yet. ``table``,
``claims`` and ``plot`` show what is in it, and ``record`` makes a small file of it to keep.
``run --suite players`` (or ``ten-thousand``, ``thousands``, ``scaling``) runs an experiment, and
the modules of :mod:`shapiq_spex.benchmark.studies` are commands of their own. ``all FOLDER``
measures everything. The last recorded results are in the folder ``recorded`` of the repository;
``publish`` makes its figures, its page of all tables, and the tables of the README.

``all`` takes about 17 CPU-hours on the machine of the recorded results, most of it for the test
suite: the sum of the recorded times, plus a twentieth for what is not timed. ``run --quick`` takes
half a minute.

The rooms, each of which imports only from those before it:

* :mod:`~shapiq_spex.benchmark.games`: what is benchmarked;
* :mod:`~shapiq_spex.benchmark.methods`: what is compared;
* :mod:`~shapiq_spex.benchmark.measuring`: how a method is run, limited, judged and recorded;
* :mod:`~shapiq_spex.benchmark.studies`: experiments beside the suites;
* :mod:`~shapiq_spex.benchmark.reporting`: tables, figures and claims, from recorded files alone.
"""

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST
from shapiq_spex.benchmark.measuring.cells import Limits
from shapiq_spex.benchmark.measuring.result_rows import Row, read_rows
from shapiq_spex.benchmark.measuring.runner import run
from shapiq_spex.benchmark.methods.all_methods import METHODS
from shapiq_spex.benchmark.methods.method import Ceiling, Explanation, Method, Request

__all__ = [
    "DEVELOPMENT",
    "METHODS",
    "TEST",
    "BenchmarkGame",
    "Ceiling",
    "Explanation",
    "Limits",
    "Method",
    "Request",
    "Row",
    "read_rows",
    "run",
]
