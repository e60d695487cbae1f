"""What makes a term worth its description."""

from itertools import product
from math import comb, log

import numpy as np
import pytest

from shapiq_spex.coding.bin_search import HARD, SOFT
from shapiq_spex.coding.cosets import Place
from shapiq_spex.coding.least_squares import TermRegression, characters
from shapiq_spex.coding.peeling import (
    DOUBT,
    THRESHOLD,
    confirmed,
    cost_of,
    drop_insignificant,
    explain,
    peel,
    weigh,
)
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.coding.evidence import answers_of, families_of, padded, terms_of
from tests.coding.planted import planted


def families(contents, signs):
    """One bin and one term in each family."""
    places = [Place(np.zeros(1, dtype=np.intp), row[None, :]) for row in signs]
    return [row[None, :] for row in contents], places, [0.01] * len(contents)


def random_signs(shape, rng):
    return rng.choice([-1.0, 1.0], size=shape)


def test_a_term_in_all_families_is_worth_it():
    rng = np.random.default_rng(0)
    signs = random_signs((3, 24), rng)
    (gain,), (coefficient,) = weigh(*families(-1.3 * signs + 0.1 * rng.normal(size=(3, 24)), signs))
    assert gain > 50
    assert abs(coefficient + 1.3) < 0.1


def test_a_neighbour_that_nearly_cancels_a_term_in_one_family_does_not_hide_it():
    rng = np.random.default_rng(1)
    signs = random_signs((3, 24), rng)
    contents = 1.3 * signs
    neighbour = signs[2] * np.where(np.arange(24) < 3, -1, 1)
    contents[2] -= 1.4 * neighbour
    (gain,), (coefficient,) = weigh(*families(contents, signs))
    assert gain > 30
    assert abs(coefficient - 1.3) < 0.1


def test_a_coincidence_in_one_family_is_not_believed():
    rng = np.random.default_rng(2)
    signs = random_signs((3, 24), rng)
    contents = random_signs((3, 24), rng)
    contents[0] = 3 * signs[0]
    (gain,), _ = weigh(*families(contents, signs))
    assert gain == -np.inf


def test_the_price_of_a_term_is_that_of_choosing_it_among_those_of_its_size():
    terms = [(), (0,), (3, 7), (1, 2, 3, 4)]
    prices = cost_of(padded(terms, 4), 20)
    np.testing.assert_allclose(prices, [log(comb(20, len(term))) + 6 for term in terms])


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_gains_are_differences_of_description_lengths(noise):
    """P/2 log |u|^2 before minus after subtracting F g, in all bins that have the term."""
    rng = np.random.default_rng(3)
    shapes = [(4, 10), (8, 16), (2, 5)]
    contents = [rng.normal(size=shape) for shape in shapes]
    n_terms = 6
    places = [
        Place(rng.integers(0, bins, n_terms), random_signs((n_terms, offsets), rng))
        for bins, offsets in shapes
    ]
    for term, family in product(range(3), range(3)):  # three terms that are there, more or less
        bins, signs = places[family]
        contents[family][bins[term]] += (term - 1.5) * signs[term]
    floors = [noise * scale for scale in (1.0, 2.0, 3.0)]
    gains, coefficients = weigh(contents, places, floors)
    for term in range(n_terms):
        u = [content[bins[term]] for content, (bins, _) in zip(contents, places, strict=True)]
        g = [signs[term] for _, signs in places]
        alone = [(x @ s) / len(x) for x, s in zip(u, g, strict=True)]
        weights = [
            len(x) / (((x - f * s) ** 2).sum() + floor)
            for x, s, f, floor in zip(u, g, alone, floors, strict=True)
        ]
        coefficient = np.average(alone, weights=weights)
        assert coefficients[term] == pytest.approx(coefficient)
        by_family = [
            len(x) / 2 * np.log(((x @ x) + floor) / (((x - coefficient * s) ** 2).sum() + floor))
            for x, s, floor in zip(u, g, floors, strict=True)
        ]
        others = sum(by_family) - max(by_family)
        expected = -np.inf if others < -2.0 else sum(by_family)
        assert gains[term] == pytest.approx(expected)


