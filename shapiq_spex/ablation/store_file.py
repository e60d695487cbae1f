"""How SQLite opens an answer store, and what its errors mean."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

LOCK_TIMEOUT = 60.0
"""Seconds. A choice; bounds the wait for a process that died while it held the lock."""

_EXPLANATIONS = {
    "SQLITE_FULL": "the disk is full; make room and run again",
    "SQLITE_IOERR": "the disk refused the operation (full, over a quota, or failing)",
    "SQLITE_READONLY": "the file or its folder is read-only",
    "SQLITE_PERM": "access is not permitted",
    "SQLITE_CANTOPEN": "does its folder exist, and may you write there?",
    "SQLITE_BUSY": "another process has kept it locked for a minute",
    "SQLITE_LOCKED": "another process has kept it locked for a minute",
    "SQLITE_CORRUPT": "it is damaged; move it away, or restore a copy",
    "SQLITE_NOTADB": "it is not an answer store (or is damaged); choose another file",
}


class StoreError(RuntimeError):
    """A store of answers cannot be used; the answers in it are untouched.

    Example:
        >>> from shapiq_spex.ablation import AnswerStore
        >>> AnswerStore("nowhere.sqlite")
        Traceback (most recent call last):
        shapiq_spex.ablation.store_file.StoreError: there is no answer store nowhere.sqlite
    """


class ReadOnlyError(StoreError):
    """Where SQLite cannot create the files that writing needs."""


_READ_ONLY = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")


def use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log (SQLite does not wait for locks while doing this)."""
    deadline = time.monotonic() + LOCK_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    # with a write-ahead log NORMAL survives kill -9; only a power cut may lose the last batches
    connection.execute("PRAGMA synchronous = NORMAL")


def read_only_address(path: Path, error: StoreError) -> str:
    """The address under which SQLite only reads a file that nobody can write to."""
    log = path.with_name(path.name + "-wal")
    if log.is_file() and log.stat().st_size:
        raise StoreError(
            f"the answer store {path} cannot be read where it is: the file {log.name} beside it "
            "holds answers that SQLite must merge, and the folder is read-only; copy both files to "
            "a folder that can be written to"
        ) from error
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


@contextmanager
def explained_errors(path: Path, action: str) -> Generator[None]:
    """Turn errors of SQLite into a :class:`StoreError` that says what to do."""
    try:
        yield
    except (MemoryError, OverflowError, UnicodeDecodeError) as error:  # a length or a name
        raise StoreError(
            f"the answer store {path} cannot be {action}: it is damaged; move it away, or restore "
            f"a copy ({error!r}). Answers already in it are untouched"
        ) from error
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        reason = next(
            (text for code, text in _EXPLANATIONS.items() if name.startswith(code)), str(error)
        )
        kind = ReadOnlyError if name.startswith(_READ_ONLY) else StoreError
        raise kind(
            f"the answer store {path} cannot be {action}: {reason} ({error}). "
            "Answers already in it are untouched"
        ) from error
