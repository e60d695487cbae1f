"""What a result says of itself: how it came about and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

_SKIPPED_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Report:
    """The story of one call of ``approximate`` (or ``approximate_from``).

    Attributes:
        approximator: The class that made the explanation.
        n_players: The number of players of the game.
        budget: The budget that was given (for given data, the number of rows).
        asked: Distinct coalitions put to the game in this call.
        reused: Distinct coalitions whose answers were already in the store.
        skipped: The coalitions that the game could not answer, each with the reason (see
            ``Ablation.on_error``).
        exact: Whether all 2^n coalitions were observed, so that nothing is estimated.
        faithfulness: R^2 of the recovered spectrum on coalitions it was not fitted to, drawn by
            the same law as the others; 1 for an exact result, NaN if there are too few to tell.
        faithfulness_bound: It is higher than this with 95% confidence; NaN for fewer than 20
            pairs of coalitions.
        additive_faithfulness: The same for the best additive (order-1) explanation of these rows.
        n_terms: The number of terms in the recovered spectrum.
        estimators: The share of each estimator in the result.
        seconds: Wall-clock time spent in the ``game``, in ``recovery`` and in ``conversion``.
        notes: What a user should know, in sentences.
    """

    approximator: str
    n_players: int
    budget: int
    asked: int
    reused: int
    skipped: tuple[str, ...]
    exact: bool
    faithfulness: float
    faithfulness_bound: float
    additive_faithfulness: float
    n_terms: int
    estimators: dict[str, float]
    seconds: dict[str, float]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        spent = f"{self.asked} ablations asked"
        if self.reused:
            spent += f", {self.reused} reused"
        if self.skipped:
            spent += f", {len(self.skipped)} skipped"
        quality = (
            "exact: every coalition was observed"
            if self.exact
            else f"R2 {self.faithfulness:.3f} on coalitions not fitted (95% sure: above "
            f"{self.faithfulness_bound:.3f}; additive explanation: "
            f"{self.additive_faithfulness:.3f})"
        )
        shares = ", ".join(f"{name} {share:.0%}" for name, share in self.estimators.items())
        times = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in self.seconds.items())
        lines = [
            f"{self.approximator}: {self.n_players} players, budget {self.budget}, {spent}",
            f"  faithfulness  {quality}",
            f"  spectrum      {self.n_terms} terms" + (f" ({shares})" if shares else ""),
            f"  time          {times}",
        ]
        lines += [f"  skipped       {coalition}" for coalition in self.skipped[:_SKIPPED_SHOWN]]
        if len(self.skipped) > _SKIPPED_SHOWN:
            lines.append(f"  skipped       ... and {len(self.skipped) - _SKIPPED_SHOWN} more")
        return "\n".join([*lines, *(f"  note          {note}" for note in self.notes)])
