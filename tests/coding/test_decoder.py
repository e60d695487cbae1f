"""Decoding of bins against a slow decoder in plain Python."""

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex.coding.bits import pack, parities, unpack
from shapiq_spex.coding.decoder import BinDecoder, Effort
from shapiq_spex.coding.labelling import Labelling


def slow_proposals(labelling, known, offsets, bin_number, values, effort):
    """Solve by trial over whole numbers, and look solutions up in a table of all small sets."""
    rank = labelling.rank
    table = {
        int.from_bytes(
            labelling.coordinates(np.array([members], dtype=int))[0].tobytes(), "little"
        ): members
        for size in range(labelling.degree + 1)
        for members in combinations(range(labelling.n_players), size)
    }
    # Equations on the rank coordinates and the sign (the last bit): (coefficients, right side).
    equations = [(1 << int(c), bin_number >> bit & 1) for bit, c in enumerate(known)]
    order = np.argsort(-np.abs(values)) if effort.sort else range(len(values))
    dense = unpack(offsets, rank)
    for p in order:
        coefficients = sum(1 << int(i) for i in np.flatnonzero(dense[p])) | 1 << rank
        equations.append((coefficients, int(values[p] < 0)))
    chosen, basis = [], []
    for position, (left, _) in enumerate(equations):
        for row in basis:
            left = min(left, left ^ row)  # noqa: PLW2901
        if left:
            basis.append(left)
            chosen.append(position)
    if len(chosen) <= rank:
        return set()

    def solve(wrong):
        rows = [(equations[e][0], equations[e][1] ^ (e in wrong)) for e in chosen]
        solution = 0
        for column in range(rank + 1):
            pivot = next(r for r in rows if r[0] >> column & 1 and r[0] & ((1 << column) - 1) == 0)
            rows = [
                (r[0] ^ pivot[0], r[1] ^ pivot[1]) if r is not pivot and r[0] >> column & 1 else r
                for r in rows
            ]
        for coefficients, right in rows:
            solution |= right << (coefficients.bit_length() - 1)
        return solution & ((1 << rank) - 1)

    doubtful = [position for position in chosen if position >= len(known)]
    last = doubtful[::-1][: effort.singles]
    errors = [(), *((e,) for e in last), *combinations(last[: effort.pairs], 2)]
    return {table[s] for wrong in errors if (s := solve(wrong)) in table}


@pytest.mark.parametrize(
    "effort",
    [
        Effort(proposals=99),
        Effort(sort=False, proposals=99),
        Effort(singles=8, proposals=99),
        Effort(singles=8, pairs=5, proposals=99),
    ],
)
@pytest.mark.parametrize(
    ("n_players", "degree", "known"), [(12, 2, [0, 3]), (20, 2, []), (9, 4, [5])]
)
def test_agrees_with_a_slow_decoder(n_players, degree, known, effort):
    rng = np.random.default_rng(n_players)
    labelling = Labelling.draw(n_players, degree, rng)
    known = np.array(known, dtype=np.intp)
    offsets = rng.random((labelling.rank + 6, labelling.rank)) < 0.5
    offsets[:, known] = rng.random((len(offsets), len(known))) < 0.5  # as in a pair of families
    decoder = BinDecoder(labelling, known, pack(offsets))
    found = 0
    for _ in range(40):
        bins = rng.integers(0, 1 << len(known), 1)
        values = rng.normal(size=(1, len(offsets)))
        proposals = {tuple(row[row >= 0].tolist()) for row in decoder.propose(bins, values, effort)}
        assert proposals == slow_proposals(
            labelling, known, pack(offsets), int(bins[0]), values[0], effort
        )
        found += len(proposals)
    assert found > 0


@pytest.mark.parametrize(("n_players", "degree"), [(100, 5), (1000, 5), (10_000, 5), (500, 9)])
def test_corrects_the_least_reliable_signs(n_players, degree):
    rng = np.random.default_rng(degree)
    labelling = Labelling.draw(n_players, degree, rng)
    known = np.arange(4)
    offsets = rng.random((labelling.rank + 8, labelling.rank)) < 0.5
    decoder = BinDecoder(labelling, known, pack(offsets))
    members = np.sort(rng.choice(n_players, degree, replace=False))[None]
    coordinates = unpack(labelling.coordinates(members), labelling.rank)[0]
    bins = (coordinates[known] @ (1 << known))[None]
    odd = (offsets & coordinates).sum(axis=1) % 2 == 1
    values = np.where(odd, -1.0, 1.0) * rng.uniform(0.5, 1.0, len(odd))
    values[rng.choice(len(values), 3, replace=False)] *= -0.01
    assert members.tolist() in [
        [row] for row in decoder.propose(bins, values[None], Effort(singles=8, pairs=8)).tolist()
    ]


def test_too_few_equations_yield_nothing():
    rng = np.random.default_rng(0)
    labelling = Labelling.draw(100, 3, rng)
    decoder = BinDecoder(labelling, np.arange(3), pack(rng.random((9, labelling.rank)) < 0.5))
    assert not decoder.solvable
    assert len(decoder.propose(np.arange(8), rng.normal(size=(8, 9)), Effort(singles=4))) == 0


@pytest.mark.parametrize(("n_players", "degree", "trials"), [(20, 2, 30), (2047, 3, 4)])
def test_of_many_solutions_those_that_fit_the_bin_best_are_proposed(n_players, degree, trials):
    """One in |T|! of them is a set of players; 2047 players have more than 32 coordinates."""
    rng = np.random.default_rng(1)
    labelling = Labelling.draw(n_players, degree, rng)
    offsets = rng.random((labelling.rank + 8, labelling.rank)) < 0.5
    decoder = BinDecoder(labelling, np.empty(0, dtype=np.intp), pack(offsets))
    several = 0
    for size in rng.choice([-1.0, 1.0], trials):
        members = np.sort(rng.choice(n_players, degree, replace=False))[None]
        signs = 1.0 - 2.0 * parities(pack(offsets), labelling.coordinates(members))[:, 0]
        values = size * signs + 0.8 * rng.normal(size=len(offsets))

        def proposed(most, values=values):
            effort = Effort(singles=9, pairs=9, proposals=most)
            rows = decoder.propose(np.zeros(1, dtype=np.intp), values[None], effort)
            return [tuple(row[row >= 0].tolist()) for row in rows]

        def fit(term, values=values):
            pattern = parities(pack(offsets), labelling.coordinates(np.array([term])))[:, 0]
            return abs(values @ np.where(pattern, -1.0, 1.0))

        everything = set(proposed(99))
        for most in (1, 3):
            best = proposed(most)
            assert len(best) <= most
            fits = sorted(map(fit, everything), reverse=True)
            assert sorted(map(fit, set(best)), reverse=True) == fits[: len(set(best))]
        several += len(everything) > 3
    assert several > 3


def test_many_bins_are_decoded_as_one_by_one():
    rng = np.random.default_rng(2)
    labelling = Labelling.draw(40, 3, rng)
    known = np.array([1, 4])
    decoder = BinDecoder(labelling, known, pack(rng.random((30, labelling.rank)) < 0.5))
    bins, values = np.array([3, 0, 2, 3]), rng.normal(size=(4, 30))
    effort = Effort(singles=5, pairs=5)
    together = decoder.propose(bins, values, effort)
    alone = [decoder.propose(bins[[i]], values[[i]], effort) for i in range(4)]
    np.testing.assert_array_equal(together, np.concatenate(alone))
    assert len(together) > 0
