"""The table of designs on which every law is tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from shapiq_spex.coding.coded_plan import CodedPlan
from shapiq_spex.designs.coded_design import CodedDesign, UncodedDesign
from shapiq_spex.designs.design import Design
from shapiq_spex.designs.law import LAW_NAMES, SizeLaw
from shapiq_spex.designs.random_coalitions import RandomRows
from shapiq_spex.designs.regression_design import (
    COMPLETE,
    GIVEN,
    RegressionDesign,
    StoppingDesign,
)
from shapiq_spex.designs.sample_or_code import SampleOrCodeDesign
from shapiq_spex.estimators.named import make_proxy
from shapiq_spex.fourier.coalitions import Coalitions

FAST = make_proxy("fast")


@dataclass(frozen=True)
class Case:
    """How a design is made, and what it promises.

    Attributes:
        make: (players, budget, seed) -> design.
        n: The number of players of the test.
        budget: Its budget.
        random: Whether rows are drawn by a law, regardless of the answers: all, or the first.
        asks_in_stages: Whether the rows depend on the answers of an earlier stage.
        starts_with_ends: Whether the empty and the full coalition come first.
        nested: Whether a smaller budget asks for a prefix.
    """

    make: Callable[[int, int, int], Design]
    n: int = 14
    budget: int = 120
    random: bool = False
    asks_in_stages: bool = False
    starts_with_ends: bool = True
    nested: bool = True


def _rows(n, seed, name="uniform", *, paired=False):
    law = SizeLaw.named(n, name, paired=paired)
    return RandomRows(n, law, np.random.SeedSequence(seed)), law


def random_design(name, *, paired):
    """Rows by a named law."""

    def make(n, budget, seed):
        random, law = _rows(n, seed, name, paired=paired)
        return RegressionDesign(coalitions=random.draw(budget), size_law=law, estimator=FAST)

    return make


def stopping_design(n, budget, seed, *, stop_at=0.5):
    """Uniform rows until a faithfulness is reached."""
    random, law = _rows(n, seed)
    return StoppingDesign.of(
        RegressionDesign(coalitions=random.draw(budget), size_law=law, estimator=FAST), stop_at
    )


def coded_design(n, budget, seed, *, shared=False, law="uniform"):
    """Random rows, which SPEX shares with ProxySPEX where these are uniform, then coded ones."""
    random, _ = _rows(n, seed, law)
    plan = CodedPlan.design(
        n,
        budget - 2,
        3,
        rng=np.random.default_rng(seed),
        draw=(lambda count: random.draw(count + 2)[2:]) if shared else None,
    )
    assert plan.cosets
    return CodedDesign.of(plan, random, FAST, "soft")


def sample_or_code(n, budget, seed, *, name="kernel", paired=False, degree=2):
    """Rows by a law, then coded ones."""
    random, _ = _rows(n, seed, name, paired=paired)
    rng = np.random.default_rng(seed)
    return SampleOrCodeDesign.of(random, budget, degree, estimator=FAST, decoder="soft", rng=rng)


def uncoded_design(n, budget, seed):
    """Rows for which no code fits."""
    random, law = _rows(n, seed)
    return UncodedDesign(
        coalitions=random.draw(budget), size_law=law, estimator=FAST, reason="a reason"
    )


def complete_design(n, budget, seed):
    """All coalitions."""
    del budget, seed
    return RegressionDesign(coalitions=Coalitions.all_of(n), size_law=COMPLETE, estimator=FAST)


def given_design(n, budget, seed):
    """Rows of unknown origin."""
    rows = np.random.default_rng(seed).random((budget, n)) < 0.3
    distinct = Coalitions.from_dense(np.unique(rows, axis=0))
    return RegressionDesign(coalitions=distinct, size_law=GIVEN, estimator=FAST)


DESIGNS = {
    **{
        f"{name}{', paired' if paired else ''}": Case(
            random_design(name, paired=paired), random=True
        )
        for name, paired in product(LAW_NAMES, (False, True))
    },
    "stopping": Case(stopping_design, budget=300, asks_in_stages=True),
    "coded": Case(coded_design, n=40, budget=600, asks_in_stages=True, nested=False),
    "coded, shared rows": Case(
        lambda n, budget, seed: coded_design(n, budget, seed, shared=True),
        n=40,
        budget=600,
        asks_in_stages=True,
        nested=False,
    ),
    "sample or code": Case(
        sample_or_code, n=24, budget=500, random=True, asks_in_stages=True, nested=False
    ),
    "sample or code, paired": Case(
        lambda n, budget, seed: sample_or_code(n, budget, seed, name="sizes", paired=True),
        n=24,
        budget=500,
        random=True,
        asks_in_stages=True,
        nested=False,
    ),
    "uncoded": Case(uncoded_design, random=True),
    "complete": Case(complete_design, n=6, budget=64, starts_with_ends=False, nested=False),
    "given": Case(given_design, starts_with_ends=False, nested=False),
}
