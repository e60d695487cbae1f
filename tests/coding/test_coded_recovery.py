"""From the answers of a plan to a spectrum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex.coding import coded_recovery
from shapiq_spex.coding.coded_plan import CodedPlan
from shapiq_spex.coding.coded_recovery import recover
from shapiq_spex.coding.field import odd_powers
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.coding.evidence import players_of
from tests.coding.planted import f1, planted


def recovered(truth, budget, seed, *, noise=0.0, degree=5, **options):
    """The recovery of a planted spectrum, with the plan and the answers."""
    rng = np.random.default_rng(seed)
    plan = CodedPlan.design(truth.n_players, budget, degree, rng=rng)
    values = truth.evaluate(plan.coalitions)
    values = values + noise * np.sqrt(truth.variance) * rng.standard_normal(len(values))
    return plan, values, recover(plan, values, rng=rng, **options)


@pytest.mark.parametrize("decoder", ["soft", "hard"])
@pytest.mark.parametrize(
    ("n_players", "n_terms", "budget"),
    [(14, 10, 900), (200, 40, 2200), (1000, 50, 3500), (5000, 20, 2500)],
)
def test_a_planted_spectrum_is_recovered_exactly(n_players, n_terms, budget, decoder):
    truth = planted(n_players, n_terms, np.random.default_rng(n_players))
    plan, values, recovery = recovered(truth, budget, 1, decoder=decoder)
    assert recovery.used_code
    assert recovery.spectrum.terms() == truth.terms()
    np.testing.assert_allclose(recovery.spectrum.coefficients, truth.coefficients, atol=1e-9)
    assert recovery.n_decoded == n_terms
    np.testing.assert_allclose(recovery.held_out[plan.fresh], values[plan.fresh], atol=1e-9)
    assert np.isnan(recovery.held_out[: plan.fresh.start]).all()


@pytest.mark.parametrize(("n_players", "n_terms", "budget"), [(100, 50, 2600), (1000, 50, 4000)])
def test_noise_is_corrected(n_players, n_terms, budget):
    truth = planted(n_players, n_terms, np.random.default_rng(0))
    _, _, recovery = recovered(truth, budget, 2, noise=0.3)
    assert f1(recovery.spectrum, truth) >= 0.95


def test_soft_decoding_corrects_more_noise_than_hard_decoding():
    truth = planted(200, 40, np.random.default_rng(1))
    soft, hard = (recovered(truth, 3000, 3, noise=0.5, decoder=d)[2] for d in ("soft", "hard"))
    assert f1(soft.spectrum, truth) > f1(hard.spectrum, truth) + 0.1


@settings(max_examples=10)
@given(st.integers(40, 300), st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_what_is_found_without_noise_is_true(n_players, degree, seed):
    truth = planted(n_players, 8, np.random.default_rng(seed), degree=degree)
    _, _, recovery = recovered(truth, 2500, seed, degree=degree)
    assert recovery.used_code
    assert recovery.spectrum.terms() == truth.terms()


@pytest.mark.parametrize("degree", [2, 3])
def test_aliases_of_higher_degree_do_not_invent_terms(degree):
    rng = np.random.default_rng(degree)
    plan = CodedPlan.design(200, 3000, degree, rng=rng)
    labelling = plan.cosets[0].labelling
    odd = odd_powers(labelling.field, labelling.labels, degree)
    aliases = {}
    while len(aliases) < 5:  # large sets with the syndrome, hence the coordinates, of a small one
        large = tuple(sorted(rng.choice(200, degree + 3, replace=False).tolist()))
        small = players_of(
            labelling.field, labelling.labels, np.bitwise_xor.reduce(odd[list(large)])
        )
        if small is not None:
            aliases[large] = tuple(small.tolist())
    truth = planted(200, 10, rng, degree=degree)
    game = truth + Spectrum.from_dict(200, dict.fromkeys(aliases, 1.0))
    recovery = recover(plan, game.evaluate(plan.coalitions), rng=rng)
    assert not set(aliases.values()) & set(recovery.spectrum.terms())
    assert set(truth.terms()) <= set(recovery.spectrum.terms())


def test_pure_noise_yields_no_terms():
    rng = np.random.default_rng(4)
    plan = CodedPlan.design(300, 3000, rng=rng)
    recovery = recover(plan, rng.normal(size=3000), rng=rng)
    assert recovery.spectrum.terms() == [()]
    assert recovery.n_decoded == 0


def test_a_constant_game_is_its_mean():
    rng = np.random.default_rng(5)
    plan = CodedPlan.design(300, 3000, rng=rng)
    assert recover(plan, np.full(3000, 7.5), rng=rng).spectrum.to_dict() == {(): 7.5}


def test_recovery_follows_shift_and_scale():
    truth = planted(100, 20, np.random.default_rng(6))
    plan, values, recovery = recovered(truth, 2000, 7, noise=0.2)
    moved = recover(plan, 1e9 + 1e6 * values, rng=np.random.default_rng(0)).spectrum
    expected = 1e6 * recovery.spectrum + Spectrum.from_dict(100, {(): 1e9})
    assert moved.terms() == expected.terms()
    np.testing.assert_allclose(moved.coefficients, expected.coefficients, rtol=1e-6)


def test_a_seed_determines_every_bit():
    truth = planted(100, 60, np.random.default_rng(8))
    first, second = (recovered(truth, 2500, 9, noise=0.3)[2] for _ in "ab")
    assert first.spectrum == second.spectrum
    np.testing.assert_array_equal(first.held_out, second.held_out)


def test_rows_without_an_answer_are_tolerated():
    truth = planted(100, 20, np.random.default_rng(10))
    rng = np.random.default_rng(11)
    plan = CodedPlan.design(100, 2500, rng=rng)
    values = truth.evaluate(plan.coalitions)
    values[rng.choice(2500, 600, replace=False)] = np.nan
    recovery = recover(plan, values, rng=rng)
    assert recovery.spectrum.terms() == truth.terms()
    np.testing.assert_allclose(recovery.spectrum.coefficients, truth.coefficients, atol=1e-9)


def test_all_coalitions_give_the_exact_spectrum():
    truth = planted(7, 9, np.random.default_rng(12), degree=7)
    _, _, recovery = recovered(truth, 500, 13)
    difference = recovery.spectrum - truth
    np.testing.assert_allclose(difference.coefficients, 0, atol=1e-12)


class Oracle:
    """A contender that knows part of the truth."""

    def __init__(self, spectrum):
        self.spectrum = spectrum
        self.calls = 0

    def fit(self, coalitions, values, *, rng):
        self.calls += 1
        assert isinstance(coalitions, Coalitions)
        assert (len(coalitions), coalitions.n_players) == (len(values), self.spectrum.n_players)
        return Fit(self.spectrum, self.spectrum.evaluate(coalitions))


def all_pairs(n_players, scale, rng):
    """A dense function: a small coefficient for every pair of players."""
    pairs = np.transpose(np.triu_indices(n_players, 1))
    return Spectrum(n_players, [(pairs, scale * rng.normal(size=len(pairs)))])


def test_the_better_contender_wins():
    dense = all_pairs(60, 1.0, np.random.default_rng(14))
    _, _, recovery = recovered(dense, 2000, 15, contender=Oracle(dense))
    assert not recovery.used_code
    assert recovery.spectrum == dense
    assert recovery.errors["contender"] < recovery.errors["decoded"]


def test_decoding_and_contender_add_up():
    rng = np.random.default_rng(16)
    strong, dense = planted(60, 10, rng, degree=3), all_pairs(60, 0.01, rng)
    _, _, recovery = recovered(strong + dense, 2000, 17, contender=Oracle(dense))
    assert recovery.used_code
    assert min(recovery.errors, key=recovery.errors.get) == "decoded + contender"
    assert set(strong.terms()) <= set(recovery.spectrum.terms())


def test_no_contender_is_asked_about_noise():
    contender = Oracle(Spectrum(100))
    truth = planted(100, 20, np.random.default_rng(18))
    _, _, recovery = recovered(truth, 2500, 19, noise=0.3, contender=contender)
    assert contender.calls == 0
    assert f1(recovery.spectrum, truth) >= 0.95


def test_a_perfect_decoding_needs_no_contender():
    contender = Oracle(Spectrum(100))
    truth = planted(100, 20, np.random.default_rng(18))
    _, _, recovery = recovered(truth, 2000, 19, contender=contender)
    assert contender.calls == 0
    assert recovery.spectrum.terms() == truth.terms()


def test_without_a_code_the_contender_decides():
    truth = planted(1000, 3, np.random.default_rng(20))
    plan, values, recovery = recovered(truth, 50, 21, contender=Oracle(truth))
    assert not recovery.used_code
    assert recovery.spectrum == truth
    np.testing.assert_allclose(recovery.held_out, values)
    assert "Nothing was decoded" in recovery.notes[0]
    alone = recover(plan, values, rng=np.random.default_rng(0))
    assert alone.spectrum.to_dict() == {(): pytest.approx(values.mean())}


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (np.zeros(3), {}, "100 rows"),
        (np.full(100, np.nan), {}, "none of the rows"),
        (np.full(100, np.inf), {}, "finite"),
        (np.zeros(100), {"decoder": "mild"}, "soft"),
    ],
)
def test_unusable_answers_are_refused(values, options, message):
    rng = np.random.default_rng(22)
    plan = CodedPlan.design(50, 100, rng=rng)
    with pytest.raises(ValueError, match=message):
        recover(plan, values, rng=rng, **options)


def test_coefficients_are_fitted_to_all_answers():
    truth = planted(80, 20, np.random.default_rng(23))
    plan, values, recovery = recovered(truth, 2500, 24, noise=0.3)
    terms = recovery.spectrum.terms()
    rows = np.concatenate([*plan.coset_rows, np.arange(plan.uniform.start, len(plan))])
    signs = 1.0 - 2.0 * plan.select(rows).dense()
    design = np.column_stack([signs[:, list(term)].prod(axis=1) for term in terms])
    best = np.linalg.lstsq(design, values[rows], rcond=None)[0]
    np.testing.assert_allclose(recovery.spectrum.coefficients, best, atol=1e-9)
    assert recovery.n_decoded == len(terms) - 1


def test_errors_are_those_of_predictions_of_fresh_rows():
    truth = planted(80, 20, np.random.default_rng(25))
    plan, values, recovery = recovered(truth, 2500, 26, noise=0.3)
    assert set(recovery.errors) == {"decoded"}
    fresh = np.flatnonzero(np.isfinite(recovery.held_out))
    assert (fresh == np.arange(plan.fresh.start, plan.fresh.stop)).all()
    errors = np.square(values - recovery.held_out)[fresh]
    assert recovery.errors["decoded"] == pytest.approx(errors.mean())
    final = np.square(values - recovery.spectrum(plan.coalitions))[fresh].mean()
    assert recovery.errors["decoded"] > final, "the final fit has seen them"


class Recorded(Oracle):
    """It remembers what it was fitted to."""

    def __init__(self, spectrum):
        super().__init__(spectrum)
        self.fits = []

    def fit(self, coalitions, values, *, rng):
        self.fits.append((coalitions, values))
        return super().fit(coalitions, values, rng=rng)


def test_a_contender_is_given_the_answers_and_then_what_decoding_left():
    rng = np.random.default_rng(27)
    strong, dense = planted(60, 10, rng, degree=3), all_pairs(60, 0.01, rng)
    contender = Recorded(dense)
    plan, values, recovery = recovered(strong + dense, 2000, 28, contender=contender)
    (alone, all_values), (left, rest), (everything, final_rest) = contender.fits
    unseen = plan.coalitions[plan.fresh]
    assert len(alone) == len(left) == len(plan) - len(unseen)
    np.testing.assert_array_equal(all_values, values[: plan.fresh.start])
    assert alone == left == plan.coalitions[: plan.fresh.start]
    assert rest.std() < 0.5 * all_values.std()
    assert everything == plan.coalitions
    decoded = recovery.spectrum - dense
    np.testing.assert_allclose(final_rest, values - decoded(plan.coalitions), atol=1e-9)
    assert recovery.errors.keys() == {"decoded", "contender", "decoded + contender"}
    predicted = recovery.held_out[plan.fresh]
    expected = np.square(values[plan.fresh] - predicted).mean()
    assert recovery.errors["decoded + contender"] == pytest.approx(expected)


def test_a_contender_is_not_asked_about_too_many_rows_and_players(monkeypatch):
    monkeypatch.setattr(coded_recovery, "_MOST_CELLS", 2000 * 60 - 1)
    contender = Oracle(Spectrum(60))
    dense = all_pairs(60, 1.0, np.random.default_rng(29))
    _, _, recovery = recovered(dense, 2000, 30, contender=contender)
    assert contender.calls == 0
    assert recovery.notes == (
        "Too many rows and players for a regression; only decoding was used.",
    )
    assert recovery.used_code


def test_without_answers_to_fresh_rows_decoding_is_trusted():
    truth = planted(80, 15, np.random.default_rng(31))
    rng = np.random.default_rng(32)
    plan = CodedPlan.design(80, 2500, rng=rng)
    values = truth.evaluate(plan.coalitions)
    values[plan.fresh] = np.nan
    recovery = recover(plan, values, rng=rng)
    assert recovery.spectrum.terms() == truth.terms()
    assert np.isnan(recovery.held_out).all()


def test_all_answers_but_some_of_few_players_are_fitted_by_the_contender():
    truth = planted(7, 9, np.random.default_rng(33), degree=7)
    plan = CodedPlan.design(7, 500, rng=np.random.default_rng(34))
    values = truth.evaluate(plan.coalitions)
    values[5] = np.nan
    recovery = recover(plan, values, contender=Oracle(truth), rng=np.random.default_rng(35))
    assert recovery.spectrum == truth
    assert np.flatnonzero(np.isnan(recovery.held_out)).tolist() == [5]
    assert recovery.notes == ("Nothing was decoded: all 128 coalitions of 7 players.",)


def test_imputed_answers_are_those_that_the_terms_predict():
    """Half of one family is missing, so that its bins say nothing before they are filled in."""
    truth = planted(100, 15, np.random.default_rng(36))
    plan = CodedPlan.design(100, 3000, rng=np.random.default_rng(37))
    values = truth.evaluate(plan.coalitions)
    rows = plan.coset_rows[0]
    values[rows[np.random.default_rng(38).random(len(rows)) < 0.4]] = np.nan
    recovery = recover(plan, values, rng=np.random.default_rng(39))
    assert recovery.spectrum.terms() == truth.terms()
    np.testing.assert_allclose(recovery.spectrum.coefficients, truth.coefficients, atol=1e-8)
