"""What half and twice of every tuned constant cost.

A tuned constant is a number in a module-level assignment, or in the defaults of a class, whose
docstring contains the word "Tuned". The study scales one number at a time in a copy of the package
and scores the copy in a process of its own, always on the same rows and seeds::

    python tests/quality/tuned_constants.py run tests/quality/constants.csv
    python tests/quality/tuned_constants.py table tests/quality/constants.csv

Estimators are scored by held-out R2 of fits to uniform coalitions and by the error of Shapley
values on development games (those of trees as the proxy "lightgbm"), what matters off the centre by
the R2 of fits to the law "range" with half, one in ten and a few players removed, the informed
kernel by R2 on the tables and training rows of
:mod:`shapiq_spex.benchmark.studies.known_players`, the surrogate by the error of Shapley values of
30 players, and coding by held-out R2 on planted flat functions.
Constants of the intervals are not scored here:
they were chosen by ``python -m shapiq_spex.benchmark.studies.coverage run FILE --tuning``.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import shapiq_spex
from shapiq_spex import SPEX, ProxySPEX
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, available
from shapiq_spex.benchmark.games.guided_games import KNOWN_PLAYERS
from shapiq_spex.benchmark.games.known_indices import known_indices
from shapiq_spex.benchmark.games.planted_functions import planted_game
from shapiq_spex.benchmark.games.size_regions import JudgedRegions
from shapiq_spex.benchmark.games.suites import DEVELOPMENT
from shapiq_spex.benchmark.measuring.csv_records import DIGITS, append_records, read_records
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.measuring.metrics import faithfulness, index_error
from shapiq_spex.benchmark.studies.known_players import UNITS, explained
from shapiq_spex.fourier.terms import Term

ROOMS = ("coding", "designs", "estimators", "surrogate")
"""The rooms with tuned constants."""

FACTORS = (0.5, 2.0)
"""What each constant is multiplied by."""

_GAMES = (
    "wine13 network",
    "diabetes10 forest",
    "cancer30 forest",
    "valuation100 ridge diabetes",
    "hierarchical64 k30 noise 0.3 s1",
)
_UNITS, _SEEDS = (0.5, 1.0, 4.0), 2
"""Budgets in n log2 n, and seeds: a choice that limits the time of a version to half a minute."""

_RANGE_GAMES, _REGIONS = _GAMES[:4], ("half", "p 0.9", "near")
"""Games and regions of coalitions that fits to the law "range" are judged on."""

_OFF_CENTRE = ("_GROWTH_DEVIATION", "_TERMS_OFF_CENTRE", "_FRUITLESS_ROUNDS")
"""How the names of constants start that matter for lopsided rows, beside those of expansions."""

_INFORMED = ("_INFORMED_WIDTH", "_INFORMED_STEPS", "_LOG_TAU")
"""How the names of constants of the informed kernel start."""

_KNOWN_GAMES = (
    "cancer30 boosting",
    "cancer30 network marginal",
    "valuation100 neighbours wine",
    "valuation100 ridge diabetes",
)
"""Games whose players are known that need no download."""

_FLAT, _FLAT_UNITS = ((64, 20, 0.0), (100, 60, 0.0), (100, 30, 0.3)), (2.0, 4.0, 8.0)
"""Flat functions (players, terms, noise) and budgets. The smaller budgets are just too small to
decode everything (a choice)."""


@dataclass(frozen=True)
class Constant:
    """A number in the source of a module.

    Attributes:
        module: The file, relative to the package.
        name: What is assigned, with the place of the number if there are several.
        value: The number.
        line: Its line, counted from 1.
        columns: Where it starts and ends in the line.
    """

    module: str
    name: str
    value: float
    line: int
    columns: slice

    def scaled(self, source: str, factor: float) -> str:
        """The source with the number scaled; integers stay integers of at least 1."""
        lines = source.splitlines(keepends=True)
        scaled = factor * self.value
        text = repr(max(1, round(scaled)) if isinstance(self.value, int) else scaled)
        line = lines[self.line - 1]
        lines[self.line - 1] = line[: self.columns.start] + text + line[self.columns.stop :]
        return "".join(lines)


@dataclass(frozen=True)
class Score:
    """The quality of the package with one constant scaled.

    Attributes:
        module: The file with the constant, or a room for the package as it is.
        constant: The constant; empty for the package as it is.
        value: Its value.
        factor: What it was multiplied by.
        r_squared: Held-out R2, the mean over games, budgets and seeds; NaN if a run failed.
        shapley_error: Squared error of the Shapley values over their squared exact values, the
            geometric mean over the enumerable games; NaN for coding.
        seconds: CPU time.
    """

    module: str
    constant: str = ""
    value: float = float("nan")
    factor: float = 1.0
    r_squared: float = float("nan")
    shapley_error: float = float("nan")
    seconds: float = float("nan")


def tuned_constants(package: Path) -> list[Constant]:
    """All tuned constants of a package."""
    return [
        constant
        for room in ROOMS
        for path in sorted((package / room).rglob("*.py"))
        for constant in _constants_of(path, path.relative_to(package).as_posix())
    ]


def _constants_of(path: Path, module: str) -> Iterator[Constant]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for node, following in pairwise(body):
        match node, following:
            case ast.Assign(targets=[target]), ast.Expr(value=ast.Constant(value=str(text))):
                if "Tuned" in text:
                    yield from _numbers(node.value, ast.unparse(target).strip("()"), module)
            case ast.ClassDef(), _ if "Tuned" in (ast.get_docstring(node) or ""):
                for field in node.body:
                    if isinstance(field, ast.AnnAssign) and field.value is not None:
                        name = f"{node.name}.{ast.unparse(field.target)}"
                        yield from _numbers(field.value, name, module)
            case _:
                pass


def _numbers(expression: ast.expr, name: str, module: str) -> Iterator[Constant]:
    numbers = [
        (node, node.value)
        for node in ast.walk(expression)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and node.value
    ]
    for place, (node, value) in enumerate(numbers):
        label = name if len(numbers) == 1 else f"{name} [{place}]"
        yield Constant(
            module, label, value, node.lineno, slice(node.col_offset, node.end_col_offset)
        )


def score_proxy(proxy_model: str) -> tuple[float, float]:
    """Held-out R2 and the error of Shapley values of a proxy on development games."""
    make = partial(ProxySPEX, proxy_model=proxy_model, hpo=False)
    r_squared: list[float] = []
    errors: list[float] = []
    for game in available([DEVELOPMENT[name] for name in _GAMES]):
        exact = known_indices(game)["SV"] if game.is_enumerable else {}
        for units in _UNITS:
            for seed in range(_SEEDS):
                r_squared.append(_held_out_r_squared(make, game, units, seed))
                if exact:
                    errors.append(_shapley_error(make, game, exact, units, seed))
    return float(np.mean(r_squared)), float(np.exp(np.mean(np.log(errors))))


def score_range() -> tuple[float, float]:
    """R2 of fits to the law "range", where half, one in ten and a few players are removed."""
    r_squared: list[float] = []
    for game in available([DEVELOPMENT[name] for name in _RANGE_GAMES]):
        judged = JudgedRegions(game)
        for units, seed in product(_UNITS, range(_SEEDS)):
            approximator = ProxySPEX(
                n=game.n_players, index="FBII", max_order=2, random_state=seed, keep="range"
            )
            approximator.approximate(game.budget(units), game.value)
            scores = judged.scores(approximator.spectrum_.evaluate)
            r_squared.extend(max(-1.0, scores[region][0]) for region in _REGIONS)
    return float(np.mean(r_squared)), float("nan")


def score_informed() -> tuple[float, float]:
    """Held-out R2 where something is known of the players."""
    cases = product([KNOWN_PLAYERS[name]() for name in _KNOWN_GAMES], UNITS, range(_SEEDS))
    r_squared = [
        max(-1.0, explained(game, known, units, seed).r2) for (game, known), units, seed in cases
    ]
    return float(np.mean(r_squared)), float("nan")


def score_surrogate() -> tuple[float, float]:
    """The error of Shapley values of a forest whose spectrum is known."""
    game = DEVELOPMENT["cancer30 forest"]()
    exact = known_indices(game)["SV"]
    cases = product(_UNITS, range(_SEEDS))
    errors = [_shapley_error(ProxySPEX, game, exact, units, seed) for units, seed in cases]
    return float("nan"), float(np.exp(np.mean(np.log(errors))))


def score_coding() -> tuple[float, float]:
    """Held-out R2 of SPEX on planted flat functions."""
    r_squared = [
        _held_out_r_squared(SPEX, game, units, seed)
        for n_players, terms, noise in _FLAT
        for game in [planted_game("flat", n_players, terms, noise=noise, seed=1)]
        for units in _FLAT_UNITS
        for seed in range(_SEEDS)
    ]
    return float(np.mean(r_squared)), float("nan")


def _shapley_error(
    make: Callable[..., SPEX | ProxySPEX],
    game: BenchmarkGame,
    exact: dict[Term, float],
    units: float,
    seed: int,
) -> float:
    approximator = make(n=game.n_players, index="SV", max_order=1, random_state=seed)
    values = approximator.approximate(game.budget(units), game.value)
    return index_error({t: float(values[t]) for t in exact}, exact)


def _held_out_r_squared(
    make: Callable[..., SPEX | ProxySPEX], game: BenchmarkGame, units: float, seed: int
) -> float:
    law = {} if make is SPEX else {"keep": "uniform"}
    approximator = make(n=game.n_players, index="FBII", max_order=2, random_state=seed, **law)
    approximator.approximate(game.budget(units), game.value)
    predicted = approximator.spectrum_(game.held_out)
    return max(-1.0, faithfulness(game.held_out_values, predicted))


def measure(path: Path) -> None:
    """Score the package as it is and with every constant scaled; finished scores are kept."""
    done = {(row.module, row.constant, row.factor) for row in read_records(path, Score)}
    with TemporaryDirectory() as folder:
        package = Path(folder) / "shapiq_spex"
        shutil.copytree(
            Path(shapiq_spex.__file__).parent,
            package,
            ignore=shutil.ignore_patterns("__pycache__", "recorded"),
        )
        wanted: list[tuple[Score, Constant | None]] = [
            *((Score(kind), None) for kind in SCORES),
            *(
                (Score(constant.module, constant.name, constant.value, factor), constant)
                for constant in tuned_constants(package)
                for factor in FACTORS
            ),
        ]
        for score, constant in wanted:
            if (score.module, score.constant, score.factor) not in done:
                append_records(path, [_scored(package, score, constant)], Score, DIGITS + 2)


def _scored(package: Path, score: Score, constant: Constant | None) -> Score:
    path = package / (constant.module if constant else "__init__.py")
    source, times = path.read_text(encoding="utf-8"), path.stat()
    if constant is not None:
        path.write_text(constant.scaled(source, score.factor), encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, __file__, "score", _kind(score)],
            env=os.environ | {"PYTHONPATH": str(package.parent), "OMP_NUM_THREADS": "1"},
            cwd=package.parent,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        path.write_text(source, encoding="utf-8")
        os.utime(path, (times.st_atime, times.st_mtime))  # so that compiled code stays valid
    if done.returncode:
        return score  # some constants must not exceed others
    r_squared, shapley_error, seconds = json.loads(done.stdout)
    return replace(score, r_squared=r_squared, shapley_error=shapley_error, seconds=seconds)


def table(scores: list[Score]) -> str:
    """Changes of R2, and ratios of Shapley errors and CPU time, for half and twice of each."""
    whole = {score.module: score for score in scores if not score.constant}
    found = {(s.module, s.constant, s.factor): s for s in scores if s.constant}
    lines: list[list[str]] = []
    for module, constant in dict.fromkeys(key[:2] for key in found):
        versions = [found.get((module, constant, factor), Score(module)) for factor in FACTORS]
        base = whole[_kind(versions[0])]
        lines.append(
            [
                f"`{constant}` ({module.removesuffix('.py')})",
                f"{versions[0].value:g}",
                *(f"{version.r_squared - base.r_squared:+.4f}" for version in versions),
                *(f"{version.shapley_error / base.shapley_error:.2f}" for version in versions),
                *(f"{version.seconds / base.seconds:.2f}" for version in versions),
            ]
        )
    head = ["constant", "value", *("R2, half", "R2, twice"), *("SV error, half", "twice")]
    page = markdown_table([*head, "CPU, half", "twice"], lines)
    return page.replace("+nan", "").replace("nan", "")


def _kind(score: Score) -> str:
    """Which score tells the quality."""
    if score.module == "range" or score.constant.startswith(_OFF_CENTRE):
        return "range"
    if score.module == "informed" or score.constant.startswith(_INFORMED):
        return "informed"
    if score.module.startswith(("coding", "designs")):
        return "coding"
    if score.module.startswith(("trees", "estimators/trees")):
        return "trees"
    return "surrogate" if score.module.startswith("surrogate") else "estimators"


SCORES: dict[str, Callable[[], tuple[float, float]]] = {
    "coding": score_coding,
    "estimators": partial(score_proxy, "auto"),
    "range": score_range,
    "informed": score_informed,
    "trees": partial(score_proxy, "lightgbm"),
    "surrogate": score_surrogate,
}


def _score(kind: str) -> None:
    started = time.process_time()
    scores = SCORES[kind]()
    print(json.dumps([*scores, time.process_time() - started]))


if __name__ == "__main__":
    command, argument = sys.argv[1:]
    if command == "score":
        _score(argument)
    else:
        if command == "run":
            measure(Path(argument))
        print(table(read_records(Path(argument), Score)))
