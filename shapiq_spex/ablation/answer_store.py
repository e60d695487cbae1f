"""Answers on disk: one SQLite file per game, written as the answers arrive.

The file is an append-only log. Each batch of answers is one row: the packed coalitions, their
values as little-endian float64, and a CRC-32 of both, of their shape and of the game (in files of
version 0.1, of both alone), so that a damaged byte is noticed. Appending is one small transaction
in the write-ahead log of SQLite, so a process may be killed at any moment, and several processes
may share a file. They read each other's answers between batches but do not reserve coalitions:
what one begins to ask before another has stored its answer is asked, and paid for, by both, and the
first answer counts.

Reading walks through the log once, without holding it in memory. (A table with one row per
coalition would need an index by coalition. Its keys come in random order, so that each insertion
would write to another page of the file.)
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._argument_checks import (
    check_integer,
    check_path,
    check_type,
)
from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answers import check_outputs
from shapiq_spex.ablation.fingerprint import game_fingerprint
from shapiq_spex.ablation.game_call import GameLike
from shapiq_spex.ablation.repeats import wanted_answers
from shapiq_spex.ablation.store_file import (
    LOCK_TIMEOUT,
    ReadOnlyError,
    StoreError,
    explained_errors,
    read_only_address,
    use_write_ahead_log,
)
from shapiq_spex.fourier.coalitions import Coalitions

_APPLICATION_ID = 0x53504558  # "SPEX" in ASCII, marks the file as an answer store
_FORMAT = 2
_OLD_FORMAT = 1
"""Its checksums cover neither the shape of the answers nor the game."""
_CREATE = (
    "CREATE TABLE game (fingerprint TEXT NOT NULL, n_players INTEGER NOT NULL)",
    # outputs: 0 for one number per coalition, k for k numbers
    "CREATE TABLE answers (id INTEGER PRIMARY KEY, outputs INTEGER NOT NULL, "
    "coalitions BLOB NOT NULL, numbers BLOB NOT NULL, checksum INTEGER NOT NULL)",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_FORMAT}",
)


class AnswerStore:
    """The answers of one game, kept in a file.

    Args:
        path: The file. On a read-only medium it can be read, but not added to.
        fingerprint: The game whose answers these are, together with ``n_players``. A missing file
            is then created, and the file of another game refused. Without it the file must exist.
        n_players: The number of players of that game.

    Raises:
        StoreError: If the file cannot be used, or belongs to another game.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> pairs = Coalitions.from_dense([[True, False], [True, True]])
        >>> path = Path(folder.name) / "answers.sqlite"
        >>> with AnswerStore(path, fingerprint="demo", n_players=2) as store:
        ...     store.add(pairs, np.array([1.0, 3.0]))
        >>> with AnswerStore(path) as store:
        ...     store.answers()
        (Coalitions(2 of 2 players), array([1., 3.]))
        >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        fingerprint: str | None = None,
        n_players: int | None = None,
    ) -> None:
        check_path(path, "path")
        check_type(fingerprint, str | None, "fingerprint must be a text or None")
        check_integer(n_players, "n_players", least=1, optional=fingerprint is None)
        self.path = Path(path)
        self._version: int | None = None
        if fingerprint is None and not self.path.is_file():
            raise StoreError(f"there is no answer store {self.path}")
        try:
            self._open(str(self.path), fingerprint, n_players, writing=True)
        except ReadOnlyError as error:
            if not self.path.is_file():
                raise
            self._open(read_only_address(self.path, error), fingerprint, n_players, writing=False)

    def _open(
        self, address: str, fingerprint: str | None, n_players: int | None, *, writing: bool
    ) -> None:
        with explained_errors(self.path, "opened"):
            self._connection = sqlite3.connect(
                address, timeout=LOCK_TIMEOUT, isolation_level=None, uri=not writing
            )
        try:
            with explained_errors(self.path, "opened"):
                found = self._identify(fingerprint, n_players)
                self.fingerprint, self.n_players, self._format = found
                if writing:
                    use_write_ahead_log(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def check_writable(self) -> None:
        """Refuse a store that cannot be added to, before answers for it are paid.

        Raises:
            StoreError: If it cannot be written to.
        """
        with explained_errors(self.path, "written to"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:  # SQLite refuses to change a read-only file, but not to begin
                self._connection.execute("UPDATE game SET n_players = n_players")
            finally:
                self._connection.execute("ROLLBACK")

    def find(
        self, coalitions: Coalitions, earlier_answers: int = 0
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Look up answers.

        Args:
            coalitions: Distinct coalitions.
            earlier_answers: How many answers to each coalition to pass over.

        Returns:
            Which coalitions have an answer here, and the answers of those, in their order.

        Raises:
            StoreError: If the file is damaged or cannot be read.
        """
        found = np.zeros(len(coalitions), dtype=np.bool_)
        values: NDArray[np.float64] | None = None
        for rows, numbers in self.search(coalitions, earlier_answers).new_answers():
            if values is None:
                values = np.empty((len(coalitions), *numbers.shape[1:]))
            check_outputs(values, numbers)
            values[rows] = numbers
            found[rows] = True
        return found, np.empty(0) if values is None else values[found]

    def search(self, coalitions: Coalitions, earlier_answers: int = 0) -> StoreSearch:
        """Begin a search that can be continued when other processes have added answers."""
        return StoreSearch(self, coalitions, earlier_answers)

    def changed_by_others(self) -> bool:
        """Whether another process has added answers since the last call of this method."""
        with explained_errors(self.path, "read"):
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        before, self._version = self._version, version
        return before not in (None, version)

    def add(self, coalitions: Coalitions, values: NDArray[np.float64]) -> None:
        """Append answers; they are safe on return.

        Raises:
            StoreError: If they could not be written; the answers added before are untouched.
        """
        if len(coalitions) == 0:
            return
        packed = coalitions.packed.tobytes()
        numbers = np.ascontiguousarray(values, dtype="<f8").tobytes()
        outputs = values.shape[1] if values.ndim == 2 else 0
        with explained_errors(self.path, "written to"):
            self._connection.execute(
                "INSERT INTO answers (outputs, coalitions, numbers, checksum) VALUES (?, ?, ?, ?)",
                (outputs, packed, numbers, self._checksum(outputs, packed, numbers)),
            )

    def answers(self, *, repeated: bool = False) -> tuple[Coalitions, NDArray[np.float64]]:
        """Coalitions and their answers: the first to each, or with ``repeated`` all of them.

        ``approximator.approximate_from(*store.answers(repeated=True))`` explains an interrupted
        run.
        """
        packed: list[bytes] = []
        numbers: list[NDArray[np.float64]] = []
        for _, coalitions, values in self.log():
            packed += coalitions
            numbers.append(values)
        rows = np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(-1, self._width)
        values = np.concatenate(numbers) if numbers else np.empty(0)
        if repeated:
            return Coalitions(rows, self.n_players), values
        coalitions, place = Coalitions(rows, self.n_players).distinct()
        return coalitions, values[np.unique(place, return_index=True)[1]]

    def __repr__(self) -> str:
        return f"AnswerStore({str(self.path)!r}, {self.fingerprint!r}, {self.n_players} players)"

    def close(self) -> None:
        """Close the file."""
        with explained_errors(self.path, "closed"):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def _width(self) -> int:
        return (self.n_players + 7) // 8

    def _checksum(self, outputs: int, packed: bytes, numbers: bytes) -> int:
        start = 0
        if self._format != _OLD_FORMAT:
            start = zlib.crc32(f"{outputs} {self.n_players} {self.fingerprint}".encode())
        return zlib.crc32(numbers, zlib.crc32(packed, start))

    def _is_intact(self, outputs: object, packed: object, numbers: object, sum_: object) -> bool:
        """Whether the fields of a row are of the right types and lengths, and fit together."""
        if not isinstance(packed, bytes) or not isinstance(numbers, bytes):
            return False
        if not isinstance(outputs, int) or outputs < 0:
            return False
        count, rest = divmod(len(packed), self._width)
        fits = rest == 0 and len(numbers) == 8 * count * (outputs or 1)
        return fits and self._checksum(outputs, packed, numbers) == sum_

    def log(self, after: int = 0) -> Iterator[tuple[int, list[bytes], NDArray[np.float64]]]:
        """Iterate over the batches of answers in the order in which they were written.

        Args:
            after: Only batches with larger numbers.

        Yields:
            The number of the batch, its packed coalitions and their values.

        Raises:
            StoreError: If the file is damaged or cannot be read.
        """
        with explained_errors(self.path, "read"):
            for number, outputs, packed, numbers, checksum in self._connection.execute(
                "SELECT id, outputs, coalitions, numbers, checksum FROM answers "
                "WHERE id > ? ORDER BY id",
                (after,),
            ):
                if not self._is_intact(outputs, packed, numbers, checksum):
                    raise StoreError(
                        f"the answer store {self.path} cannot be read: its batch {number} is "
                        "damaged; move the file away, or restore a copy"
                    )
                values = np.frombuffer(numbers, dtype="<f8").astype(np.float64)
                keys = [packed[i : i + self._width] for i in range(0, len(packed), self._width)]
                yield number, keys, values.reshape(len(keys), outputs) if outputs else values

    def _identify(self, fingerprint: str | None, n_players: int | None) -> tuple[str, int, int]:
        """The game whose answers the file holds, and its format; a new file is claimed."""
        if fingerprint is not None and _is_new(self._connection):
            self._connection.execute("BEGIN IMMEDIATE")
            # another process may have claimed it while this one waited for the lock
            if _is_new(self._connection):
                for statement in _CREATE:
                    self._connection.execute(statement)
                self._connection.execute("INSERT INTO game VALUES (?, ?)", (fingerprint, n_players))
            self._connection.execute("COMMIT")
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION_ID:
            raise StoreError(
                f"{self.path} is not an answer store but some other database; choose another file"
            )
        if version not in (_OLD_FORMAT, _FORMAT):
            raise StoreError(
                f"the answer store {self.path} has format {version}, this version of shapiq_spex "
                f"reads formats up to {_FORMAT}"
            )
        games = self._connection.execute("SELECT fingerprint, n_players FROM game").fetchall()
        held, held_players = games[0] if len(games) == 1 else (None, None)
        if not isinstance(held, str) or not isinstance(held_players, int) or held_players < 1:
            raise StoreError(
                f"the answer store {self.path} is damaged: it does not name its game; move the "
                "file away, or restore a copy"
            )
        if fingerprint is not None and (held, held_players) != (fingerprint, n_players):
            raise StoreError(
                f"the answer store {self.path} holds the answers of another game: "
                f"{held} with {held_players} players, not {fingerprint} with {n_players} players. "
                "Choose another file, or give an existing folder, which keeps one file per game"
            )
        return held, held_players, version


def _is_new(connection: sqlite3.Connection) -> bool:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return application == 0 and tables == 0


class StoreSearch:
    """A search for distinct coalitions that reads each part of a store only once.

    It passes over the first ``earlier_answers`` answers to each.
    """

    def __init__(
        self, store: AnswerStore, coalitions: Coalitions, earlier_answers: int = 0
    ) -> None:
        self._store = store
        self._wanted = {key.tobytes(): row for row, key in enumerate(coalitions.packed)}
        self._passed_over = dict.fromkeys(self._wanted, earlier_answers) if earlier_answers else {}
        self._read = 0

    def new_answers(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
        """Iterate over the answers written since the last call: rows of coalitions, and values."""
        for number, keys, values in self._store.log(self._read):
            self._read = number
            # a coalition answered twice (by two processes at once) keeps its first answer
            hits = [
                (row, place)
                for place, key in enumerate(keys)
                if not self._pass_over(key) and (row := self._wanted.pop(key, None)) is not None
            ]
            if hits:
                rows, places = np.array(hits).T
                yield rows, values[places]

    def _pass_over(self, key: bytes) -> bool:
        left = self._passed_over.get(key, 0)
        if left:
            self._passed_over[key] = left - 1
        return left > 0


def open_store(game: GameLike, n_players: int, policy: Ablation) -> AnswerStore | None:
    """Open the store of a game's answers, if the policy has one."""
    file = _store_file(game, n_players, policy)
    return file and AnswerStore(file[0], fingerprint=file[1], n_players=n_players)


def count_stored(game: GameLike, coalitions: Coalitions, policy: Ablation) -> int:
    """Count the answers that are in the policy's store, without creating it.

    If coalitions are repeated, each answer counts, up to the number that the policy wants.
    """
    file = _store_file(game, coalitions.n_players, policy)
    if file is None or not file[0].exists():
        return 0
    with AnswerStore(file[0], fingerprint=file[1], n_players=coalitions.n_players) as store:
        wanted = wanted_answers(coalitions, policy)
        return sum(
            int(store.find(coalitions[wanted > number], number)[0].sum())
            for number in range(int(wanted.max(initial=0)))
        )


def _store_file(game: GameLike, n_players: int, policy: Ablation) -> tuple[Path, str] | None:
    """The file that keeps a game's answers (in a folder, one of many), and its fingerprint."""
    if policy.store is None:
        return None
    fingerprint = game_fingerprint(game, n_players, policy.fingerprint)
    path = Path(policy.store)
    if path.is_dir():
        path /= f"answers-{fingerprint.rpartition('-')[2]}.sqlite"
    return path, fingerprint
