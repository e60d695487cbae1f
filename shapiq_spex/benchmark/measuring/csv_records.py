"""Lists of flat dataclasses as CSV files, compressed if the name of the file ends in ``.gz``.

The same records make the same bytes, so that a recorded file changes only with what is in it.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)
else:
    Record = TypeVar("Record")


def column_kinds(kind: type[DataclassInstance]) -> dict[str, Callable[[str], Any]]:
    """How the entries of each column are read; fields are of type str, int, float or bool."""
    readers = {"str": str, "int": int, "float": float, "bool": "True".__eq__}
    return {field.name: readers[str(field.type)] for field in fields(kind)}


def read_text(path: str | PathLike[str]) -> str:
    """The text of a file, all of its complete lines."""
    content = Path(path).read_bytes()
    if Path(path).suffix == ".gz":
        content = gzip.decompress(content)
    return content[: content.rfind(b"\n") + 1].decode()


def read_records(path: str | PathLike[str], kind: type[Record]) -> list[Record]:
    """Read what :func:`write_records` wrote; an empty number is NaN.

    Raises:
        ValueError: If the columns are not the fields of ``kind``.
    """
    columns = column_kinds(kind)
    lines = csv.reader(io.StringIO(read_text(path), newline=""))
    if next(lines, []) != list(columns):
        raise ValueError(f"{path} should have the columns {list(columns)}")
    return [
        kind(
            **{
                name: math.nan if reader is float and not entry else reader(entry)
                for (name, reader), entry in zip(columns.items(), line, strict=True)
            }
        )
        for line in lines
    ]


def write_records(
    path: str | PathLike[str], records: Sequence[Record], kind: type[Record], digits: int = 4
) -> None:
    """Write records with so many significant digits.

    Numbers just below 1 keep two digits more, for the sake of their distance from 1, and columns
    called ``units``, which identify records, keep all.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(kind))
    for record in records:
        writer.writerow(
            entry if name == "units" else _short(entry, digits)
            for name, entry in asdict(record).items()
        )
    content = text.getvalue().encode()
    if Path(path).suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    Path(path).write_bytes(content)


def _short(entry: object, digits: int) -> object:
    if not isinstance(entry, float):
        return entry
    if math.isnan(entry):
        return ""
    return f"{entry:.{digits}g}" if abs(entry) < 0.99 else f"{entry:.{digits + 2}g}"
