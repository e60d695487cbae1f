"""Which bins are decoded, alone and in pairs, and when they are tried again."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from shapiq_spex.coding import bin_search
from shapiq_spex.coding.bin_search import HARD, SOFT, Search, Stage
from shapiq_spex.coding.decoder import Effort
from shapiq_spex.fourier.spectrum import Spectrum
from tests.coding.evidence import contents_of, families_of, padded, terms_of

N, DEGREE, BITS = 60, 3, 3
ALONE = (Stage(1, Effort()),)


def families(n_offsets, seed=0, *, count=3):
    return families_of(N, DEGREE, BITS, n_offsets, np.random.default_rng(seed), count=count)


def families_that_separate(terms, *, count=3):
    """Families in none of which two of the terms share a bin."""
    members = padded(terms, DEGREE)
    for seed in range(100):
        cosets = families(30, seed, count=count)
        if all(len(set(c.locate(members).bins.tolist())) == len(terms) for c in cosets):
            return cosets
    raise AssertionError


def proposals(search, contents, floors=None):
    """Everything that is proposed until nothing is left to try, one set per round."""
    floors = [1e-9] * len(contents) if floors is None else floors
    found = []
    while (members := search.propose(contents, floors)) is not None:
        found.append(set(terms_of(members)))
    return found


def unknowns(cosets):
    return cosets[0].labelling.rank + 1 - BITS


@pytest.mark.parametrize("stages", [ALONE, SOFT, HARD])
def test_a_term_alone_in_its_bins_is_proposed(stages):
    cosets = families(30)
    assert cosets[0].n_offsets >= unknowns(cosets)
    truth = Spectrum.from_dict(N, {(4, 17, 52): -1.5})
    assert (4, 17, 52) in proposals(Search(cosets, stages), contents_of(cosets, truth))[0]


def test_proposals_are_distinct():
    cosets = families(30)
    truth = Spectrum.from_dict(N, {(4, 17, 52): -1.5, (1,): 2.0})
    members = Search(cosets, ALONE).propose(contents_of(cosets, truth), [0.0] * 3)
    assert len(np.unique(members, axis=0)) == len(members)  # each is in a bin of every family


@pytest.mark.parametrize("families_in_use", [2, 3])
def test_two_bins_reveal_together_what_neither_reveals_alone(families_in_use):
    """Each has 14 equations for 17 unknowns; two bins have 28 for 14."""
    cosets = families(14, count=families_in_use)
    assert len({c.known.tobytes() for c in cosets}) == families_in_use
    truth = Spectrum.from_dict(N, {(4, 17, 52): -1.5, (0, 9): 1.0})
    contents = contents_of(cosets, truth)
    assert cosets[0].n_offsets < unknowns(cosets)
    assert proposals(Search(cosets, ALONE), contents) == []
    together = Search(cosets, (Stage(2, Effort()),))
    assert {(4, 17, 52), (0, 9)} <= proposals(together, contents)[0]
    assert {(4, 17, 52), (0, 9)} <= set.union(*proposals(Search(cosets, SOFT), contents))


def test_each_attempt_is_made_once_until_a_bin_changes():
    cosets = families(30)
    one = contents_of(cosets, Spectrum.from_dict(N, {(4, 17, 52): 1.0}))
    two = contents_of(cosets, Spectrum.from_dict(N, {(4, 17, 52): 1.0, (0, 9): 5.0}))
    search = Search(cosets, ALONE)
    assert proposals(search, one) != []
    assert search.propose(one, [1e-9] * 3) is None
    slightly = [content * 1.01 for content in one]
    assert search.propose(slightly, [1e-9] * 3) is None, "no more than rounding has changed"
    assert (0, 9) in proposals(search, two)[0]
    assert search.propose(two, [1e-9] * 3) is None


def test_only_the_bins_that_changed_are_tried_again():
    strong, other = (4, 17, 52), (0, 9)
    cosets = families_that_separate([strong, other])
    search = Search(cosets, ALONE)
    first = contents_of(cosets, Spectrum.from_dict(N, {strong: 1.0, other: 1.0}))
    assert {strong, other} <= proposals(search, first)[0]
    then = contents_of(cosets, Spectrum.from_dict(N, {strong: 2.0, other: 1.0}))
    again = proposals(search, then)
    assert strong in again[0]
    assert other not in set.union(*again)


def test_pairs_with_a_bin_that_changed_are_tried_again():
    cosets = families(14)
    stages = (Stage(2, Effort()),)
    search = Search(cosets, stages)
    nothing = [np.zeros((c.n_bins, c.n_offsets)) for c in cosets]
    assert search.propose(nothing, [1e-9] * 3) is None
    contents = contents_of(cosets, Spectrum.from_dict(N, {(4, 17, 52): 1.0}))
    assert (4, 17, 52) in proposals(search, contents)[0]


def test_empty_bins_are_not_tried():
    cosets = families(30)
    contents = contents_of(cosets, Spectrum.from_dict(N, {(4, 17, 52): 1.0}))
    energy = cosets[0].n_offsets  # of a bin with a coefficient of 1
    assert proposals(Search(cosets, SOFT), contents, [energy * 1.01] * 3) == []
    assert proposals(Search(cosets, SOFT), contents, [energy * 0.99] * 3) != []


def watched(search):
    """The (effort, bins) of every attempt that is made from now on."""
    tried = []
    for view in search._views:

        def propose(bins, values, effort, decode=view.decoder.propose):
            tried.append((effort, bins.tolist()))
            return decode(bins, values, effort)

        view.decoder.propose = propose
    return tried


@pytest.mark.parametrize("stages", [SOFT, HARD])
def test_stages_go_from_cheap_to_dear(stages):
    assert [stage.together for stage in stages] == sorted(stage.together for stage in stages)
    assert {stage.together for stage in stages} == {1, 2}
    for together in (1, 2):
        efforts = [stage.effort for stage in stages if stage.together == together]
        assert efforts[0] in (Effort(), Effort(sort=False))
        for cheap, thorough in pairwise(efforts):
            assert cheap.singles < thorough.singles
            assert cheap.pairs < thorough.pairs <= thorough.singles


def test_of_noise_alone_the_first_stage_tries_all_and_the_others_next_to_nothing():
    rng = np.random.default_rng(1)
    cosets = families(30)
    noise = [rng.normal(size=(c.n_bins, c.n_offsets)) for c in cosets]
    search = Search(cosets, SOFT)
    tried = watched(search)
    proposals(search, noise)
    first = sum(len(bins) for effort, bins in tried if effort == SOFT[0].effort)
    later = sum(len(bins) for effort, bins in tried if effort != SOFT[0].effort)
    assert first >= 3 * 8
    assert later <= 0.3 * 5 * 3 * 8 * 8


def flat(cosets, energies):
    """Bins of these energies, whose signs are those of no term."""
    rng = np.random.default_rng(3)
    signs = rng.choice([-1.0, 1.0], size=(cosets.n_bins, cosets.n_offsets))
    return [signs * np.sqrt(np.array(energies) / cosets.n_offsets)[:, None]]


def tried_hard(energies):
    """The bins that are tried beyond the first stage, in order and without repetitions."""
    (cosets,) = families(30, count=1)
    search = Search([cosets], (Stage(1, Effort()), Stage(1, Effort(singles=2))))
    tried = watched(search)
    proposals(search, flat(cosets, energies), [0.0])
    assert sorted(tried[0][1]) == list(range(8))
    return [bins for effort, bins in tried if effort.singles]


def test_bins_two_standard_deviations_above_quiet_ones_are_tried_hard():
    """The energy of noise in 30 numbers varies by sqrt(2/30) = 26%, so that 1.52 is the limit."""
    assert tried_hard([1.0] * 8) == []
    assert tried_hard([1.0] * 7 + [1.5]) == []
    assert tried_hard([1.0] * 7 + [1.54]) == [[7]]
    # one bin in five is taken to be quiet
    assert tried_hard([1.0] * 3 + [1.54] * 5) == [[3, 4, 5, 6, 7]]
    assert tried_hard([1.0] * 2 + [1.54] * 6) == []


def test_bins_with_a_twentieth_of_the_fullest_come_before_the_rest():
    assert tried_hard([1.0] * 4 + [2.0, 50.0, 3.0, 100.0]) == [[7, 5], [6, 4]]
    assert tried_hard([1.0] * 4 + [2.0, 5.5, 3.0, 100.0]) == [[7, 5], [6, 4]]
    assert tried_hard([1.0] * 4 + [2.0, 4.5, 3.0, 100.0]) == [[7], [5, 6, 4]]


def test_the_fullest_bins_are_decoded_first_and_no_more_than_a_batch(monkeypatch):
    monkeypatch.setattr(bin_search, "_BATCH", 2)
    terms = {(4, 17, 52): 1.0, (0, 9): 3.0, (7,): 2.0, (11, 30): 1.5}
    cosets = families_that_separate(terms, count=1)
    contents = contents_of(cosets, Spectrum.from_dict(N, terms))
    search = Search(cosets, ALONE)
    rounds = proposals(search, contents)
    assert {(0, 9), (7,)} <= rounds[0]
    assert {(4, 17, 52), (11, 30)} <= rounds[1]
    assert not {(4, 17, 52), (11, 30)} & rounds[0]