@pytest.mark.parametrize("stages", [SOFT, HARD])
def test_terms_that_hide_each_other_are_found_one_after_another(stages):
    """Of very different sizes, in few bins: the strong ones must be subtracted first."""
    rng = np.random.default_rng(4)
    truth = planted(60, 12, rng, degree=3)
    truth = truth + Spectrum.from_dict(60, {(3, 9, 27): 40.0, (1, 44): -25.0, (50,): 0.1})
    evidence = answers_of(families_of(60, 3, 3, 40, rng), truth, rng)
    found = explain(evidence, stages)
    assert found.spectrum().terms() == truth.terms()
    assert found.spectrum().to_dict() == pytest.approx(truth.to_dict(), abs=1e-9)
    assert found.residual.energy() < 1e-12 * evidence.energy()
    assert terms_of(found.members)[0] == ()  # the mean comes first


def test_no_term_is_accepted_twice_or_for_what_a_better_one_explains():
    rng = np.random.default_rng(5)
    truth = Spectrum.from_dict(50, {(): 1.0, (4, 8): 2.0, (7,): 1.0})
    evidence = answers_of(families_of(50, 2, 3, 30, rng), truth, rng, noise=0.05)
    regression = TermRegression(evidence)
    regression.add(padded([()], 2))
    peel(regression, evidence, SOFT)
    terms = terms_of(regression.members)
    assert len(set(terms)) == len(terms)
    assert set(terms) == set(truth.terms())
    peel(regression, evidence, SOFT)
    assert terms_of(regression.members) == terms


def test_what_is_not_significant_is_dropped_and_the_mean_stays():
    rng = np.random.default_rng(6)
    truth = Spectrum.from_dict(40, {(): 0.0, (1,): 1.0, (2, 3): -1.0})
    evidence = answers_of(families_of(40, 2, 2, 30, rng), truth, rng, noise=0.5)
    regression = TermRegression(evidence)
    regression.add(padded([(), (1,), (2, 3), (0,), (6, 7), (0, 8)], 2))
    assert drop_insignificant(regression)
    assert terms_of(regression.members) == [(), (1,), (2, 3)]
    sizes, errors = np.abs(regression.coefficients), regression.errors()
    assert (sizes >= THRESHOLD * errors)[1:].all()
    assert sizes[0] < THRESHOLD * errors[0]
    assert not drop_insignificant(regression)
    assert len(regression) == 3


def test_terms_on_both_sides_of_the_threshold():
    rng = np.random.default_rng(7)
    cosets = families_of(40, 2, 2, 30, rng)
    dropped = []
    for size in (0.05, 0.1, 0.2, 0.4):
        truth = Spectrum.from_dict(40, {(): 5.0, (1,): size})
        evidence = answers_of(cosets, truth, np.random.default_rng(8), noise=0.5)
        regression = TermRegression(evidence)
        regression.add(padded([(), (1,)], 2))
        insignificant = abs(regression.coefficients[1]) < THRESHOLD * regression.errors()[1]
        assert drop_insignificant(regression) == insignificant
        dropped.append(insignificant)
    assert set(dropped) == {True, False}


def test_rounding_is_not_a_term():
    rng = np.random.default_rng(9)
    truth = Spectrum.from_dict(40, {(): 5.0, (1,): 1.0})
    regression = TermRegression(answers_of(families_of(40, 2, 2, 30, rng), truth, rng))
    regression.add(padded([(), (1,), (2,), (0, 3)], 2))
    assert drop_insignificant(regression)
    assert terms_of(regression.members) == [(), (1,)]


def test_fresh_rows_contradict_a_term_by_the_odds_of_their_squared_errors():
    rng = np.random.default_rng(10)
    truth = Spectrum.from_dict(40, {(): 1.0, (1,): 1.0, (2, 3): -0.5, (4, 5): 0.3})
    cosets = families_of(40, 2, 2, 30, rng)
    regression = TermRegression(answers_of(cosets, truth, rng, noise=0.4))
    terms = [(), (1,), (2, 3), (4, 5), (6,), (7, 8)]
    regression.add(padded(terms, 2))
    decided = []
    for count in (5, 10, 20, 40, 200):
        fresh = Coalitions.from_dense(rng.random((count, 40)) < 0.5)
        values = rng.normal(size=count) + truth.up_to_degree(1).evaluate(fresh)
        kept = confirmed(regression, fresh, values)
        signs = characters(fresh, regression.members).astype(float)
        rest = values - regression.coefficients @ signs
        variance = np.square(rest).mean()
        for term, (chi, coefficient) in enumerate(zip(signs, regression.coefficients, strict=True)):
            without = rest + coefficient * chi
            odds = (np.square(without).sum() - np.square(rest).sum()) / (2 * variance)
            assert kept[term] == (odds >= -DOUBT)
        decided += kept.tolist()
    assert set(decided) == {True, False}
