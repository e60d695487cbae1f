"""The contract of designs, over the table of all kinds."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.designs.design import Recovery
from shapiq_spex.designs.law import Refusal, SizeLaw
from shapiq_spex.designs.random_coalitions import RandomRows
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.designs.designs import DESIGNS


def those(kind):
    """Designs of one kind; there are some."""
    cases = {name: case for name, case in DESIGNS.items() if kind(case)}
    assert cases
    return pytest.mark.parametrize("case", cases.values(), ids=list(cases))


every_design = those(lambda case: True)


def predictable(coalitions):
    """A game that any regression predicts."""
    kept = coalitions.dense()
    return kept @ np.linspace(-1, 1, kept.shape[1]) + 0.1 * kept[:, 0] * kept[:, 1]


def nearly_predictable(coalitions):
    """The same with what looks like noise, so that R2 is known from few rows."""
    numbers = coalitions.dense() @ np.sqrt(np.arange(2, 2 + coalitions.n_players))
    return predictable(coalitions) + 0.05 * np.sin(1e3 * numbers)


def unpredictable(coalitions):
    """Parities of half of the players each, which leave no trace in their parts."""
    signs = 1.0 - 2.0 * coalitions.dense()
    return signs[:, ::2].prod(axis=1) - 0.7 * signs[:, 1::2].prod(axis=1)


GAMES = [nearly_predictable, unpredictable]


def make(case, seed=0):
    return case.make(case.n, case.budget, seed)


def evaluate(design, game, seed=5):
    """Walk through the stages as an approximator does: the last design and all answers."""
    values, ends = np.empty(0), []
    while True:
        assert len(values) < design.stage_end <= len(design.coalitions)
        rows = design.coalitions[len(values) : design.stage_end]
        values = np.concatenate([values, game(rows)])
        ends.append(len(values))
        if len(values) == len(design.coalitions):
            return design, values, ends
        known = np.ones(len(values), dtype=np.bool_)
        asked = design.coalitions[: len(values)]
        design = design.advance(values, known, np.random.default_rng(seed))
        assert design.coalitions[: len(values)] == asked, "an answer was paid for and forgotten"
        if len(values) == len(design.coalitions):
            return design, values, ends


@every_design
@pytest.mark.parametrize("seed", [0, 1])
def test_rows_are_distinct_and_within_the_budget(case, seed):
    coalitions = make(case, seed).coalitions
    assert isinstance(coalitions, Coalitions)
    assert coalitions.n_players == case.n
    assert 2 <= len(coalitions) <= case.budget
    assert len(coalitions.distinct()[0]) == len(coalitions)


@those(lambda case: case.starts_with_ends)
def test_the_ends_come_first(case):
    sizes = make(case).coalitions.sizes()
    assert sizes[:2].tolist() == [0, case.n]
    assert ((sizes[2:] > 0) & (sizes[2:] < case.n)).all()


@every_design
def test_equal_seeds_ask_for_the_same_and_others_do_not(case):
    assert make(case, 3).coalitions == make(case, 3).coalitions
    everything = len(make(case, 3).coalitions) == 2**case.n
    assert (make(case, 3).coalitions == make(case, 4).coalitions) == everything


@those(lambda case: case.nested)
def test_a_smaller_budget_asks_for_a_prefix(case):
    many = make(case).coalitions
    for budget in (2, 3, 50, 119):
        few = case.make(case.n, budget, 0).coalitions
        assert many[: len(few)] == few
        assert len(few) == budget


@every_design
@pytest.mark.parametrize("game", GAMES)
def test_stages_follow_each_other_until_all_rows_are_evaluated(case, game):
    first = make(case)
    last, values, ends = evaluate(first, game)
    assert ends == sorted(set(ends))
    assert ends[-1] == len(last.coalitions) == last.stage_end == len(values) <= case.budget
    assert len(last.coalitions.distinct()[0]) == len(values)
    assert (len(ends) > 1 or last.coalitions != first.coalitions) <= case.asks_in_stages


@every_design
def test_all_rows_can_be_evaluated_in_one_stage(case):
    design = make(case)
    whole = design.in_one_stage()
    assert whole.stage_end == len(whole.coalitions)
    assert whole.coalitions == design.coalitions
    assert (design.stage_end < whole.stage_end) == case.asks_in_stages


@every_design
def test_a_law_is_known_exactly_where_rows_are_drawn_by_it_whatever_the_answers(case):
    planned, *asked = make(case), *(evaluate(make(case), game)[0] for game in GAMES)
    for design in (planned, *asked):
        law, rows = design.sample_law, design.coalitions[: design.drawn]
        drawn = isinstance(law, SizeLaw) and rows == RandomRows(
            case.n, law, np.random.SeedSequence(0)
        ).draw(len(rows))
        assert drawn == isinstance(law, SizeLaw)
        if isinstance(law, Refusal):
            assert law.reason.endswith(".")
        else:
            assert law is design.size_law
    assert isinstance(planned.sample_law, SizeLaw) == case.random
    assert not case.random or all(isinstance(design.sample_law, SizeLaw) for design in asked)
    depends = len({design.coalitions for design in asked}) > 1
    assert depends == case.asks_in_stages, "the table must say so"


@every_design
@pytest.mark.parametrize("game", GAMES)
def test_recovery_is_determined_by_the_seed(case, game):
    design, values, _ = evaluate(make(case), game)
    known = np.ones(len(values), dtype=np.bool_)
    one, two = (design.recover(values, known, np.random.default_rng(7)) for _ in range(2))
    assert one.spectrum == two.spectrum
    np.testing.assert_array_equal(one.held_out, two.held_out)
    np.testing.assert_array_equal(one.additive, two.additive)
    assert one.notes == two.notes


@every_design
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_a_recovery_predicts_the_game_from_what_was_answered(case, missing):
    design = make(case).in_one_stage()
    values = predictable(design.coalitions)
    known = np.random.default_rng(0).random(len(values)) >= missing
    answers = np.where(known, values, np.nan)
    found = design.recover(answers, known, np.random.default_rng(1))
    assert isinstance(found, Recovery)
    assert found.spectrum.n_players == case.n
    fresh = Coalitions.from_dense(np.random.default_rng(2).random((500, case.n)) < 0.5)
    truth = predictable(fresh)
    assert np.square(found.spectrum.evaluate(fresh) - truth).mean() < 0.05 * truth.var()
    for predictions in (found.held_out, found.additive):
        assert predictions.shape == values.shape
        assert np.isnan(predictions[~known]).all()
        assert np.isfinite(predictions[known]).any()
    held_out = np.isfinite(found.held_out)
    gap = np.square(found.held_out - values)[held_out].mean()
    assert gap < 0.05 * values.var()
    assert not (np.isfinite(found.held_out) & ~np.isfinite(found.additive)).any()
    assert found.exact == (len(values) == 2**case.n and missing == 0.0)
    assert sum(found.estimators.values()) == pytest.approx(0.0 if found.exact else 1.0)


def test_notes_are_added_at_the_end():
    nothing = np.empty(0)
    recovery = Recovery(Spectrum(2), nothing, nothing, notes=("one",))
    assert recovery.with_note("two").notes == ("one", "two")
    assert recovery.notes == ("one",)
