"""The rows of a results file: one per game, method, target, budget and seed.

Rows are appended as they are finished, so an interrupted run resumes where it stopped. All tables
and figures of the suites are made from such a file alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike

from shapiq_spex.benchmark.measuring.csv_records import read_records, write_records

NAN = float("nan")

Key = tuple[str, str, str, float, int]


@dataclass(frozen=True)
class Row:
    """One result.

    Attributes:
        game: Name of the game.
        family: ``"real"`` or ``"synthetic"``.
        n_players: Its number of players.
        method: Name of the method.
        target: ``"faithfulness"`` or the index that the method estimated.
        units: The budget in units of n log2 n.
        budget: The budget in ablations.
        seed: Seed of the method.
        status: ``"ok"``, ``"refused"`` (an exception), ``"crashed"``, ``"timed out"`` or
            ``"not run"``.
        message: What went wrong, if anything.
        r2: Held-out R2.
        r2_calibrated: Held-out R2 after the best affine map of the predictions.
        index_error: Normalised squared error of the index.
        support_f1: F1 of the recovered support, for planted games.
        n_terms: The number of recovered terms; -1 if the method recovers no spectrum.
        rows_asked: The number of coalitions evaluated.
        cpu_seconds: CPU time of the method without the game's.
        game_seconds: CPU time of the game.
        peak_mb: Growth of the peak resident memory during the run.
        environment: Versions, machine and date.
        top_k_recall: Share of the largest exact interactions among the largest estimated ones.
        insertion: Area under the insertion curve, for real games.
        deletion: Area under the deletion curve, for real games.
    """

    game: str
    family: str
    n_players: int
    method: str
    target: str
    units: float
    budget: int
    seed: int
    status: str = "ok"
    message: str = ""
    r2: float = NAN
    r2_calibrated: float = NAN
    index_error: float = NAN
    support_f1: float = NAN
    n_terms: int = -1
    rows_asked: int = 0
    cpu_seconds: float = NAN
    game_seconds: float = NAN
    peak_mb: float = NAN
    environment: str = ""
    top_k_recall: float = NAN
    insertion: float = NAN
    deletion: float = NAN

    @property
    def key(self) -> Key:
        """What identifies the row."""
        return (self.game, self.method, self.target, self.units, self.seed)

    @property
    def asked_share(self) -> float:
        """The share of the budget that was evaluated."""
        return self.rows_asked / self.budget

    @property
    def best_r2(self) -> float:
        """R2 with or without calibration, whichever is higher."""
        return max(self.r2, self.r2_calibrated)


def read_rows(path: str | PathLike[str]) -> list[Row]:
    """All rows of a results file; of several rows with the same key, the last.

    Raises:
        ValueError: If the file has other columns.
    """
    return list({row.key: row for row in read_records(path, Row)}.values())


def write_record(path: str | PathLike[str], rows: Iterable[Row]) -> None:
    """Write a small results file to keep, sorted and rounded."""
    write_records(path, sorted(rows, key=lambda row: row.key), Row)
