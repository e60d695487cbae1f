"""Whether a design can tell the error of an index."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.designs.law import Refusal, SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.intervals.adequacy import inadequacy
from shapiq_spex.intervals.strata import Strata, strata_of


def judged(n, count, law, index, size, *, max_order=2, paired=False):
    """The reason of the refusal, or None."""
    law = SizeLaw.named(n, law, paired=paired)
    coalitions = sample_coalitions(n, count, law, rng=np.random.default_rng(0))
    strata = strata_of(coalitions, law)
    assert isinstance(strata, Strata)
    found = inadequacy(strata, index, max_order, size, n)
    assert found is None or isinstance(found, Refusal)
    return None if found is None else found.reason


@pytest.mark.parametrize("paired", [True, False])
def test_shapley_values_need_coalitions_of_all_sizes(paired):
    reason = judged(12, 300, "uniform", "SV", 1, max_order=1, paired=paired)
    assert reason.startswith("At order 1, SV depends on sizes of coalitions of which this design")
    assert judged(12, 300, "kernel", "SV", 1, max_order=1, paired=paired) is None
    assert judged(12, 300, "uniform", "BV", 1, max_order=1, paired=paired) is None


def test_an_index_of_a_few_coalitions_is_refused_where_they_are_not_all_known():
    reason = judged(12, 100, "kernel", "STII", 1)
    assert reason.startswith("At order 1, STII depends on a handful of coalitions")
    assert judged(12, 100, "kernel", "STII", 2) is None
    assert judged(6, 55, "kernel", "STII", 1) is None  # all of them are known


@pytest.mark.parametrize("index", ["BII", "FBII", "Fourier"])
@pytest.mark.parametrize("size", [1, 2])
def test_banzhaf_interactions_need_no_particular_coalitions(index, size):
    for law in ("uniform", "sizes", "kernel"):
        assert judged(10, 200, law, index, size) is None


def test_where_all_is_known_any_index_is_adequate():
    nothing = Strata(np.empty((0, 1), np.intp), np.empty(0, np.intp), np.empty(0), ())
    assert inadequacy(nothing, "SV", 1, 1, 5) is None
