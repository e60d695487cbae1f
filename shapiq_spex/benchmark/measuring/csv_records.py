"""Lists of dataclasses as CSV files, compressed if the file name ends in ``.gz``.

Fields are text, numbers, booleans or dataclasses of such; the columns are the fields in order.
Equal records give equal bytes, so that a recorded file changes only with its content.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)
else:
    Record = TypeVar("Record")

DIGITS = 4
"""Significant digits of recorded numbers; numbers of at least 0.99 get two more.

A choice: R2 is read by its distance from 1."""


def read_records(path: str | PathLike[str], kind: type[Record]) -> list[Record]:
    """Read a file; empty if it does not exist. An empty number is NaN.

    A last line without a line break, which an interrupted run leaves behind, is ignored.

    Raises:
        ValueError: If the columns are not those of ``kind``.
    """
    if not Path(path).exists():
        return []
    columns = _columns(kind)
    content = Path(path).read_bytes()
    if Path(path).suffix == ".gz":
        content = gzip.decompress(content)
    text = content[: content.rfind(b"\n") + 1].decode()
    lines = csv.reader(io.StringIO(text, newline=""))
    if next(lines, []) != columns:
        raise ValueError(f"{path} should have the columns {columns}")
    hints: dict[type, Mapping[str, Any]] = {}
    records: list[Record] = []
    for line in lines:
        if len(line) != len(columns):
            raise ValueError(f"{path}, line {lines.line_num}, should have {len(columns)} entries")
        records.append(_record(kind, iter(line), hints))
    return records


def write_records(path: str | PathLike[str], records: Iterable[Record], kind: type[Record]) -> None:
    """Write a file with rounded numbers. Columns called ``units`` are keys and not rounded."""
    content = _text([_columns(kind), *(_entries(record, DIGITS) for record in records)])
    if Path(path).suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    Path(path).write_bytes(content)


def append_records(
    path: str | PathLike[str],
    records: Iterable[Record],
    kind: type[Record],
    digits: int | None = None,
) -> None:
    """Append to an uncompressed file, which is created with its header if necessary.

    A last line that an interrupted run left unfinished is removed first. Numbers are rounded to
    ``digits`` (compare :data:`DIGITS`), if given.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+b") as file:
        file.seek(max(file.tell() - 1, 0))
        if file.read() != b"\n":
            file.seek(0)
            kept = file.read().rfind(b"\n") + 1
            file.truncate(kept)
            if not kept:
                file.write(_text([_columns(kind)]))
        file.write(_text(_entries(record, digits) for record in records))


def _columns(kind: Any) -> list[str]:
    columns: list[str] = []
    for name, hint in get_type_hints(kind).items():
        columns += _columns(hint) if is_dataclass(hint) else [name]
    return columns


def _record(kind: Any, entries: Iterator[str], hints: dict[type, Mapping[str, Any]]) -> Any:
    """A record from its entries; ``hints`` caches the types of the fields."""
    if kind not in hints:
        hints[kind] = get_type_hints(kind)

    def value(hint: Any) -> Any:
        if is_dataclass(hint):
            return _record(hint, entries, hints)
        entry = next(entries)
        if hint is float:
            return float(entry or math.nan)
        return int(entry) if hint is int else entry == "True" if hint is bool else entry

    return kind(**{name: value(hint) for name, hint in hints[kind].items()})


def _text(lines: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()


def _entries(record: Any, digits: int | None) -> Iterator[object]:
    for field in fields(record):
        entry = getattr(record, field.name)
        if is_dataclass(entry):
            yield from _entries(entry, digits)
        elif digits is not None and isinstance(entry, float) and field.name != "units":
            yield _rounded(entry, digits)
        else:
            yield entry


def _rounded(number: float, digits: int) -> str:
    if math.isnan(number):
        return ""
    return f"{number:.{digits}g}" if abs(number) < 0.99 else f"{number:.{digits + 2}g}"
