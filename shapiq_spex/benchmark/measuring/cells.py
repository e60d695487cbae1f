"""One cell of the benchmark: a game, a method, a budget and a seed, run and judged.

For methods whose rows depend on it, the target is part of the cell as well. A cell always yields
rows, whatever happens in it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.measuring.meter import MeteredGame, fresh_peak_mb, peak_mb, time_limit
from shapiq_spex.benchmark.measuring.metrics import (
    calibrated_faithfulness,
    faithfulness,
    index_error,
    insertion_and_deletion,
    support_f1,
    top_k_recall,
)
from shapiq_spex.benchmark.measuring.result_rows import NAN, Row
from shapiq_spex.benchmark.methods.method import FAITHFULNESS, Explanation, Method, Request
from shapiq_spex.fourier.terms import Term, Vector

_MESSAGE_LENGTH = 200  # characters kept of an error message; a choice


@dataclass(frozen=True)
class Limits:
    """What a cell may cost; the defaults are choices that bound the time of the whole suite.

    Attributes:
        cell: CPU seconds of the method in one cell. Beyond that, the row is ``"timed out"``, and
            the cell is not run with other seeds.
        memory_gb: Address space that a cell may take in addition to what its process had before.
    """

    cell: float = 300.0
    memory_gb: float = 6.0


@dataclass(frozen=True)
class Cell:
    """One run of a method on a game.

    Attributes:
        game: The game.
        known: The indices that methods are compared with, by name.
        method: The method.
        targets: What the run serves; each fills one row.
        units: The budget in units of n log2 n.
        seed: Seed of the method.
    """

    game: BenchmarkGame
    known: Mapping[str, Mapping[Term, float]]
    method: Method
    targets: tuple[str, ...]
    units: float
    seed: int

    @property
    def budget(self) -> int:
        """The number of ablations allowed."""
        return self.game.budget(self.units)

    @property
    def rows(self) -> list[Row]:
        """The rows of the cell without results."""
        return [
            Row(
                game=self.game.name,
                family=self.game.family,
                n_players=self.game.n_players,
                method=self.method.name,
                target=target,
                units=self.units,
                budget=self.budget,
                seed=self.seed,
            )
            for target in self.targets
        ]


def run_cell(cell: Cell, limits: Limits) -> list[Row]:
    """Run a cell in this process and measure it; an exception becomes the status of its rows.

    The system may end the process when the time is up.
    """
    game = cell.game
    clock = MeteredGame(game)
    request = Request(clock, game.n_players, cell.budget, cell.seed, cell.targets[0])
    memory = fresh_peak_mb()
    started = time.process_time()
    try:
        with time_limit(limits.cell, clock):
            explanation = cell.method.explain(request)
        status, message = "ok", ""
    except ImportError as error:  # not a fault of the method
        explanation, status, message = None, "not run", f"a package is missing: {error}"
    except Exception as error:  # a refusal is a result
        sentence = " ".join(str(error).split())[:_MESSAGE_LENGTH]
        explanation, status, message = None, "refused", f"{type(error).__name__}: {sentence}"
    spent = time.process_time() - started - clock.seconds
    if spent >= limits.cell:
        explanation, status, message = None, "timed out", f"after {limits.cell:g} CPU-s"
    rows = [
        replace(
            row,
            status=status,
            message=message,
            rows_asked=clock.rows,
            cpu_seconds=round(spent, 4),
            game_seconds=round(clock.seconds, 4),
            # the memory of each cell in a shared process is unknown
            peak_mb=NAN if cell.method.warm_up == "apart" else round(peak_mb() - memory, 1),
        )
        for row in cell.rows
    ]
    if explanation is None:
        return rows
    unseen = clock.unseen()
    return [_judged(cell, explanation, unseen, row) for row in rows]


def _judged(cell: Cell, explanation: Explanation, unseen: NDArray[np.bool_], row: Row) -> Row:
    """The row with its quality filled in."""
    try:
        row = _with_faithfulness(cell, explanation, unseen, row)
        row = _with_index(cell, explanation, row)
        return _with_support(cell, explanation, row)
    except Exception as error:  # an unusable explanation is a result, too
        return replace(row, status="refused", message=f"unusable: {type(error).__name__}: {error}")


def _with_faithfulness(
    cell: Cell, explanation: Explanation, unseen: NDArray[np.bool_], row: Row
) -> Row:
    """R2 on coalitions that were not evaluated, if the method defines a function of them."""
    game = cell.game
    if explanation.predict is None or not cell.method.predicts:
        return row
    predicted = explanation.predict(game.held_out[unseen])
    values = game.held_out_values[unseen]
    return replace(
        row,
        r2=faithfulness(values, predicted),
        r2_calibrated=calibrated_faithfulness(values, predicted),
    )


def _with_index(cell: Cell, explanation: Explanation, row: Row) -> Row:
    """Distance from the known index and, on real games, insertion and deletion.

    A row for faithfulness orders the players by the first order of FBII, or of the only index that
    the method estimates.
    """
    game = cell.game
    is_index = row.target != FAITHFULNESS
    if explanation.index_values is None or not (is_index or game.family == "real"):
        return row
    values = explanation.index_values(row.target if is_index else "FBII")
    if is_index:
        known = cell.known[row.target]
        row = replace(
            row,
            index_error=index_error(values, known),
            top_k_recall=top_k_recall(values, known),
        )
    if game.family == "real":
        effects: Vector = np.array([values.get((player,), 0.0) for player in range(game.n_players)])
        insertion, deletion = insertion_and_deletion(game.value, effects, game.held_out_values)
        row = replace(row, insertion=insertion, deletion=deletion)
    return row


def _with_support(cell: Cell, explanation: Explanation, row: Row) -> Row:
    """The number of recovered terms and, for planted games, their F1."""
    planted = cell.game.spectrum
    if explanation.spectrum is None:
        return row
    found = set(explanation.spectrum.terms())
    row = replace(row, n_terms=len(found - {()}))
    return row if planted is None else replace(row, support_f1=support_f1(found, planted.terms()))
