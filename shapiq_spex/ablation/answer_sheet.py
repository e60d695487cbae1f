"""The sheet on which answers are entered while they come in."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.answer_store import AnswerStore, StoreError
from shapiq_spex.ablation.answers import Answers, Outputs, Skipped, check_outputs, describe
from shapiq_spex.ablation.retrying import Failure, Outcome
from shapiq_spex.ablation.transport import Batch
from shapiq_spex.fourier.coalitions import Coalitions


class Sheet:
    """Which coalitions are answered, by the store, by the game, or by another process meanwhile.

    Args:
        coalitions: Distinct coalitions.
        outputs: One number or many per coalition.
        store: Where answers are kept, if anywhere.

    Raises:
        StoreError: If the store cannot be read, or holds answers of another kind.
    """

    def __init__(self, coalitions: Coalitions, outputs: Outputs, store: AnswerStore | None) -> None:
        self.coalitions = coalitions
        self.outputs: Outputs = outputs
        self.store = store
        self.values: NDArray[np.float64] | None = None
        self.answered = np.zeros(len(coalitions), dtype=np.bool_)
        self.failures: list[Failure] = []
        self.asked = self.retries = 0
        self._reused = np.zeros(len(coalitions), dtype=np.bool_)
        self._search = None if store is None else store.search(coalitions)
        self._in_company = False
        if store is not None:
            store.grown_elsewhere()  # remembers the state of now
        self._reuse()

    def missing(self, rows: int) -> Iterator[Batch]:
        """Batches of the coalitions without an answer.

        Blocks of the whole list, so that a run that resumes asks in the same company as one that
        was never interrupted: matrix products may round differently for another number of rows.
        They come in order, or at random once another process turns out to be answering the same
        coalitions, so that the two share the work instead of doing it side by side.

        Args:
            rows: The size of a block.
        """
        starts = list(range(0, len(self.coalitions), rows))
        dice = random.SystemRandom()
        while starts:
            start = starts.pop(dice.randrange(len(starts)) if self._in_company else 0)
            block = np.arange(start, min(start + rows, len(self.coalitions)))
            block = block[~self.answered[block]]
            if len(block):
                yield Batch(block, self.coalitions[block])

    def enter(self, batch: Batch, outcome: Outcome) -> None:
        """Enter what a courier brought, and keep it in the store.

        Raises:
            StoreError: If it could not be written.
        """
        self.asked += len(batch.rows)
        self.retries += outcome.retries
        self.failures += [Failure(batch.rows[f.rows], f.error) for f in outcome.failures]
        if outcome.values is not None:
            rows, values = batch.rows[outcome.answered], outcome.values[outcome.answered]
            self._write(rows, values)
            self._reused[rows] = False
            if self.store is not None:
                self.store.add(self.coalitions[rows], values)
        if self.store is not None and self.store.grown_elsewhere():
            self._in_company = True
            self._reuse()

    def counts(self) -> dict[str, int]:
        """What a progress bar has to tell besides the number of answers."""
        counts = {
            "reused": int(self._reused.sum()),
            "retries": self.retries,
            "skipped": sum(len(failure.rows) for failure in self.failures),
        }
        return {name: count for name, count in counts.items() if count}

    def error(self) -> Exception:
        """The first failure in the order of the coalitions, with notes that say what it means."""
        rows, error = min(self.failures, key=lambda failure: int(failure.rows[0]))
        first = describe(self.coalitions[rows[:1]].dense()[0])
        error.add_note(
            f"raised for {first}"
            if len(rows) == 1
            else f"raised for a batch of {len(rows)} coalitions that begins with {first}"
        )
        if self.store is not None:
            error.add_note(f"{self.answered.sum()} answers are safe in {self.store.path}")
        return error

    def answers(self, place: NDArray[np.intp], seconds: float) -> Answers:
        """The answers to rows of the list.

        Args:
            place: The rows, in the order wanted.
            seconds: The time it took.
        """
        values = self.values
        if values is None:
            values = np.empty(0) if self.outputs == "one" else np.empty((0, 0))
        skipped = [
            Skipped(
                tuple(np.flatnonzero(self.coalitions[rows].dense()[0]).tolist()),
                f"{type(error).__name__}: {error}",
            )
            for rows, error in sorted(self.failures, key=lambda failure: int(failure.rows[0]))
        ]
        return Answers(
            values=values[place],
            answered=self.answered[place],
            asked=self.asked,
            reused=int(self._reused.sum()),
            retries=self.retries,
            skipped=tuple(skipped),
            seconds=seconds,
        )

    def _reuse(self) -> None:
        """Enter what the store has learned since the last time."""
        if self._search is None or self.store is None:
            return
        for rows, values in self._search.news():
            if (values.ndim == 1) != (self.outputs == "one"):
                raise StoreError(
                    f"the answer store {self.store.path} holds "
                    f"{'one number' if values.ndim == 1 else 'many numbers'} per coalition, "
                    f"but {self.outputs} per coalition was asked for; choose another file"
                )
            new = ~self.answered[rows]
            self._write(rows[new], values[new])
            self._reused[rows[new]] = True

    def _write(self, rows: NDArray[np.intp], values: NDArray[np.float64]) -> None:
        if self.values is None:
            self.values = np.full((len(self.coalitions), *values.shape[1:]), np.nan)
        check_outputs(self.values, values)
        self.values[rows] = values
        self.answered[rows] = True
