"""The policy of asking games: one set of choices, shared by all approximators."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Literal

from shapiq_spex._argument_checks import check_choice, check_integer, check_number
from shapiq_spex._defaults import Default


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """How to ask a game for the values of coalitions.

    The default asks one batch after the other in the calling thread, keeps nothing on disk and
    raises the first error of the game unchanged.

    Args:
        batch_size: Most coalitions in one call of the game. ``None`` takes the game's own
            ``batch_size`` if it has one; otherwise 1 for ``async`` games and for games with a
            ``concurrency``, ``requests_per_minute`` or another limit, 32 where a store is kept or
            several workers share the work, and 1024 elsewhere (fewer if n is huge).
        progress: Show a progress bar. ``None`` shows it if ``game.verbose`` is true.
        store: File that keeps the answers of one game; stored answers are not asked again. Or an
            existing folder, which keeps one such file per game (an explainer makes a game of every
            point). A complete store may be read-only. Processes may share a store, but do not
            reserve coalitions in it: what one begins to ask before another has stored its answer
            is asked, and paid for, by both.
        fingerprint: Name of the game inside the store; needed only where none can be derived
            (see :func:`shapiq_spex.ablation.fingerprint.game_fingerprint`).
        repeats: How often each coalition is asked; the mean of its answers is its value, and their
            spread tells how noisy the game is, which intervals and the report take into account. A
            budget counts evaluations: with ``repeats=3``, 600 are 200 coalitions.
        repeats_of_ends: How often the empty and the full coalition are asked, if more often. On
            them the values of Shapley type depend most, and 18 further evaluations (10 for each)
            measure the noise as well.
        retries: How often a failed call is repeated before its coalitions are asked separately
            to find the one at fault.
        backoff: Seconds before the first repetition; doubled for each further one, at most one
            minute, times 0.5 to 1.5 at random.
        timeout: Seconds after which one call counts as failed. An ordinary Python function
            cannot be stopped: it is abandoned in its thread.
        on_error: What to do with a coalition that still fails: ``"raise"`` its error, or
            ``"skip"`` it and continue without it.
        n_jobs: Number of workers as in :class:`joblib.Parallel`: ``None`` means one, or the number
            set by a surrounding :func:`joblib.parallel_config`. Ctrl-C waits for the batches that
            joblib has begun or queued, and keeps their answers. A second one ends the workers: each
            loses at most the batch under way. Backends that return results in groups
            (``"multiprocessing"`` and Ray's) lose at most four batches per worker. Where Ctrl-C has
            a handler other than Python's, the first one is like the second.
        concurrency: Most calls under way at once, for games that wait for a network: tasks for
            an ``async`` game, threads for an ordinary one. ``None`` means one at a time.
        requests_per_minute: Most requests per minute. A game tells how many a coalition takes (see
            :mod:`shapiq_spex.ablation.spending`); other games count one for each.
        max_requests: Most requests of one run (a call of ``approximate``), repetitions included. At
            this limit the run ends: what is answered by then is explained, and the report says so.
        max_cost: Most that one run may cost, in the currency of the prices. A request to an
            ``Endpoint`` counts with one token per byte of its prompt and with the longest answers
            that it allows (``max_tokens``) until its reply tells the tokens, so that the limit is
            not passed.
        cost_per_request: Price of a request.
        cost_per_million_tokens: Price of tokens, in addition; the higher one if prompts and answers
            differ.

    Raises:
        TypeError: For a setting of the wrong type.
        ValueError: For a number outside its range, an unknown ``on_error``, both ``n_jobs`` and
            ``concurrency``, or ``max_cost`` without a price.

    Example:
        >>> Ablation(batch_size=64, retries=3, on_error="skip").retries
        3
    """

    batch_size: int | None = None
    progress: bool | None = None
    store: str | PathLike[str] | None = None
    fingerprint: str | None = None
    repeats: int = 1
    repeats_of_ends: int = 1
    retries: int = 0
    backoff: float = 1.0
    timeout: float | None = None
    on_error: Literal["raise", "skip"] = "raise"
    n_jobs: int | None = None
    concurrency: int | None = None
    requests_per_minute: float | None = None
    max_requests: int | None = None
    max_cost: float | None = None
    cost_per_request: float | None = None
    cost_per_million_tokens: float | None = None

    def __post_init__(self) -> None:
        check_integer(self.batch_size, "batch_size", least=1, optional=True)
        check_integer(self.repeats, "repeats", least=1)
        check_integer(self.repeats_of_ends, "repeats_of_ends", least=1)
        check_integer(self.retries, "retries", least=0)
        check_integer(self.concurrency, "concurrency", least=1, optional=True)
        check_integer(self.n_jobs, "n_jobs", optional=True)
        if self.n_jobs == 0:
            raise ValueError("n_jobs must not be 0 (use 1 for one worker, -1 for all cores)")
        check_number(self.backoff, "backoff")
        check_number(self.timeout, "timeout", optional=True, positive=True)
        check_number(self.requests_per_minute, "requests_per_minute", optional=True, positive=True)
        check_integer(self.max_requests, "max_requests", least=0, optional=True)
        for name in ("max_cost", "cost_per_request", "cost_per_million_tokens"):
            check_number(getattr(self, name), name, optional=True)
        if self.max_cost is not None and not (
            self.cost_per_request or self.cost_per_million_tokens
        ):
            raise ValueError(
                "max_cost needs a price: give cost_per_request or cost_per_million_tokens"
            )
        if self.progress not in (None, True, False):
            raise TypeError(f"progress must be True, False or None, got {self.progress!r}")
        check_choice(self.on_error, "on_error", ("raise", "skip"))
        _check_fingerprint(self.fingerprint)
        if self.n_jobs is not None and self.concurrency is not None:
            raise ValueError(
                "give either n_jobs (joblib workers) or concurrency (calls that wait for a network "
                "at once), not both"
            )
        if self.store is not None:
            object.__setattr__(self, "store", _checked_path(self.store))

    def cost(self, requests: float, tokens: float) -> float | None:
        """What requests and tokens cost at the prices given; ``None`` without a price."""
        if self.cost_per_request is None and self.cost_per_million_tokens is None:
            return None
        by_tokens = tokens * (self.cost_per_million_tokens or 0.0) / 1e6
        return requests * (self.cost_per_request or 0.0) + by_tokens


def _check_fingerprint(value: object) -> None:
    if value is not None and (not isinstance(value, str) or not value):
        raise TypeError(
            f"fingerprint must be a non-empty string that names the game, got {value!r}"
        )


def _checked_path(value: object) -> Path:
    if not isinstance(value, str | PathLike):
        raise TypeError(f"store must be a path or None, got {value!r}")
    return Path(fspath(value))


def _checked_ablation(value: object) -> Ablation:
    if not isinstance(value, Ablation):
        raise TypeError(f"the default policy must be an Ablation, got {type(value).__name__}")
    return value


_default = Default(Ablation(), _checked_ablation)


def default_ablation() -> Ablation:
    """The policy that is used where none is given.

    Example:
        >>> default_ablation().on_error
        'raise'
    """
    return _default.get()


def set_default_ablation(ablation: Ablation) -> Ablation:
    """Replace the process-wide default policy.

    Args:
        ablation: The policy to use from now on wherever none is given.

    Returns:
        The policy that was the default until now.

    Raises:
        TypeError: If ``ablation`` is not an :class:`Ablation`.

    Example:
        >>> before = set_default_ablation(Ablation(retries=3))
        >>> default_ablation().retries
        3
        >>> set_default_ablation(before).retries
        3
    """
    return _default.replace(ablation)


def default_ablation_within(ablation: Ablation) -> AbstractContextManager[None]:
    """Replace the default policy inside a ``with`` block, for the current thread or task.

    Args:
        ablation: The policy to use inside the block wherever none is given.

    Raises:
        TypeError: If ``ablation`` is not an :class:`Ablation`.

    Example:
        >>> with default_ablation_within(Ablation(batch_size=16)):
        ...     default_ablation().batch_size
        16
        >>> default_ablation().batch_size is None
        True
    """
    return _default.within(ablation)
