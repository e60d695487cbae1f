"""Planted functions to decode, and one measured attempt to do so.

A :class:`Case` says what is planted: how many terms, whether they grow out of each other, how large
their coefficients are, and how much noise there is. :func:`attempt` lets a method explain it and
says which terms were found and what it cost.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, ValueFunction
from shapiq_spex.benchmark.games.planted_functions import coalition_noise, planted_terms
from shapiq_spex.benchmark.measuring.meter import MeteredGame, peak_mb
from shapiq_spex.benchmark.measuring.metrics import support_f1
from shapiq_spex.benchmark.methods.method import (
    FAITHFULNESS,
    Explain,
    Explanation,
    explanation_of_spectrum,
)
from shapiq_spex.benchmark.methods.own_approximators import ours
from shapiq_spex.benchmark.methods.plain_regressions import explain_by_lasso
from shapiq_spex.benchmark.methods.shapiq_peers import peers
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, Term, Vector

Support = Literal["flat", "hierarchical", "synergies"]
Sizes = Literal["uniform", "decaying", "equal"]

DEGREE = 5
DECODER = "SPEX decoder"
"""Decoding alone, without a regression to compete with it."""

HARD_DECODER = "SPEX hard decoder"
"""The same, taking every sign at its word."""


@dataclass(frozen=True)
class Case:
    """A kind of planted function.

    Attributes:
        n_players: The number of players n.
        n_terms: The number of terms k, the mean not counted.
        support: Random terms of degree 1 to 5 (``"flat"``), terms that grow out of smaller ones by
            one player each (``"hierarchical"``), or random terms of degree 3 to 5 no part of which
            has an effect of its own (``"synergies"``).
        sizes: Coefficients of size 0.5 to 1.5 (``"uniform"``), falling geometrically from 1 to 0.05
            (``"decaying"``), or all 1 (``"equal"``); their signs are random.
        noise: The standard deviation of the noise, in units of that of the function.
    """

    n_players: int
    n_terms: int
    support: Support = "flat"
    sizes: Sizes = "uniform"
    noise: float = 0.0

    @property
    def reference(self) -> float:
        """The yardstick k d log2 n."""
        return self.n_terms * DEGREE * float(np.log2(self.n_players))

    @property
    def limit(self) -> float:
        """The rows from which a regression that is *told* the planted terms confirms enough.

        Without noise it needs one row per unknown. With noise, a coefficient F has a standard error
        of sigma / sqrt(rows) and counts as found from 4.5 of these, as in SPEX; a recall of
        .95 / 1.05 makes an F1 of .95. Nobody who has to find the terms first can do with less.
        """
        from shapiq_spex.coding.peeling import THRESHOLD  # compiled kernels

        if not self.noise:
            return float(self.n_terms + 1)
        sizes = np.abs(self.planted(0).coefficients)
        sigma = self.noise * float(np.sqrt(np.square(sizes).sum()))
        smallest = float(np.quantile(sizes, 1 - 0.95 / 1.05))
        return (THRESHOLD * sigma / smallest) ** 2

    def planted(self, seed: int) -> Spectrum:
        """The function of a seed."""
        rng = np.random.default_rng([2026, seed, self.n_players, self.n_terms])
        if self.support == "synergies":
            terms: list[Term] = []
            while len(terms) < self.n_terms:
                size = int(rng.integers(3, DEGREE + 1))
                term = tuple(sorted(rng.choice(self.n_players, size, replace=False).tolist()))
                if not any(set(term) <= set(t) or set(t) <= set(term) for t in terms):
                    terms.append(term)
        else:
            terms = planted_terms(self.support, self.n_players, self.n_terms, rng, DEGREE)
        signs = rng.choice([-1.0, 1.0], len(terms))
        return Spectrum.from_terms(self.n_players, terms, signs * self._sizes(rng))

    def game(self, seed: int) -> BenchmarkGame:
        """The function of a seed with its noise, which is a function of the coalition, too."""
        spectrum = self.planted(seed)
        scale = self.noise * np.sqrt(spectrum.variance)

        def value(coalitions: BoolMatrix) -> Vector:
            values = spectrum.evaluate(coalitions)
            return values + scale * coalition_noise(coalitions, seed) if scale else values

        return BenchmarkGame(str(self), self.n_players, value, "synthetic", spectrum=spectrum)

    def _sizes(self, rng: np.random.Generator) -> Vector:
        if self.sizes == "uniform":
            return rng.uniform(0.5, 1.5, self.n_terms)
        if self.sizes == "equal":
            return np.ones(self.n_terms)
        return rng.permutation(np.geomspace(1.0, 0.05, self.n_terms))


@dataclass(frozen=True)
class Attempt:
    """What one method found in one planted function.

    Attributes:
        budget: The number of coalitions that were allowed.
        seed: Seed of the function, the noise and the method.
        status: ``"ok"``, or why there is no result.
        rows: The number of coalitions that were asked.
        found: The number of planted terms in the recovered support.
        f1: F1 of the recovered support.
        r2: R2 on all 2^n coalitions without noise, by Parseval's theorem.
        cpu_seconds: CPU time, that of the function itself excluded.
        process_seconds: CPU time of the whole process from its start.
        peak_mb: The largest memory of the process so far.
    """

    budget: int
    seed: int
    status: str
    rows: int = 0
    found: int = 0
    f1: float = 0.0
    r2: float = 0.0
    cpu_seconds: float = 0.0
    process_seconds: float = 0.0
    peak_mb: float = 0.0


def attempt(case: Case, method: str, budget: int, seed: int) -> Attempt:
    """Let a method explain the function of a seed.

    Args:
        case: The kind of function.
        method: A name in :func:`explainers`.
        budget: The number of coalitions allowed.
        seed: Of function, noise and method.
    """
    game = case.game(seed)
    truth = game.spectrum
    assert truth is not None
    meter = MeteredGame(game)
    start = time.process_time()
    try:
        explanation = explainers()[method](meter, case.n_players, budget, seed, FAITHFULNESS)
    except ValueError as error:  # how shapiq refuses a budget
        return Attempt(budget, seed, f"refused: {error}"[:60])
    seconds = time.process_time() - start - meter.seconds
    spectrum = explanation.spectrum
    assert spectrum is not None
    found, planted = set(spectrum.terms()), set(truth.terms())
    error = (spectrum - truth).coefficients
    return Attempt(
        budget=budget,
        seed=seed,
        status="ok",
        rows=meter.rows,
        found=len(found & planted),
        f1=support_f1(found, planted),
        r2=1.0 - float(error @ error) / truth.variance,
        cpu_seconds=seconds,
        process_seconds=time.process_time(),
        peak_mb=peak_mb(),
    )


@cache
def explainers() -> dict[str, Explain]:
    """The methods that can be measured, by name."""
    methods = {method.name: method.explain for method in (*ours(), *peers())}
    return {
        DECODER: partial(_decode, decoder="soft"),
        HARD_DECODER: partial(_decode, decoder="hard"),
        "lasso order 1": partial(explain_by_lasso, order=1),
        "lasso order 2": partial(explain_by_lasso, order=2),
        **methods,
    }


def _decode(
    game: ValueFunction,
    n_players: int,
    budget: int,
    seed: int,
    target: str,
    *,
    decoder: Literal["soft", "hard"],
) -> Explanation:
    """What SPEX does where decoding leaves nothing that a regression could find."""
    from shapiq_spex.coding.plan import CodedPlan
    from shapiq_spex.coding.recovery import recover

    rng = np.random.default_rng(seed)
    plan = CodedPlan.design(n_players, budget, DEGREE, rng=rng)
    values = np.concatenate([game(block.dense()) for block in plan.blocks(4096)])
    return explanation_of_spectrum(recover(plan, values, decoder=decoder, rng=rng).spectrum)
