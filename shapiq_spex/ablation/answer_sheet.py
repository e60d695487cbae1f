"""Collect the answers of one run while they arrive, and pass them on to the store."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.answer_store import AnswerStore, StoreError
from shapiq_spex.ablation.answers import (
    Answers,
    Outputs,
    Skipped,
    check_outputs,
    coalition_description,
    skipped_rows,
)
from shapiq_spex.ablation.retrying import Failure, Outcome
from shapiq_spex.ablation.transport import Batch
from shapiq_spex.fourier.coalitions import Coalitions


class AnswerSheet:
    """The answers to distinct coalitions, from the store, the game or another process."""

    def __init__(
        self,
        coalitions: Coalitions,
        outputs: Outputs,
        store: AnswerStore | None,
        earlier_answers: int = 0,
    ) -> None:
        self.coalitions = coalitions
        self.outputs: Outputs = outputs
        self.store = store
        self.values: NDArray[np.float64] | None = None
        self.answered = np.zeros(len(coalitions), dtype=np.bool_)
        self.failures: list[Failure] = []
        self.asked = self.retries = self.requests = 0
        self.tokens = 0.0
        self._reused = np.zeros(len(coalitions), dtype=np.bool_)
        self._search = None if store is None else store.search(coalitions, earlier_answers)
        self._others_are_asking = False
        if store is not None:
            store.changed_by_others()  # later calls compare with the present state
        self._read_store()

    def missing_batches(self, rows: int) -> Iterator[Batch]:
        """Batches of the coalitions without an answer.

        They are blocks of ``rows`` of the whole list: a resumed run asks the same batches as one
        that was never interrupted, and matrix products may round differently for another number of
        rows. They come in order, or at random once another process turns out to be answering the
        same coalitions, so that the two share the work.
        """
        starts = list(range(0, len(self.coalitions), rows))
        rng = random.SystemRandom()
        while starts:
            start = starts.pop(rng.randrange(len(starts)) if self._others_are_asking else 0)
            block = np.arange(start, min(start + rows, len(self.coalitions)))
            block = block[~self.answered[block]]
            if len(block):
                yield Batch(block, self.coalitions[block])

    def record(self, batch: Batch, outcome: Outcome) -> None:
        """Record the outcome of a batch, here and in the store."""
        self.asked += int(outcome.answered.sum()) if outcome.ended else len(batch.rows)
        self.retries += outcome.retries
        self.requests += outcome.requests
        self.tokens += outcome.tokens
        self.failures += [Failure(batch.rows[f.rows], f.error) for f in outcome.failures]
        if outcome.values is not None:
            rows, values = batch.rows[outcome.answered], outcome.values[outcome.answered]
            self._fill_in(rows, values)
            self._reused[rows] = False
            if self.store is not None:
                self.store.add(self.coalitions[rows], values)
        if self.store is not None and self.store.changed_by_others():
            self._others_are_asking = True
            self._read_store()

    def counts(self) -> dict[str, int]:
        """What a progress bar shows besides the number of answers."""
        counts = {
            "reused": int(self._reused.sum()),
            "retries": self.retries,
            "skipped": sum(len(failure.rows) for failure in self.failures),
        }
        return {name: count for name, count in counts.items() if count}

    def error(self) -> BaseException:
        """The first failure in the order of the coalitions, with notes on its coalitions."""
        rows, error = self._ordered_failures()[0]
        first = coalition_description(self.coalitions[rows[:1]].dense()[0])
        error.add_note(
            f"raised for {first}"
            if len(rows) == 1
            else f"raised for a batch of {len(rows)} coalitions that begins with {first}"
        )
        return self.noted(error)

    def noted(self, error: BaseException) -> BaseException:
        """An error with a note on the answers that are kept."""
        if self.store is not None:
            error.add_note(f"{self.answered.sum()} answers are safe in {self.store.path}")
        return error

    def answers(self, seconds: float, ended: str = "") -> Answers:
        """All answers; ``ended`` tells why some coalitions were not asked."""
        values = self.values
        if values is None:
            values = np.empty(0) if self.outputs == "one" else np.empty((0, 0))
        skipped = [
            Skipped(
                tuple(np.flatnonzero(self.coalitions[rows].dense()[0]).tolist()),
                f"{type(error).__name__}: {error}",
            )
            for rows, error in self._ordered_failures()
        ]
        if ended:
            failed = [failure.rows for failure in self.failures]
            left = np.setdiff1d(np.flatnonzero(~self.answered), np.concatenate([[], *failed]))
            left = self.coalitions[left.astype(np.intp)]
            skipped += skipped_rows(left, f"not asked: {ended}")
        return Answers(
            values=values,
            answered=self.answered,
            asked=self.asked,
            reused=int(self._reused.sum()),
            retries=self.retries,
            skipped=tuple(skipped),
            seconds=seconds,
            requests=self.requests,
            tokens=self.tokens,
            ended=ended,
        )

    def _ordered_failures(self) -> list[Failure]:
        return sorted(self.failures, key=lambda failure: int(failure.rows[0]))

    def _read_store(self) -> None:
        """Take over the answers that were added to the store since the last call."""
        if self._search is None or self.store is None:
            return
        for rows, values in self._search.new_answers():
            if (values.ndim == 1) != (self.outputs == "one"):
                raise StoreError(
                    f"the answer store {self.store.path} holds "
                    f"{'one number' if values.ndim == 1 else 'many numbers'} per coalition, "
                    f"but {self.outputs} per coalition was asked for; choose another file"
                )
            new = ~self.answered[rows]
            self._fill_in(rows[new], values[new])
            self._reused[rows[new]] = True

    def _fill_in(self, rows: NDArray[np.intp], values: NDArray[np.float64]) -> None:
        if self.values is None:
            self.values = np.full((len(self.coalitions), *values.shape[1:]), np.nan)
        check_outputs(self.values, values)
        self.values[rows] = values
        self.answered[rows] = True
