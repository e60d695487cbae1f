"""Plan ablations and estimate what they cost, before any game is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import timedelta
from os import PathLike

import numpy as np

from shapiq_spex._argument_checks import (
    check_integer,
    check_number,
    check_type,
)
from shapiq_spex.ablation.ablation_files import read_ablations, save_ablations
from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answer_store import count_stored
from shapiq_spex.ablation.answers import Answers, Outputs
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.game_call import GameLike
from shapiq_spex.ablation.repeats import wanted_answers
from shapiq_spex.ablation.spending import Expected
from shapiq_spex.fourier.coalitions import Coalitions

_CHART_LINES = 9
_BAR_WIDTH = 40  # characters


@dataclass(frozen=True)
class Estimate:
    """What the missing answers of a plan cost; ``None`` where nothing is known.

    Attributes:
        calls: Coalitions without a stored answer, each as often as it is to be asked.
        cost: In the currency of the price.
        tokens: Tokens processed.
        seconds: Time taken.
        requests: Requests to a model, as many as the game says that they take.

    Example:
        >>> estimate = AblationPlan(Coalitions.all_of(3)).estimate(cost_per_call=0.5)
        >>> estimate.calls, estimate.cost, estimate.seconds
        (8, 4.0, None)
        >>> print(estimate)
        8 calls, cost 4.00
    """

    calls: int
    cost: float | None = None
    tokens: float | None = None
    seconds: float | None = None
    requests: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.calls:,} calls"]
        if self.requests not in (None, self.calls):
            parts.append(f"{self.requests:,} requests")
        if self.tokens is not None:
            parts.append(f"{self.tokens:,.0f} tokens")
        if self.cost is not None:
            parts.append(f"cost {self.cost:,.2f}")
        if self.seconds is not None:
            parts.append(f"time {timedelta(seconds=round(self.seconds))}")
        return ", ".join(parts)


@dataclass(frozen=True)
class AblationPlan:
    """The coalitions an approximator would ask for.

    Attributes:
        coalitions: The distinct coalitions, in the order in which they would be asked.
        stored: How many of the answers to them are in the store.
        requests_per_coalition: How many requests the game takes for one answer.
        tokens_per_coalition: How many tokens, roughly; ``None`` if it does not tell.
        policy: How often coalitions are repeated; and whose prices, pace and concurrency hold where
            :meth:`estimate` is given no others.

    Example:
        >>> plan = AblationPlan(Coalitions.all_of(3))
        >>> plan.sizes
        {0: 1, 1: 3, 2: 3, 3: 1}
        >>> print(plan.estimate(cost_per_call=0.002, seconds_per_call=1.5, concurrency=4))
        8 calls, cost 0.02, time 0:00:03
    """

    coalitions: Coalitions
    stored: int = 0
    requests_per_coalition: float = 1.0
    tokens_per_coalition: float | None = None
    policy: Ablation = field(default_factory=Ablation, repr=False, compare=False)

    @classmethod
    def for_game(
        cls, coalitions: Coalitions, game: GameLike | None, policy: Ablation
    ) -> AblationPlan:
        """Plan to ask coalitions; with a game, count those whose answers are stored.

        Nothing is asked and nothing is written.

        Raises:
            FingerprintError: If no fingerprint can be derived, and the policy names no game.
            StoreError: If the store cannot be read.
        """
        check_type(coalitions, Coalitions, "coalitions must be Coalitions")
        check_type(policy, Ablation, "policy must be an Ablation")
        expected = Expected.of(game)
        stored = 0 if game is None else count_stored(game, coalitions, policy)
        return cls(coalitions, stored, expected.requests, expected.tokens, policy)

    @property
    def evaluations(self) -> int:
        """How many answers the plan takes: more than coalitions if the policy repeats them."""
        return int(wanted_answers(self.coalitions, self.policy).sum())

    @property
    def missing(self) -> int:
        """How many answers are not stored yet."""
        return self.evaluations - self.stored

    @property
    def requests(self) -> int:
        """How many requests that takes."""
        return math.ceil(self.missing * self.requests_per_coalition)

    @property
    def sizes(self) -> dict[int, int]:
        """How many coalitions there are of each size that occurs."""
        sizes, counts = np.unique(self.coalitions.sizes(), return_counts=True)
        return dict(zip(sizes.tolist(), counts.tolist(), strict=True))

    def estimate(
        self,
        *,
        cost_per_call: float | None = None,
        tokens_per_call: float | None = None,
        cost_per_million_tokens: float | None = None,
        seconds_per_call: float | None = None,
        concurrency: int | None = None,
        requests_per_minute: float | None = None,
    ) -> Estimate:
        """Estimate what the missing coalitions cost.

        A call is one request: a game of which a coalition takes five counts five calls for it. What
        is not given is taken from the policy, and the tokens from the game, as far as they say.

        Args:
            cost_per_call: Price of a request.
            tokens_per_call: Tokens of a request.
            cost_per_million_tokens: Price of tokens, in addition to that of the request.
            seconds_per_call: Duration of a request.
            concurrency: How many coalitions are under way at once.
            requests_per_minute: Limit on the rate of requests.

        Returns:
            The estimate; what cannot be known from the arguments is ``None``.

        Raises:
            TypeError: If an argument is not a number.
            ValueError: If a number is negative, or a price of tokens comes without their number.
        """
        for name, value in (
            ("cost_per_call", cost_per_call),
            ("tokens_per_call", tokens_per_call),
            ("cost_per_million_tokens", cost_per_million_tokens),
            ("seconds_per_call", seconds_per_call),
            ("requests_per_minute", requests_per_minute),
        ):
            check_number(value, name, optional=True)
        check_integer(concurrency, "concurrency", least=1, optional=True)
        tokens = self._tokens(tokens_per_call)
        if cost_per_million_tokens is not None and tokens is None:
            raise ValueError("give tokens_per_call together with cost_per_million_tokens")
        prices = replace(
            Ablation(),
            cost_per_request=_given(cost_per_call, self.policy.cost_per_request),
            cost_per_million_tokens=_given(
                cost_per_million_tokens,
                None if tokens is None else self.policy.cost_per_million_tokens,
            ),
        )
        requests = self.requests
        rate = _given(requests_per_minute, self.policy.requests_per_minute)
        seconds = None
        if seconds_per_call is not None or rate:
            rounds = -(-self.missing // (concurrency or self.policy.concurrency or 1))
            busy = rounds * self.requests_per_coalition * (seconds_per_call or 0.0)
            seconds = max(busy, requests * 60.0 / rate if rate else 0.0)
        cost = prices.cost(requests, tokens or 0.0)
        return Estimate(self.missing, cost, tokens, seconds, requests)

    def _tokens(self, per_request: float | None) -> float | None:
        if per_request is not None:
            return self.missing * self.requests_per_coalition * per_request
        per_coalition = self.tokens_per_coalition
        return None if per_coalition is None else self.missing * per_coalition

    def run(
        self, game: GameLike, policy: Ablation | None = None, *, outputs: Outputs = "one"
    ) -> Answers:
        """Ask a game for all coalitions of the plan, as :func:`~shapiq_spex.ablation.ask` does."""
        return ask(game, self.coalitions, policy, outputs=outputs)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the coalitions to an ``.npz`` file (see :func:`save_ablations`)."""
        save_ablations(path, self.coalitions)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> AblationPlan:
        """Read a plan written by :meth:`save`.

        Raises:
            ValueError: If it is not a file of ablations.
        """
        return cls(read_ablations(path)[0])

    def __str__(self) -> str:
        lines = [f"{len(self.coalitions):,} coalitions of {self.coalitions.n_players:,} players"]
        if self.evaluations != len(self.coalitions):
            lines.append(f"{self.evaluations:,} evaluations, since coalitions are repeated")
        if self.stored:
            lines.append(f"{self.stored:,} in the store, {self.missing:,} to ask")
        if self.requests != self.missing:
            lines.append(f"{self.requests:,} requests")
        return "\n".join([*lines, *self._size_chart()])

    def _size_chart(self) -> list[str]:
        sizes = self.coalitions.sizes()
        if len(sizes) == 0:
            return []
        low, high = int(sizes.min()), int(sizes.max())
        step = -(-(high - low + 1) // _CHART_LINES)
        counts = np.bincount((sizes - low) // step)
        lines = []
        for bin_, count in enumerate(counts.tolist()):
            first = low + bin_ * step
            last = min(first + step - 1, high)
            name = f"{first}" if first == last else f"{first}-{last}"
            bar = "#" * -(-_BAR_WIDTH * count // int(counts.max()))
            lines.append(f"size {name:>11} {count:>9,} {bar}".rstrip())
        return lines


def _given(value: float | None, otherwise: float | None) -> float | None:
    return otherwise if value is None else value
