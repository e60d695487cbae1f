"""Planted functions to decode, and one measured attempt to decode them.

A :class:`Case` describes a planted function: the number of terms, their hierarchy, the sizes of
their coefficients and the noise. :func:`attempt` lets a method explain it and records which terms
were found at what cost.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.planted_functions import noisy, planted_terms
from shapiq_spex.benchmark.measuring.meter import MeteredGame, peak_mb
from shapiq_spex.benchmark.measuring.metrics import support_f1
from shapiq_spex.benchmark.methods.all_methods import METHODS
from shapiq_spex.benchmark.methods.method import (
    Explain,
    Explanation,
    Method,
    Request,
    explanation_of_spectrum,
)
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

Support = Literal["flat", "hierarchical", "synergies"]
Sizes = Literal["uniform", "decaying", "equal"]

DEGREE = 5
"""The largest degree of a planted term, as in the SPEX paper."""

ENOUGH_F1 = 0.95
"""The F1 of the support that counts as success under noise (a choice); without noise it is 1."""

DECODER = "SPEX decoder"
"""Decoding alone, without the regression that competes with it."""

HARD_DECODER = "SPEX hard decoder"
"""The same with hard decisions: the reliability of a sign is not used."""


@dataclass(frozen=True)
class Case:
    """A kind of planted function.

    Attributes:
        n_players: The number of players n.
        n_terms: The number of terms k without the mean.
        support: ``"flat"``: random terms of degree 1 to 5. ``"hierarchical"``: terms that extend
            smaller ones by one player each. ``"synergies"``: random terms of degree 3 to 5 none of
            which contains another.
        sizes: Magnitudes of the coefficients, whose signs are random: ``"uniform"`` from 0.5 to
            1.5, ``"decaying"`` geometrically from 1 to 0.05, or all ``"equal"`` to 1.
        noise: The standard deviation of the noise in units of that of the function.
    """

    n_players: int
    n_terms: int
    support: Support = "flat"
    sizes: Sizes = "uniform"
    noise: float = 0.0

    @property
    def reference(self) -> float:
        """The reference k d log2 n for budgets."""
        return self.n_terms * DEGREE * float(np.log2(self.n_players))

    @property
    def limit(self) -> float:
        """The number of rows from which a regression on the planted terms confirms enough of them.

        Without noise it is one row per unknown. With noise, a coefficient F has the standard error
        sigma / sqrt(rows) and is found from 4.5 standard errors, as in SPEX; a recall of
        .95 / 1.05 makes an F1 of .95. No method that has to find the terms needs fewer rows.
        """
        from shapiq_spex.coding.peeling import THRESHOLD  # compiled kernels

        if not self.noise:
            return float(self.n_terms + 1)
        sizes = np.abs(self.planted(0).coefficients)
        sigma = self.noise * float(np.sqrt(np.square(sizes).sum()))
        smallest = float(np.quantile(sizes, 1 - ENOUGH_F1 / (2 - ENOUGH_F1)))
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
        value = noisy(spectrum, self.noise, seed)
        return BenchmarkGame(str(self), self.n_players, value, "synthetic", spectrum=spectrum)

    def succeeded(self, result: Attempt) -> bool:
        """Whether enough of the support was found."""
        return result.status == "ok" and result.f1 >= (ENOUGH_F1 if self.noise else 1.0)

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
        budget: The number of coalitions allowed.
        seed: Seed of the function, the noise and the method.
        status: ``"ok"``, or why there is no result.
        rows: The number of coalitions evaluated.
        found: The number of planted terms in the recovered support.
        f1: F1 of the recovered support.
        r2: R2 on all 2^n coalitions without noise, by Parseval's theorem.
        cpu_seconds: CPU time without that of the function.
        process_seconds: CPU time of the whole process from its start.
        peak_mb: The peak memory of the process so far.
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
    """Let a method of :data:`EXPLAINERS` explain the function of a seed."""
    game = case.game(seed)
    truth = game.spectrum
    assert truth is not None
    meter = MeteredGame(game)
    start = time.process_time()
    try:
        explanation = EXPLAINERS[method](Request(meter, case.n_players, budget, seed))
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


def _decode(request: Request, *, decoder: Literal["soft", "hard"]) -> Explanation:
    """SPEX where the competing regression would find nothing."""
    from shapiq_spex.coding.coded_plan import CodedPlan
    from shapiq_spex.coding.coded_recovery import recover

    rng = np.random.default_rng(request.seed)
    plan = CodedPlan.design(request.n_players, request.budget, DEGREE, rng=rng)
    values = np.concatenate([request.game(block.dense()) for block in plan.blocks(4096)])
    return explanation_of_spectrum(recover(plan, values, decoder=decoder, rng=rng).spectrum)


EXPLAINERS: Mapping[str, Explain] = {
    DECODER: partial(_decode, decoder="soft"),
    HARD_DECODER: partial(_decode, decoder="hard"),
    **{name: made.explain for name, made in METHODS.items() if isinstance(made, Method)},
}
"""The methods that can be measured, by name; they must recover a spectrum."""
